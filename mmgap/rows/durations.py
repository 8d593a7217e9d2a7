"""How long a cell takes, by the rows of those like it. The standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

from mmgap.core.cache import canonical_json
from mmgap.rows.row import CellDict, Row

#: What two cells have in common whose times are alike, from nearly everything to nothing.
KINDS: tuple[tuple[str, ...], ...] = (
    ("experiment", "encoder", "dataset", "space", "adapter", "loss", "variant", "seed"),
    ("experiment", "encoder", "dataset", "space", "adapter", "loss", "variant"),
    ("experiment", "encoder", "dataset", "loss"),
    ("experiment", "encoder", "dataset"),
    ("experiment", "dataset"),
    ("experiment",),
    (),
)


class Durations:
    """Seconds of finished cells.

    Args:
        rows: those that are ``ok`` count; a failed cell ended early.

    >>> known = Durations()
    >>> cell = {"experiment": "train", "encoder": "tiny", "dataset": "a", "loss": "ce", "seed": 0, "variant": {}}
    >>> known.expected(cell) is None
    True
    >>> known.add(cell, 10.0), known.add({**cell, "loss": "cyclip"}, 30.0)
    (None, None)
    >>> known.expected(cell), known.expected({**cell, "seed": 1}), known.expected({**cell, "loss": "anti"})
    (10.0, 10.0, 20.0)
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._seconds: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            if row["status"] == "ok" and "total" in row["time"]:
                self.add(row["cell"], row["time"]["total"])

    def add(self, cell: CellDict, seconds: float) -> None:
        """Say how long a cell took."""
        for kind in _kinds(cell):
            self._seconds.setdefault(kind, []).append(seconds)

    def expected(self, cell: CellDict) -> float | None:
        """Return the median over the finished cells that have most in common with this one; None where there is none
        at all."""
        return next((median(self._seconds[kind]) for kind in _kinds(cell) if kind in self._seconds), None)


def _kinds(cell: CellDict) -> list[tuple[str, ...]]:
    """What each of `KINDS` is in this cell."""
    found: dict[str, Any] = dict(cell)
    return [(str(len(kind)), *(canonical_json(found.get(name)) for name in kind)) for kind in KINDS]
