"""Theory tables for the eye and in rows: printed beside measured, reproduced or why not. Loads no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmgap.report.blocks import Column, Table
from mmgap.report.labels import label, word
from mmgap.theory.printed_cells import TheoryCell


def as_table(table: str, cells: Sequence[TheoryCell], language: str = "en") -> Table:
    """The cells as a table: printed, measured ± sd over seeds, reproduced or the reason why not."""
    columns = (
        Column("", numeric=False),
        Column(word("quantity", language), numeric=False),
        Column(word("printed", language)),
        Column(word("measured", language)),
        Column(word("reproduced", language), numeric=False),
    )
    rows = [
        (c["row"], label(c["column"], language), c["printed"], _spread(c["mean"], c["sd"]), _verdict(c, language))
        for c in cells
    ]
    seeds = cells[0]["seeds"] if cells else 0
    caption = word("cap_theory", language, table=table, seeds=seeds)
    return Table(f"table-{table.replace('.', '-')}", caption, columns, tuple(rows))


def _verdict(cell: TheoryCell, language: str) -> str:
    if cell["reproduced"]:
        return word("yes", language)
    if cell["reading_mean"] is None or cell["reading_sd"] is None:
        return word("no", language)
    reading = _spread(cell["reading_mean"], cell["reading_sd"])
    return f"{word('no', language)}: {cell['discrepancy'] or word('unexplained', language)} ({reading})"


def _spread(mean: float, sd: float) -> str:
    """Mean ± sd to the second digit of the sd."""
    places = 1 - math.floor(math.log10(sd)) if sd > 0 else 4
    return f"{mean:.{places}f} ± {sd:.{places}f}"
