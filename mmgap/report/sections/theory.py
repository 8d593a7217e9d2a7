"""What a report says of theory: printed tables beside what was measured, reproduced or why not. Loads no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmgap.analysis.groups import Group, groups
from mmgap.core.messages import N_
from mmgap.report import values
from mmgap.report.blocks import Block, Column, Table
from mmgap.report.labels import label, setting
from mmgap.report.section import Section, SectionMaterial
from mmgap.report.tables import named, tables_of_groups
from mmgap.report.translation import translated
from mmgap.rows.row import notes_of
from mmgap.theory.printed_cells import TheoryCell, cells_of


def as_table(table: str, cells: Sequence[TheoryCell], language: str = "en") -> Table:
    """Return the cells as a table: printed, measured ± sd over seeds, reproduced or the reason why not."""
    columns = (
        Column(translated("cones", language), numeric=False),
        Column(translated("quantity", language), numeric=False),
        Column(translated("printed", language)),
        Column(translated("measured ± sd", language)),
        Column(translated("reproduced?", language), numeric=False),
    )
    rows = [
        (
            setting(c["row"], language) or c["row"],
            label(c["column"], language),
            c["printed"],
            _spread(c["mean"], c["sd"]),
            _verdict(c, language),
        )
        for c in cells
    ]
    seeds = cells[0]["seeds"] if cells else 0
    caption = translated(
        "Thesis table {table}: printed against measured, mean and sd over {seeds} draws",
        language,
        table=table,
        seeds=seeds,
    )
    return Table(f"table-{table.replace('.', '-')}", caption, columns, tuple(rows))


def _verdict(cell: TheoryCell, language: str) -> str:
    if cell["reproduced"]:
        return translated("yes", language)
    if cell["reading_mean"] is None or cell["reading_sd"] is None:
        return translated("no", language)
    reading = _spread(cell["reading_mean"], cell["reading_sd"])
    why = translated(cell["discrepancy"] or N_("unexplained"), language)
    return f"{translated('no', language)}: {why} ({reading})"


def _spread(mean: float, sd: float) -> str:
    """Mean ± sd to the second digit of the sd."""
    places = 1 - math.floor(math.log10(sd)) if sd > 0 else 4
    return values.spread(mean, sd, places)


def _tables(material: SectionMaterial) -> list[Block]:
    """The printed tables, then what else was measured."""
    made, others = [], []
    for group in groups(material.rows):
        if cells := cells_of(group.rows[-1]) if "table" in group.cell["variant"] else []:
            made.append(as_table(group.cell["variant"]["table"], cells, material.language))
            _note(group, cells, material)
        else:
            others.append(group)
    return [*named("theory", [*made, *tables_of_groups(others, material.language, material.notes)])]


def _note(group: Group, cells: Sequence[TheoryCell], material: SectionMaterial) -> None:
    """The notes of a row but for the reasons of discrepancies, which stand in its table."""
    reasons = {cell["discrepancy"] for cell in cells}
    kept = [note for note in notes_of(group.rows[-1]) if note.partition(": ")[2] not in reasons]
    material.notes.numbers(kept, material.language)


THEORY = Section(
    "theory",
    N_("Theory: Power Spherical spaces"),
    order=60,
    figures=("concentrations", "separations"),
    tables=_tables,
    question="theory",
)
DIMENSIONS = Section("dimensions", N_("What high dimension does (annex E)"), figures=("dimensions",), question="theory")
