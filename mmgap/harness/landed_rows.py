"""Rows as they land, a line each: when, what became of the cell, its main figures, how long it took, which cell."""

from __future__ import annotations

from mmgap.analysis.groups import Group
from mmgap.core.progress import interval
from mmgap.report import values
from mmgap.report.blocks import MISSING, one_line, shorten
from mmgap.report.labels import label
from mmgap.report.terms import term
from mmgap.report.translation import translated, translated_in
from mmgap.rows.cell import cell_words
from mmgap.rows.recall_names import recall_names
from mmgap.rows.row import Row

#: Figures of a measured space; further ones of other cells stand behind them.
METRICS = ("gap", "misalignment", "uniformity", *recall_names(("t2i", "i2t"), (1,), None))

#: How many figures of a cell without a space are shown.
FEW = 3


def heading(language: str) -> str:
    """Return the line above all others.

    >>> heading("en")
    'time      status        gap    misal.    unif.    T→I@1    I→T@1   took  cell'
    """
    names = [translated_in("picture", "gap", language), translated("misal.", language), translated("unif.", language)]
    figures = _figures([*names, "T→I@1", "I→T@1"])
    status = f"{term('status', language):<{STATUS}}"
    took = translated("took", language)
    return f"{translated('time', language):<8}  {status}{figures}{took:>7}  {term('cell', language)}"


#: Columns of the status.
STATUS = 8


def landed_line(row: Row, when: str, status: str, language: str) -> str:
    """Return a row's line.

    Args:
        row: of any status.
        when: it landed, as ``16:20:05``.
        status: in words.
        language: "en" or "es".
    """
    group = Group([row])
    told = [_value(group, name) for name in METRICS]
    total = row["time"].get("total")
    cell = one_line(cell_words(row["cell"]))
    others = list(row["metrics"])[:FEW] if all(value == MISSING for value in told) else []
    if others:
        cell += " · " + ", ".join(f"{label(name, language)} {_value(group, name)}" for name in others)
    if (error := row["error"]) is not None:
        cell += f" · {error['type']}: {shorten(one_line(error['message']), 120)}"
    took = MISSING if total is None else interval(total)
    return f"{when:<8}  {status:<{STATUS}}{_figures(told)}{took:>7}  {cell}"


def _figures(texts: list[str]) -> str:
    return "".join(f"{text:>9}" for text in texts)


def _value(group: Group, name: str) -> str:
    shown = group.over_seeds(name)
    return MISSING if shown is None else values.number(shown.mean, shown.unit)
