"""Runs of rows in which something adds up: the best run of a sequence, and how good one comes by chance."""

from __future__ import annotations

import numpy as np

#: Random orders behind the chance of a run.
ORDERS = 300


def best_run(steps: np.ndarray) -> tuple[float, int, int]:
    """Return the largest sum of a run of consecutive numbers, where it begins, and where it ends (exclusive).

    >>> best_run(np.array([-1.0, 2.0, 3.0, -4.0, 1.0]))
    (5.0, 1, 3)
    """
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    least = np.minimum.accumulate(sums)
    stop = int(np.argmax(sums - least))
    start = int(np.argmin(sums[: stop + 1]))
    return float(sums[stop] - sums[start]), start, stop


def stands_out(steps: np.ndarray, sum_of_run: float, by: float = 4.0, seed: int = 0) -> bool:
    """Return whether a run of this sum is longer than order alone makes one: above the largest of `ORDERS` random
    orders, and ``by`` standard deviations of theirs above their mean."""
    generator = np.random.default_rng(seed)
    found = np.array([best_run(generator.permutation(steps))[0] for _ in range(ORDERS)])
    return bool(sum_of_run > found.max() and sum_of_run > found.mean() + by * found.std())
