"""Records dealt to buckets on disk, so that what belongs together can be worked on together in little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mmgap.core.scratch_array import ScratchArray, spans

if TYPE_CHECKING:
    import numpy as np

#: Records of a bucket, about, and records that are dealt at a time.
BUCKET = 1 << 20


class DiskBuckets:
    """``records`` records (k numbers each, int64) in buckets, each of them in the order in which its records came.

    >>> import numpy as np
    >>> buckets = DiskBuckets(2, records=3, width=1)
    >>> buckets.deal(np.array([1, 0, 1]), np.array([[10], [11], [12]]))
    >>> [bucket.ravel().tolist() for bucket in buckets]
    [[11], [10, 12]]
    """

    def __init__(self, count: int, records: int, width: int) -> None:
        import numpy as np

        self.count = count
        self._kept, self._used = ScratchArray((records, width), np.int64), 0
        self._cuts: list[np.ndarray] = []  # of each time that records were dealt, where each bucket begins

    def deal(self, bucket: np.ndarray, records: np.ndarray) -> None:
        """Put (n, k) records into their buckets, (n,) numbers from 0 to ``count`` − 1."""
        import numpy as np

        order = np.argsort(bucket, kind="stable")
        stop = self._used + len(order)
        self._kept[self._used : stop] = records[order]
        ends = np.cumsum(np.bincount(bucket, minlength=self.count))
        self._cuts.append(self._used + np.concatenate([[0], ends]))
        self._used = stop

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the (n, k) records of each bucket, from the first to the last."""
        import numpy as np

        for k in range(self.count):
            parts = [self._kept[int(cuts[k]) : int(cuts[k + 1])] for cuts in self._cuts]
            yield np.concatenate(parts) if parts else self._kept[:0]


def by_place(parts: Iterable[tuple[np.ndarray, np.ndarray]], records: int, n: int) -> Iterator[tuple[slice, Any, Any]]:
    """Yield for consecutive ranges of n places the places that records name there, and their values.

    Args:
        parts: (places, values) of some records at a time.
        records: at most so many in all.
        n: places.

    >>> import numpy as np
    >>> ((some, at, of),) = by_place([(np.array([2, 0]), np.array([7, 8]))], 2, 3)
    >>> some, at.tolist(), of.tolist()
    (slice(0, 3, None), [2, 0], [7, 8])
    """
    import numpy as np

    buckets = DiskBuckets(max(1, -(-n // BUCKET)), records, 2)
    for places, values in parts:
        buckets.deal(places // BUCKET, np.stack([places, values], axis=1))
    for some, bucket in zip(spans(n, BUCKET), buckets, strict=False):
        yield some, bucket[:, 0], bucket[:, 1]


def first_equal(parts: Iterable[np.ndarray], n: int) -> ScratchArray:
    """Return (n,) int64 the first place that has the same key, of keys (int64) that come some at a time.

    >>> import numpy as np
    >>> first_equal([np.array([5, 7, 5]), np.array([7, 1])], 5)[:].tolist()
    [0, 1, 0, 1, 4]
    """
    import numpy as np

    count = max(1, -(-n // BUCKET))
    buckets, start = DiskBuckets(count, n, 2), 0
    for part in parts:
        for some in spans(len(part), BUCKET):
            keys = part[some]
            places = np.arange(start + some.start, start + some.stop)
            spread = (keys * _ODD).view(np.uint64) >> np.uint64(32)  # keys may be small, or rise
            buckets.deal(
                (spread * np.uint64(count) >> np.uint64(32)).astype(np.int64), np.stack([keys, places], axis=1)
            )
        start += len(part)

    def copies() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for bucket in buckets:
            _, first, back = np.unique(bucket[:, 0], return_index=True, return_inverse=True)
            places, of = bucket[:, 1], bucket[first, 1][back.ravel()]
            copied = places != of
            yield places[copied], of[copied]

    found = ScratchArray(n, np.int64)
    for some, places, of in by_place(copies(), n, n):
        block = np.arange(some.start, some.stop)
        block[places - some.start] = of
        found[some] = block
    return found


#: By which keys are multiplied (Fibonacci hashing) before their high bits choose a bucket.
_ODD = -7046029254386353131


def counts_of(places: Iterable[np.ndarray], records: int, n: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield for consecutive ranges of n places how often each is named.

    >>> import numpy as np
    >>> [(some.start, found.tolist()) for some, found in counts_of([np.array([2, 0, 2])], 3, 3)]
    [(0, [1, 0, 2])]
    """
    import numpy as np

    for some, here, _ in by_place(((part, part) for part in places), records, n):
        yield some, np.bincount(here - some.start, minlength=some.stop - some.start)
