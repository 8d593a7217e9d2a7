"""The short table at the end of a run: at most 100 characters wide, nothing but the standard library and tabulate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tabulate import MIN_PADDING, tabulate

from mmgap.analysis.groups import Group, groups, metric_names, pool_size
from mmgap.report import values
from mmgap.report.blocks import MISSING, one_line, shorten
from mmgap.report.labels import label
from mmgap.report.metric_table import coordinate
from mmgap.report.terms import term
from mmgap.report.translation import translated, translated_in
from mmgap.rows.cell import AXES
from mmgap.rows.recall_names import recall_names
from mmgap.rows.row import Row, latest

WIDTH = 100

#: What is shown of a space before its recalls.
_GAP = ("gap", "misalignment", "uniformity")


def summary(rows: Iterable[Row], language: str = "en") -> str:
    """Return one line a cell, its seeds averaged: where it was measured, the gap and what goes with it, its status.

    The cells of each experiment stand under its name where there are several. Cells that measure no space stand below,
    with the first figures they recorded.

    Args:
        rows: in any order; of each cell the newest is shown.
        language: "en" or "es".
    """
    found = groups(latest(rows))
    spaces = [group for group in found if _measures(group.cell, metric_names([group]))]
    others = sorted((group for group in found if group not in spaces), key=lambda group: group.cell["experiment"])
    parts = [_spaces(spaces, language)] if spaces else []
    parts += [_others(others, language)] if others else []
    return "\n\n".join(parts)


def _measures(cell: Mapping[str, Any], names: Collection[str]) -> bool:
    """Whether a cell is of a space of images and texts: it has the figures of one, or none as it ended too early."""
    if cell.get("adapter") or not cell["dataset"]:
        return "gap" in names
    shown = {*_GAP, *recall_names(("t2i", "i2t"), (1,), pool_size(names))}
    return not names or not shown.isdisjoint(names)


def _spaces(found: list[Group], language: str) -> str:
    pool = pool_size(metric_names(found))
    metrics = [*_GAP, *recall_names(("t2i", "i2t"), (1,), pool)]
    heads = [translated_in("picture", "gap", language), translated("misal.", language), translated("unif.", language)]
    heads += [*(f"{way}@1/{pool}" if pool else f"{way}@1" for way in ("T→I", "I→T")), translated("status", language)]
    axes = [axis for axis in AXES if any(group.cell.get(axis) for group in found)]
    figures = [[*(_value(group, name) for name in metrics), _status(group, language)] for group in found]
    names = [[one_line(coordinate(group.cell, axis, language)) for axis in axes] for group in found]
    taken = sum(_width(column) + 2 for column in zip(heads, *figures, strict=True))
    header = [term(axis, language) for axis in axes]
    widths = _widths([_width(column) for column in zip(header, *names, strict=True)], WIDTH - taken)
    lines = _under_experiments(
        [group.cell["experiment"] for group in found],
        [[*map(shorten, name, widths), *line] for name, line in zip(names, figures, strict=True)],
    )
    align = ["left"] * len(axes) + ["right"] * len(metrics) + ["left"]
    return tabulate(
        lines,
        headers=[*map(shorten, header, (w - MIN_PADDING for w in widths)), *heads],
        colalign=align,
        disable_numparse=True,
    )


def _under_experiments(experiments: list[str], lines: list[list[str]]) -> list[list[str]]:
    """The lines of each experiment below its name; those of a single one as they are.

    >>> _under_experiments(["measure", "train", "measure"], [["tiny", "0.5"], ["tiny", "0.4"], ["clip", "0.8"]])
    [['measure', ''], ['tiny', '0.5'], ['clip', '0.8'], ['train', ''], ['tiny', '0.4']]
    """
    if len(set(experiments)) == 1:
        return lines
    found = []
    for name in dict.fromkeys(experiments):
        found += [[name, *("" for _ in lines[0][1:])]]
        found += [line for experiment, line in zip(experiments, lines, strict=True) if experiment == name]
    return found


def _others(found: list[Group], language: str) -> str:
    lines = []
    for group in found:
        cell, names = group.cell, metric_names([group])
        figures = ", ".join(f"{label(name, language)} {_value(group, name)}" for name in names) or MISSING
        where = [cell[axis] for axis in ("adapter", "encoder", "dataset", "space") if cell.get(axis)]
        name = " ".join(
            [
                cell["experiment"],
                *where,
                *(f"{axis}={value}" for axis, value in cell["variant"].items()),
            ]
        )
        lines.append([shorten(one_line(name), 32), _status(group, language), _until(figures, 45)])
    heads = [term(name, language) for name in ("cell", "status", "value")]
    return tabulate(lines, headers=heads, disable_numparse=True)


def _status(group: Group, language: str) -> str:
    """``ok``; over several seeds ``24 ok, 1 failed``."""
    counts = Counter(row["status"] for row in group.rows)
    if len(group.rows) == 1:
        return term(group.rows[0]["status"], language)
    return ", ".join(f"{count} {term(status, language)}" for status, count in counts.most_common())


def _value(group: Group, name: str) -> str:
    shown = group.over_seeds(name)
    return MISSING if shown is None else values.number(shown.mean, shown.unit)


def _width(column: Sequence[str]) -> int:
    """Of a heading and its cells as tabulate sets them."""
    head, *cells = map(len, column)
    return max(head + MIN_PADDING, *cells)


def _widths(wanted: list[int], room: int) -> list[int]:
    """Column widths within ``room``, the two blanks behind each counted: the widest gives way first."""
    widths = list(wanted)
    while sum(widths) + 2 * len(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths


def _until(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
