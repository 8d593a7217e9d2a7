"""What ``mmgap measure`` prints: every metric with its range and its meaning."""

from __future__ import annotations

from collections.abc import Mapping

from tabulate import tabulate

from mmgap.report import values
from mmgap.report.labels import is_recall, label, word
from mmgap.report.legend import legend, value_range
from mmgap.stats.sign_flips import FLIPS


def measured_table(
    metrics: Mapping[str, float],
    shape: str,
    omitted: Mapping[str, str],
    better: Mapping[str, bool | None],
    language: str = "en",
) -> str:
    """A table of metrics and the legend below it.

    Args:
        metrics: as `mmgap.measure` returns them.
        shape: how many images and texts of how many dimensions, in words.
        omitted: what is missing → why.
        better: whether more of a metric is better; recalls need no entry.
        language: "en" or "es".
    """
    good = {name: True if is_recall(name) else better.get(name) for name in metrics}
    arrows = {True: "↑", False: "↓", None: ""}
    lines = []
    for name, value in metrics.items():
        if name.endswith("_own") and value == metrics.get(name.removesuffix("_own")):
            continue  # one line below says so
        shown = values.number(value, "share" if is_recall(name) else None)
        if name == "gap_p":
            shown = values.probability(value, 1 / (1 + FLIPS))
        lines.append((label(name, language), shown, value_range(name), arrows[good[name]]))
    heads = [f"{word('metric', language)} ({shape})", *(word(name, language) for name in ("value", "range", "better"))]
    table = tabulate(lines, headers=heads, colalign=("left", "right", "left", "left"), disable_numparse=True)
    meanings = [*legend(good.items(), language), word("ties", language)]
    if len(lines) < len(metrics):
        meanings.append(word("own_same", language))
    missing = [f"{name}: {reason}" for name, reason in omitted.items()]
    return "\n".join([table, "", *(f"- {line}" for line in [*missing, *meanings])])
