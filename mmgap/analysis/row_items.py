"""The arrays that rows keep in the cache, by row: what analyses and figures are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING

from mmgap.core.cache import Cache, key_digest
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.row import Row

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class RowItems:
    """A row with its arrays."""

    row: Row
    arrays: Items


def read_items(row: Row, cache: Cache) -> dict[str, np.ndarray] | None:
    """Return the arrays of a row: none where it kept none, None where they are no longer in the cache."""
    return cache.read("items", {"row": row["key"]}) if row["items"] else {}


def read_all(rows: Sequence[Row], cache: Cache) -> list[RowItems] | None:
    """Return several rows with their arrays; None where those of any are gone."""
    found = [RowItems(row, arrays) for row in rows if (arrays := read_items(row, cache)) is not None]
    return found if len(found) == len(rows) else None


def key_of(*rows: Row) -> str:
    """Return the key of a row, or one for several that are shown against each other."""
    if len(rows) == 1:
        return rows[0]["key"]
    return key_digest({place: row["key"] for place, row in zip(ascii_lowercase, rows, strict=False)})
