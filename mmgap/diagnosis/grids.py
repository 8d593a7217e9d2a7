"""On which grid the numbers of a row lie: those of float16, of bfloat16, of 8-bit integers times a step, or on none."""

from __future__ import annotations

import numpy as np

#: Grids by their codes. `COARSE` is one of integers beyond 8 bits, which tells nothing; `SILENT` rows have fewer than
#: `_VALUES` different numbers, and may lie on a grid by chance.
FINE, SINGLE, HALF, BYTES, COARSE, SILENT = range(6)

_VALUES = 4

#: The largest number of a row is at most so many steps of an 8-bit grid, and of any.
_STEPS, _MOST_STEPS = 256, 1 << 16

#: Columns that are looked at first: few rows of no grid pass them.
_FIRST = 24


def grids(rows: np.ndarray) -> np.ndarray:
    """Return the grid of each of (n, d) finite rows as saved: one of the codes above, (n,) int8."""
    found = np.full(len(rows), FINE, dtype=np.int8)
    wide = rows.astype(np.float64)
    if rows.dtype == np.float64:
        with np.errstate(over="ignore"):
            found[(wide == rows.astype(np.float32)).all(axis=1)] = SINGLE
    if rows.dtype != np.float16:
        found[_half(rows)] = HALF
    tolerance = float(np.clip(_STEPS * np.finfo(rows.dtype).eps, 2e-3, 0.1))
    for most, code in ((_MOST_STEPS, COARSE), (_STEPS, BYTES)):
        found[_on_steps(wide, most, tolerance)] = code
    found[_few_values(wide)] = SILENT
    return found


def _half(rows: np.ndarray) -> np.ndarray:
    """Whether float16, or bfloat16, holds all numbers of a row exactly."""
    with np.errstate(over="ignore"):
        in_float16 = (rows == rows.astype(np.float16)).all(axis=1)
        single = np.ascontiguousarray(rows, dtype=np.float32)
    in_bfloat16 = ((single.view(np.uint32) & 0xFFFF) == 0).all(axis=1) & (single == rows).all(axis=1)
    return np.asarray(in_float16 | in_bfloat16)


def _on_steps(rows: np.ndarray, most: int, tolerance: float) -> np.ndarray:
    """Whether the numbers of a row are whole multiples of a step, the largest of at most ``most`` steps.

    The step is 1, the largest number over 127 or 128, or the smallest one over a small integer.
    """
    sizes = np.abs(rows)
    largest = sizes.max(axis=1)
    smallest = np.where(sizes > 0, sizes, np.inf).min(axis=1)
    found = np.zeros(len(rows), dtype=bool)
    steps = [np.ones(len(rows)), largest / 127, largest / 128, *(smallest / part for part in range(1, 13))]
    first = np.linspace(0, rows.shape[1] - 1, min(_FIRST, rows.shape[1])).astype(np.int64)
    for step in steps:
        left = np.flatnonzero(~found & np.isfinite(step) & (step > 0))
        left = left[largest[left] <= (most + 0.5) * step[left]]
        for columns in (first, slice(None)):
            parts = rows[left][:, columns] / step[left, None]
            left = left[(np.abs(parts - parts.round()) < tolerance).all(axis=1)]
        found[left] = True
    return found


def _few_values(rows: np.ndarray) -> np.ndarray:
    """Whether a row has too few different numbers, zeros and signs left out, to tell a grid."""
    sizes = np.sort(np.abs(rows), axis=1)
    return np.asarray(((np.diff(sizes, axis=1) > 0).sum(axis=1) + (sizes[:, 0] > 0)) < _VALUES)
