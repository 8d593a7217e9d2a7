"""Numbers below n sorted as text, 0, 1, 10, 100, 2 …: what stands where, without a list of all."""

from __future__ import annotations

import numpy as np


def places_as_text(numbers: np.ndarray, n: int) -> np.ndarray:
    """Return the place of each number among all below n.

    >>> places_as_text(np.array([0, 1, 10, 2, 9]), 12).tolist()
    [0, 1, 2, 4, 11]
    """
    digits = np.ones(len(numbers), dtype=np.int64)
    for power in range(1, 19):
        digits += numbers >= 10**power
    before = np.zeros(len(numbers), dtype=np.int64)
    for length in range(1, len(str(n - 1)) + 1):
        lowest = 10 ** (length - 1) if length > 1 else 0
        count = min(10**length, n) - lowest
        shorter = numbers // 10 ** np.maximum(digits - length, 0) + (length < digits)  # up to its own beginning
        longer = numbers * 10 ** np.maximum(length - digits, 0)
        before += np.clip(np.where(length <= digits, shorter, longer) - lowest, 0, count)
    return before


def numbers_as_text(places: np.ndarray, n: int) -> np.ndarray:
    """Return which number below n stands at each place.

    >>> numbers_as_text(np.arange(12), 12).tolist()
    [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    found, left = np.zeros(len(places), dtype=np.int64), places.astype(np.int64)
    going = np.ones(len(places), dtype=bool)
    for _ in range(len(str(n - 1))):
        begun, chosen = found * 10, np.zeros(len(places), dtype=np.int64)
        searching = going.copy()
        for digit in range(10):
            size = _beginning_with(begun + digit, n)
            here = searching & (left < size)
            chosen[here] = digit
            searching &= ~here
            left[searching] -= size[searching]
        found = np.where(going, begun + chosen, found)
        going &= left > 0
        left[going] -= 1  # the number that is this beginning itself
    return found


def _beginning_with(beginning: np.ndarray, n: int) -> np.ndarray:
    """How many numbers below n begin with these digits; with 0 begins itself alone."""
    total = np.zeros(len(beginning), dtype=np.int64)
    for power in range(len(str(n - 1))):
        lowest = beginning * 10**power
        total += np.maximum(np.minimum(lowest + 10**power, n) - lowest, 0)
    return np.where(beginning == 0, 1, total)
