"""A table as a reader wants it: what is the same everywhere said once, a short wide one turned on its side."""

from __future__ import annotations

import itertools
from dataclasses import replace

from mmgap.report.blocks import MISSING, Column, Table
from mmgap.report.translation import translated

#: A table of fewer rows than this and more columns than that reads better on its side.
ROWS, COLUMNS = 4, 7


def shaped(table: Table, language: str) -> Table:
    """Return the table without columns that are the same in all rows, and on its side where that reads better."""
    return on_its_side(without_constants(table, language), language)


def without_constants(table: Table, language: str) -> Table:
    """Return the table without columns whose cells are all equal; its caption names them.

    A column of words that tells the rows apart, or the first, stays.

    A column of dashes is not named. Cells without a text, as below a printed line, count as equal to all others of a
    column of words.
    """
    if len(table.rows) < 2:
        return table
    kept, said = [], []
    differ = [len(_met(table, place)) > 1 for place in range(len(table.columns))]
    first = next((n for n, column in enumerate(table.columns) if differ[n] and not column.numeric), 0)
    for place, column in enumerate(table.columns):
        met = _met(table, place)
        if place == first:
            kept.append(place)
            continue
        if len(met) > 1 or (met == {""} and not column.numeric):
            kept.append(place)
        elif met not in ({MISSING}, {""}):
            said.append(f"{column.header} = {met.pop()}")
    if len(kept) < 2:
        return table
    caption = table.caption
    if said:
        same = translated("Everywhere in this table: {what}.", language, what="; ".join(said))
        lead = translated("Everywhere in this table: {what}.", language, what="").removesuffix(".")
        if lead in caption:
            caption = f"{caption.removesuffix('.')}; {same.removeprefix(lead)}"
        else:
            caption = f"{caption.removesuffix('.')}. {same}" if caption else same
    return columns(replace(table, caption=caption), kept)


def _met(table: Table, place: int) -> set[str]:
    """The different cells of a column."""
    met = {row[place] for row in table.rows}
    if not table.columns[place].numeric and len(met) > 1:
        met.discard("")
    return met


def on_its_side(table: Table, language: str) -> Table:
    """Return a table of few rows and many columns with a row for each column; others as they are."""
    if not 0 < len(table.rows) < ROWS or len(table.columns) <= COLUMNS:
        return table
    named = next((n for n, column in enumerate(table.columns) if column.numeric), 1)
    heads = [" · ".join(filter(None, row[:named])) or MISSING for row in table.rows]
    heads_of = (Column(translated("what", language), numeric=False), *map(Column, heads))
    rows = tuple(
        (column.header, *(row[place] for row in table.rows))
        for place, column in enumerate(table.columns[named:], named)
    )
    best = frozenset((column - named, row + 1) for row, column in table.best if column >= named)
    return replace(table, columns=heads_of, rows=rows, best=best)


def chosen(table: Table) -> Table:
    """Return the table without the columns that a short format leaves out."""
    return columns(table, [place for place, column in enumerate(table.columns) if column.chosen])


def in_widths(table: Table, most: int) -> list[Table]:
    """Return the table in parts of at most so many columns of numbers, each with all columns of words."""
    words = [place for place, column in enumerate(table.columns) if not column.numeric]
    numbers = [place for place, column in enumerate(table.columns) if column.numeric]
    parts = max(1, -(-len(numbers) // most))
    cuts = [len(numbers) * part // parts for part in range(parts + 1)]
    return [columns(table, sorted([*words, *numbers[start:end]])) for start, end in itertools.pairwise(cuts)]


def columns(table: Table, places: list[int]) -> Table:
    """Return the table of these columns, in this order."""
    if places == list(range(len(table.columns))):
        return table
    new = {old: place for place, old in enumerate(places)}
    return replace(
        table,
        columns=tuple(table.columns[place] for place in places),
        rows=tuple(tuple(row[place] for place in places) for row in table.rows),
        best=frozenset((row, new[column]) for row, column in table.best if column in new),
    )
