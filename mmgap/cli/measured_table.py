"""What ``mmgap measure`` prints: every metric with its range and its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tabulate import tabulate

from mmgap.analysis.seed_means import SeedMean
from mmgap.core.messages import N_
from mmgap.metrics.catalogue import described
from mmgap.report import values
from mmgap.report.labels import label
from mmgap.report.legend import TIES, legend
from mmgap.report.translation import translated
from mmgap.rows.recall_names import recall_name
from mmgap.stats.sign_flips import FLIPS

_ARROWS = {True: "↑", False: "↓", None: ""}


def measured_table(metrics: Mapping[str, float], shape: str, omitted: Mapping[str, str], language: str = "en") -> str:
    """Return a table of metrics and the legend below it.

    Args:
        metrics: as `mmgap.measure` returns them.
        shape: how many images and texts of how many dimensions, in words.
        omitted: what is missing → why.
        language: "en" or "es".
    """
    shown = [described(name) for name in metrics if not _repeats(name, metrics)]
    lines = [
        (
            label(metric.name, language),
            values.text(SeedMean(metrics[metric.name], None, None, None, metric.unit, 1 / (1 + FLIPS))),
            metric.range,
            _ARROWS[metric.better],
        )
        for metric in shown
    ]
    columns = (N_("metric"), N_("value"), N_("range"), N_("better"))
    called, *heads = (translated(name, language) for name in columns)
    table = tabulate(
        lines,
        headers=[f"{called} ({shape})", *heads],
        colalign=("left", "right", "left", "left"),
        disable_numparse=True,
    )
    meanings = [*legend([(metric.name, metric.better) for metric in shown], language), translated(TIES, language)]
    if len(shown) < len(metrics):
        meanings.append(
            translated(
                "Recalls by own pairs (…_own) equal those that are shown, and have no line of their own.", language
            )
        )
    missing = [f"{name}: {reason}" for name, reason in omitted.items()]
    return "\n".join([table, "", *(f"- {line}" for line in [*missing, *meanings])])


def _repeats(name: str, metrics: Mapping[str, float]) -> bool:
    """Whether it is a recall by own pairs that equals the one by any match, so that a line below says so."""
    recall = recall_name(name)
    if recall is None or recall.relevance != "own":
        return False
    return metrics[name] == metrics.get(str(replace(recall, relevance="")))
