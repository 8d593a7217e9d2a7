"""A matrix of unit rows that is nowhere as a whole: read from files, checked and divided by its norms when it is asked.

It answers as a tensor does to what `mmgap.metrics` asks of one (some rows, all rows in float64, shape and type), so
that what those functions compute a chunk of rows at a time they compute of it, to the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from mmgap.core.progress import progress_bar
from mmgap.core.scratch_array import ScratchArray
from mmgap.core.stored_rows import StoredRows
from mmgap.core.vector_content import VectorFileError
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import UnitRows, normalised

#: Numbers that a survey reads at a time.
_SURVEYED = 1 << 20


@dataclass(frozen=True, eq=False)
class StreamedRows:
    """The rows of ``stored`` divided by their norms, in float64 where they are so wide or few, else in float32.

    Attributes:
        stored: rows of any norm but 0.
        order: (M,) which row stands at each place; None for the order they are stored in.
    """

    stored: StoredRows
    order: np.ndarray | ScratchArray | None = None

    def __len__(self) -> int:
        return len(self.stored) if self.order is None else len(self.order)

    @property
    def shape(self) -> tuple[int, int]:
        """(N, d)."""
        return len(self), self.stored.width

    @property
    def dtype(self) -> torch.dtype:
        """As `mmgap.metrics.unit_rows.normalised` would have it."""
        wide = self.stored.dtype == np.float64 or len(self) <= EXACT_ROWS
        return torch.float64 if wide else torch.float32

    @property
    def device(self) -> torch.device:
        """The CPU."""
        return torch.device("cpu")

    def __getitem__(self, key: slice | int | np.ndarray | torch.Tensor) -> torch.Tensor:
        if isinstance(key, int):
            return self[key : key + 1][0] if key >= 0 else self[len(self) + key]
        if isinstance(key, slice):
            start, stop, _ = key.indices(len(self))
            stop = max(start, stop)
            if self.order is None:
                rows = self.stored.read(start, stop) if stop > start else None
                return torch.empty(0, self.shape[1]) if rows is None else self._unit(rows, range(start, stop))
            places = self.order[start:stop]
        else:
            places = np.asarray(key) if self.order is None else self.order[np.asarray(key)]
        return self._unit(self.stored.taken(places), places)

    def split(self, rows: int) -> Iterator[torch.Tensor]:
        """Yield all rows, so many at a time."""
        return (self[start : start + rows] for start in range(0, len(self), rows))

    def index_select(self, dim: int, index: torch.Tensor) -> torch.Tensor:
        """Return the rows of these numbers; ``dim`` is 0, as a tensor's own method has it."""
        assert dim == 0
        return self[index]

    def double(self) -> torch.Tensor:
        """Return all rows in float64: for sets of few."""
        return self[:].double()

    def _unit(self, rows: np.ndarray, places: Sequence[int] | np.ndarray) -> torch.Tensor:
        given = torch.from_numpy(np.ascontiguousarray(rows))
        try:
            return normalised(given, exact_rows=len(rows) if self.dtype == torch.float64 else 0).tensor
        except ValueError:
            check_block(self.stored, places, rows)
            raise


def unit_rows_of(stored: StoredRows, order: np.ndarray | None = None) -> UnitRows:
    """Return rows that metrics take as they are, after one look at each of them.

    Raises:
        VectorFileError: a row that holds NaN or infinity, or is zero; its file and its number there are named.
        ValueError: fewer than two rows.
    """
    if len(stored) < 2:
        raise VectorFileError(f"{stored.parts[0].name}: holds one row, and measuring needs at least two")
    deviation = 0.0
    for start, rows in chunks(stored):
        try:
            deviation = max(deviation, normalised(torch.from_numpy(rows)).deviation)
        except ValueError:
            check_block(stored, range(start, start + len(rows)), rows)
            raise
    return streamed(StreamedRows(stored, order), deviation)


def streamed(rows: StreamedRows, deviation: float = 0.0) -> UnitRows:
    """Return rows on disk as the type that metrics take; ``deviation`` as `UnitRows` has it."""
    return UnitRows(cast(torch.Tensor, rows), deviation)


def chunks(stored: StoredRows) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the rows of a file some at a time, each time with the number of the first one."""
    step = max(1, _SURVEYED // stored.width)
    for start in range(0, len(stored), step):
        yield start, stored.read(start, min(start + step, len(stored)))


def check_block(stored: StoredRows, places: Sequence[int] | np.ndarray, rows: np.ndarray) -> None:
    """Raise `VectorFileError` that names the first of some rows that is zero or not finite, by its place in its file.

    Args:
        stored: what the rows were read of.
        places: where each of them stands there.
        rows: (len(places), d).
    """
    unfit = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(unfit):
        column = int(np.flatnonzero(~np.isfinite(rows[unfit[0]]))[0])
        raise VectorFileError(
            f"{stored.place(int(places[unfit[0]]))} holds NaN or infinity, {rows[unfit[0], column]} in column {column}"
            " first: leave this pair out, or encode it again"
        )
    zero = np.flatnonzero(~rows.any(axis=1))
    if len(zero):
        raise VectorFileError(
            f"{stored.place(int(places[zero[0]]))} is zero, and a zero vector has no direction: leave this pair out, or"
            " encode it again"
        )


def check_rows(stored: StoredRows) -> None:
    """Raise `VectorFileError` where one of all rows is zero or not finite."""
    for start, rows in progress_bar(chunks(stored), desc="looking at every row", unit="block"):
        check_block(stored, range(start, start + len(rows)), rows)
