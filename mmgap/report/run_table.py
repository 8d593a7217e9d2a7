"""Two runs as a table: a line for each metric of each cell that both have."""

from __future__ import annotations

from tabulate import tabulate

from mmgap.analysis.run_changes import RunChange, RunChanges
from mmgap.core.messages import counted
from mmgap.report.labels import label
from mmgap.report.translation import translated
from mmgap.report.values import signed


def run_table(found: RunChanges, before: str, after: str, language: str) -> str:
    """Return the table, and below it what one side has alone and what was not paired.

    Args:
        found: of `mmgap.analysis.run_changes.run_changes`.
        before, after: what the runs are called.
        language: "en" or "es".
    """
    heads = [
        translated("metric", language),
        before,
        after,
        translated("difference", language),
        translated("95 % interval", language),
        translated("p, Holm", language),
    ]
    lines: list[str] = []
    for cell in dict.fromkeys(change.cell for change in found.changes):
        of_cell = [_line(change, language) for change in found.changes if change.cell == cell]
        table = tabulate(of_cell, heads, "plain", disable_numparse=True, colalign=("left", *["right"] * 5))
        lines += [cell, *(f"  {line}" for line in table.splitlines()), ""]
    if any(not change.paired and change.low is not None for change in found.changes):
        lines.append(
            translated(
                "≈ not paired: both rows' own intervals put together, which is wider than paired items would give.",
                language,
            )
        )
    reasons = dict.fromkeys(found.unpaired.values())
    for why in reasons:
        told = counted(
            "Not paired in {n} cell: {why}.", "Not paired in {n} cells: {why}.", n=_count(found, why), why=why
        )
        lines.append(translated(told, language))
    lines.append(translated(counted("{n} cell in both runs.", "{n} cells in both runs.", n=found.cells), language))
    for name, cells in ((before, found.only_before), (after, found.only_after)):
        if cells:
            alone = counted(
                "{n} cell in {run} alone: {cells}",
                "{n} cells in {run} alone: {cells}",
                n=len(cells),
                run=name,
                cells=_some(cells),
            )
            lines.append(translated(alone, language))
    return "\n".join(lines)


def _count(found: RunChanges, why: str) -> int:
    return sum(reason == why for reason in found.unpaired.values())


def _some(cells: tuple[str, ...]) -> str:
    return ", ".join(cells[:3]) + (" …" if len(cells) > 3 else "")


def _line(change: RunChange, language: str) -> tuple[str, ...]:
    scale, digits = (100.0, 1) if change.unit == "share" else (1.0, 3)
    mark = "" if change.paired or change.low is None else "≈ "
    interval = "—"
    if change.low is not None and change.high is not None:
        interval = f"{mark}[{signed(scale * change.low, digits)}, {signed(scale * change.high, digits)}]"
    p_value = "—" if change.p_value_holm is None else f"{change.p_value_holm:.2g}"
    return (
        label(change.metric, language),
        f"{scale * change.before:.{digits}f}",
        f"{scale * change.after:.{digits}f}",
        signed(scale * change.difference, digits),
        interval,
        p_value,
    )
