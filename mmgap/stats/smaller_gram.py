"""The products of rows with themselves, or of columns with themselves: whichever matrix is smaller."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def smaller_gram(parts: Iterable[np.ndarray], count: int) -> np.ndarray:
    """Return ``R·Rᵀ`` or ``Rᵀ·R`` of G rows in d dimensions, whichever is smaller; their spectra differ by zeros alone.

    Args:
        parts: the rows of R, some at a time; where G ≥ d none of them is kept.
        count: G.

    >>> smaller_gram([np.ones((1, 3)), np.ones((1, 3))], 2)
    array([[3., 3.],
           [3., 3.]])
    """
    held: list[np.ndarray] = []
    gram: np.ndarray | int = 0
    for rows in parts:
        if count < rows.shape[1]:
            held.append(rows)
        else:
            gram = gram + rows.T @ rows
    if held:
        rows = np.concatenate(held)
        gram = rows @ rows.T
    return np.asarray(gram)
