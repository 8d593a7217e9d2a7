"""Runs of whole numbers, one after the other: the places of the members of many groups at once."""

from __future__ import annotations

import numpy as np


def number_runs(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the numbers ``starts[g], …, starts[g] + counts[g] − 1`` of every g, run after run, int64.

    Args:
        starts, counts: (G,) whole numbers, counts not below 0.

    >>> number_runs(np.array([5, 0, 7]), np.array([2, 0, 3])).tolist()
    [5, 6, 7, 8, 9]
    """
    return np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
