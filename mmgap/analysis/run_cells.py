"""Which rows of two runs are compared: those of one cell, or of two cells that differ in what tells the runs apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from mmgap.core.cache import canonical_json
from mmgap.rows.row import Row, cell_slug

#: In which of their cells two runs may differ as a whole: another model, or what was done to it.
APART = ("encoder", "space", "loss")

_Cells: TypeAlias = "dict[str, Row]"


@dataclass(frozen=True)
class RowPairs:
    """The finished rows of two runs.

    Attributes:
        pairs: those that are compared, by name.
        only_before, only_after: names of the cells that one side alone has, or has finished alone.
    """

    pairs: tuple[tuple[Row, Row], ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def row_pairs(before: Iterable[Row], after: Iterable[Row]) -> RowPairs:
    """Return the rows that two runs have of the same cells.

    Of runs without one, where each has a single encoder (or space, or loss) and not the same, cells are compared that
    are equal but for it: two models, or one model before and after it was tuned.
    """
    a, b = ([row for row in rows if row["status"] == "ok"] for rows in (before, after))
    for axis in (None, *APART):
        one, other = _by_cell(a, axis), _by_cell(b, axis)
        if common := one.keys() & other.keys() if axis is None or _apart(a, b, axis) else set():
            pairs = sorted(((one[cell], other[cell]) for cell in common), key=pair_name)
            return RowPairs(tuple(pairs), _names(one, common), _names(other, common))
    return RowPairs((), _names(_by_cell(a, None), set()), _names(_by_cell(b, None), set()))


def pair_name(pair: tuple[Row, Row]) -> str:
    """Return the name of what is compared; where two encoders are, ``measure tiny-to-tiny-random-glyphs-en-s0``."""
    one, other = (row["cell"] for row in pair)
    moved = {axis: f"{one[axis]} to {other[axis]}" for axis in APART if one.get(axis) != other.get(axis)}  # type: ignore[literal-required]
    return f"{one['experiment']} {cell_slug({**one, **moved})}"  # type: ignore[typeddict-item]


def _by_cell(rows: Iterable[Row], but_for: str | None) -> _Cells:
    return {canonical_json({**row["cell"], **({but_for: None} if but_for else {})}): row for row in rows}


def _apart(a: Iterable[Row], b: Iterable[Row], axis: str) -> bool:
    """Whether all rows of each side have one value of an axis, and the sides have two."""
    values = [{row["cell"].get(axis) for row in rows} for rows in (a, b)]
    return all(len(found) == 1 for found in values) and values[0] != values[1]


def _names(cells: _Cells, common: set[str]) -> tuple[str, ...]:
    return tuple(sorted(pair_name((row, row)) for cell, row in cells.items() if cell not in common))
