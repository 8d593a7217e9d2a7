"""Figures of a printed table beside what was measured, in rows: put in and got back. Loads no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from mmgap.rows.recorder import Recorder
from mmgap.rows.row import Row, notes_of
from mmgap.theory.printed import printed


class TheoryCell(TypedDict):
    """One printed figure beside its measurement."""

    table: str
    row: str  # what varies, "kappa=200"
    column: str
    printed: str
    mean: float
    sd: float  # over seeds
    seeds: int
    reproduced: bool
    discrepancy: str | None  # why not, where it is not and the reason is known
    reading_mean: float | None  # the figure under the reading that the reason names
    reading_sd: float | None


def record_cells(record: Recorder, cells: Sequence[TheoryCell]) -> None:
    """Put the cells of a table through the recording door; `cells_of` gets them back out of the row."""
    record("figures", len(cells), unit="count")
    record("reproduced", sum(cell["reproduced"] for cell in cells), unit="count")
    record("explained", sum(cell["discrepancy"] is not None for cell in cells), unit="count")
    for cell in cells:
        name, n = _name(cell["row"], cell["column"]), cell["seeds"]
        record(name, cell["mean"], n=n)
        record(f"{name}.sd", cell["sd"], n=n)
        record(f"{name}.reproduced", float(cell["reproduced"]), n=n)
        if cell["reading_mean"] is not None:
            record(f"{name}.reading", cell["reading_mean"], n=n)
            record(f"{name}.reading.sd", cell["reading_sd"], n=n)
        if cell["discrepancy"] is not None:
            record.note("{where}: {why}", where=_where(cell), why=cell["discrepancy"])


def cells_of(row: Row) -> list[TheoryCell]:
    """Return the cells that `record_cells` recorded, in the order of the printed table."""
    table, metrics = row["cell"]["variant"]["table"], row["metrics"]
    notes = dict(note.split(": ", 1) for note in notes_of(row) if ": " in note)
    cells: list[TheoryCell] = []
    for line in printed(table):
        (varied, value), *figures = line.items()
        for column, text in figures:
            name = _name(f"{varied}={value}", column)
            if name not in metrics:
                continue
            reading = metrics.get(f"{name}.reading")
            cell: TheoryCell = {
                "table": table,
                "row": f"{varied}={value}",
                "column": column,
                "printed": text,
                "mean": metrics[name]["value"],
                "sd": metrics[f"{name}.sd"]["value"],
                "seeds": metrics[name]["n"] or 0,
                "reproduced": bool(metrics[f"{name}.reproduced"]["value"]),
                "discrepancy": None,
                "reading_mean": None if reading is None else reading["value"],
                "reading_sd": None if reading is None else metrics[f"{name}.reading.sd"]["value"],
            }
            cells.append({**cell, "discrepancy": notes.get(_where(cell))})
    return cells


def _name(row: str, column: str) -> str:
    return f"{row.replace('=', '-')}.{column}"


def _where(cell: TheoryCell) -> str:
    return f"{cell['table']} {cell['row']} {cell['column']}"
