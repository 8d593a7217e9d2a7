"""Rows for which something holds, found anew whenever they are asked for: however many, they take no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmgap.core.scratch_array import spans


@dataclass(frozen=True, eq=False)
class ChosenRows:
    """Some of n rows, rising.

    Attributes:
        n: rows in all.
        holds: says of a slice of rows which of them are chosen, bool.

    >>> even = ChosenRows(10, lambda some: np.arange(some.start, some.stop) % 2 == 0)
    >>> len(even), even[:2].tolist(), even.evenly(3).tolist()
    (5, [0, 2], [0, 4, 8])
    """

    n: int
    holds: Callable[[slice], np.ndarray]

    @cached_property
    def _ends(self) -> np.ndarray:
        """How many there are up to the end of each span."""
        return np.cumsum([int(self.holds(some).sum()) for some in spans(self.n)])

    def __len__(self) -> int:
        return int(self._ends[-1]) if self.n else 0

    def parts(self) -> Iterator[np.ndarray]:
        """Yield the numbers of the rows, some at a time."""
        return (some.start + np.flatnonzero(self.holds(some)) for some in spans(self.n))

    def __iter__(self) -> Iterator[int]:
        for part in self.parts():
            yield from part.tolist()

    def __getitem__(self, key: slice) -> np.ndarray:
        """Return the first rows, up to ``key.stop``."""
        assert not key.start
        assert key.step is None
        return self.at(np.arange(min(key.stop, len(self))))

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the rows at rising places among the chosen ones."""
        found, spanned = np.empty(len(places), dtype=np.int64), list(spans(self.n))
        span = np.searchsorted(self._ends, places, side="right")
        for k in np.unique(span).tolist():
            here, before = span == k, int(self._ends[k - 1]) if k else 0
            found[here] = spanned[k].start + np.flatnonzero(self.holds(spanned[k]))[places[here] - before]
        return found

    def evenly(self, most: int) -> np.ndarray:
        """Return at most so many of them, evenly spaced and in order."""
        count = len(self)
        return self.at(np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(np.int64))

    def without(self, others: ChosenRows) -> ChosenRows:
        """Return those that are not among others."""
        return ChosenRows(self.n, lambda some: self.holds(some) & ~others.holds(some))


def in_sizes(parts: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Yield the numbers of some parts so many at a time.

    >>> [part.tolist() for part in in_sizes(iter([np.arange(3), np.arange(3, 5)]), 2)]
    [[0, 1], [2, 3], [4]]
    """
    kept = np.zeros(0, dtype=np.int64)
    for part in parts:
        kept = np.concatenate([kept, part])
        whole = len(kept) // size * size
        yield from (kept[start : start + size] for start in range(0, whole, size))
        kept = kept[whole:]
    if len(kept):
        yield kept
