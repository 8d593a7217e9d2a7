"""Rows in blocks that stay in cache, a thread for each part of them: what maps are fitted and used by.

Float64 rows are computed and returned in float64, everything else (float32, half precision, memory maps) in float32.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.core.threads import side_by_side

#: Numbers in a block, of the wider of what goes in and what comes out.
BLOCK = 1 << 18

#: Numbers from which on several threads are worth their start.
MANY = 1 << 22


def as_rows(vectors: Any) -> np.ndarray:
    """Return vectors of NumPy or torch as a NumPy array that shares memory with them where it can; rows on disk, which
    are read in blocks as an array is, as they are."""
    if isinstance(vectors, (np.ndarray, RowsOnDisk)):
        return vectors  # type: ignore[return-value]  # they answer as arrays do
    import torch

    if not isinstance(vectors, torch.Tensor):
        return np.asarray(vectors)
    vectors = vectors.detach().cpu()
    return (vectors.float() if vectors.dtype == torch.bfloat16 else vectors).numpy()


def taken(vectors: np.ndarray, rows: Any) -> np.ndarray:
    """Return some rows; those on disk are not read yet."""
    return vectors.taken(rows) if isinstance(vectors, RowsOnDisk) else vectors[rows]


def precision(vectors: np.ndarray) -> type[np.float32] | type[np.float64]:
    """Return the type that vectors are computed in: float64 where they have it, else float32."""
    return np.float64 if vectors.dtype.kind == "f" and vectors.dtype.itemsize >= 8 else np.float32


def blocks(count: int, width: int, size: int | None = None) -> Iterator[slice]:
    """Yield slices of ``count`` rows, each of about ``size`` numbers, `BLOCK` where nobody says how many."""
    step = max(1, (size or BLOCK) // max(1, width))
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def mapped_rows(vectors: np.ndarray, width: int, work: Callable[[np.ndarray, np.ndarray], None]) -> np.ndarray:
    """Return (N, width) rows that ``work`` makes of (N, d) vectors.

    Args:
        vectors: any real numbers.
        width: of what comes out.
        work: fills its second argument, some of the result's rows, from the first, a copy of as many vectors, which it
            may change.
    """
    import torch

    kind, (count, given) = precision(vectors), vectors.shape
    out = np.empty((count, width), dtype=kind)
    largest = max(width, given)

    def part(rows: slice) -> None:
        block = np.empty((max(1, BLOCK // max(1, largest)), given), dtype=kind)
        for inner in blocks(rows.stop - rows.start, largest):
            at = slice(rows.start + inner.start, rows.start + inner.stop)
            copied = block[: at.stop - at.start]
            copied[...] = vectors[at]
            work(copied, out[at])

    if count * largest < MANY or (threads := torch.get_num_threads()) == 1:
        part(slice(0, count))
    else:
        ends = [count * k // threads for k in range(threads + 1)]
        side_by_side(*(lambda rows=slice(*pair): part(rows) for pair in itertools.pairwise(ends)))
    return out


def to_unit(rows: np.ndarray) -> None:
    """Bring rows to length one where they stand; a row of zeros stays what it is."""
    squares = np.einsum("ij,ij->i", rows, rows)
    limits = np.finfo(rows.dtype)
    if not (limits.tiny / limits.eps <= squares.min(initial=1) and squares.max(initial=1) < limits.max):
        largest = np.abs(rows).max(axis=1, keepdims=True).clip(min=limits.tiny)  # squares stay in range
        rows /= largest
        squares = np.einsum("ij,ij->i", rows, rows)
        squares[squares == 0] = 1
    rows *= (1 / np.sqrt(squares))[:, None]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return rows of length one; a row of zeros stays what it is."""

    def work(block: np.ndarray, out: np.ndarray) -> None:
        out[...] = block
        to_unit(out)

    return mapped_rows(vectors, vectors.shape[1], work)
