"""What ``mmgap measure`` prints: every metric with its range and its meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from mmgap.stats.interval import Interval
from mmgap.stats.sign_flips import FLIPS

_ARROWS = {True: "↑", False: "↓", None: ""}


def measured_table(
    metrics: Mapping[str, float],
    shape: str,
    omitted: Mapping[str, str],
    language: str = "en",
    *,
    intervals: Mapping[str, Interval] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return a table of metrics and the legend below it.

    Args:
        metrics: as `mmgap.measure` returns them.
        shape: how many images and texts of how many dimensions, in words.
        omitted: what is missing → why.
        language: "en" or "es".
        intervals: of the metrics that are estimates.
        notes: what stands below the table first: how it was measured.
    """
    shown = [described(name) for name in metrics if not _repeats(name, metrics)]
    lines = [
        (
            label(metric.name, language),
            values.text(_shown(metrics[metric.name], metric.unit, (intervals or {}).get(metric.name))),
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
    missing = [f"{name}: {translated(reason, language)}" for name, reason in omitted.items()]
    told = [translated(note, language) for note in notes]
    return "\n".join([table, "", *(f"- {line}" for line in [*told, *missing, *meanings])])


def _shown(value: float, unit: str | None, interval: Interval | None) -> SeedMean:
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return SeedMean(value, None, low, high, unit, 1 / (1 + FLIPS))


def _repeats(name: str, metrics: Mapping[str, float]) -> bool:
    """Whether it is a recall by own pairs that equals the one by any match, so that a line below says so."""
    recall = recall_name(name)
    if recall is None or recall.relevance != "own":
        return False
    return metrics[name] == metrics.get(str(replace(recall, relevance="")))
