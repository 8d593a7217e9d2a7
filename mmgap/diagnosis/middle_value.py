"""The median of numbers that come some at a time, exactly: by counting, in a few passes over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

#: Bits that are told apart in a pass.
_BITS = 16


def middle_value(parts: Callable[[], Iterator[np.ndarray]], count: int) -> float:
    """Return the median of ``count`` numbers, at least one, float64 and none of them below 0.

    Args:
        parts: called again for each pass.

    >>> middle_value(lambda: iter([np.array([3.0, 1.0]), np.array([2.0, 10.0])]), 4)
    2.5
    """
    upper = _smallest(parts, count // 2)
    return upper if count % 2 else (_smallest(parts, count // 2 - 1) + upper) / 2


def _smallest(parts: Callable[[], Iterator[np.ndarray]], rank: int) -> float:
    """The number of this rank, counted from 0: the bits of numbers rise with them, the highest ones are found first."""
    found = 0
    for shift in range(64 - _BITS, -1, -_BITS):
        counts = np.zeros(1 << _BITS, dtype=np.int64)
        for part in parts():
            bits = (part + 0.0).view(np.int64)
            if shift < 64 - _BITS:
                bits = bits[bits >> (shift + _BITS) == found]
            counts += np.bincount(bits >> shift & ((1 << _BITS) - 1), minlength=len(counts))
        ends = np.cumsum(counts)
        digit = int(np.searchsorted(ends, rank, side="right"))
        rank -= int(ends[digit - 1]) if digit else 0
        found = found << _BITS | digit
    return float(np.int64(found).view(np.float64))
