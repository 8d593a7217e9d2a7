"""The image of each text, of so many texts that their owners stay on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mmgap.core.disk_buckets import counts_of
from mmgap.core.scratch_array import ScratchArray, gathered, scratch_of, spans
from mmgap.core.vector_content import VectorFileError
from mmgap.core.vector_pairs import check_counts, check_images, check_whole_numbers, without_text

if TYPE_CHECKING:
    import numpy as np


def stored_owner(owner: Any, n: int, m: int, name: str, place: str) -> ScratchArray:
    """Return `mmgap.core.vector_pairs.checked_owner` on disk; arguments and errors as there.

    >>> stored_owner(None, 3, 3, "x.npy,y.npy", "")[:].tolist()
    [0, 1, 2]
    """
    import numpy as np

    if owner is None:
        check_counts(n, m, name)
        return scratch_of((np.arange(some.start, some.stop) for some in spans(n)), n, np.int64)
    check_whole_numbers(owner, m, place)
    found, start = ScratchArray(m, np.int64), 0
    for part in number_parts(owner):
        check_images(part, start, n, place)
        found[start : start + len(part)] = part
        start += len(part)
    first, count = None, 0
    for some, texts in counts_of((found[some] for some in spans(m)), m, n):
        without = np.flatnonzero(texts == 0)
        if len(without):
            first, count = first if count else some.start + int(without[0]), count + len(without)
    if first is not None:
        raise VectorFileError(without_text(first, count, n, place))
    return found


def are_images(owner: Any, n: int) -> bool:
    """Return whether all owners, at least one, are of n images."""
    return bool(len(owner)) and all(0 <= int(part.min()) <= int(part.max()) < n for part in number_parts(owner))


def image_of_each(owner: Any, n: int, m: int, *, on_disk: bool) -> np.ndarray | ScratchArray:
    """Return (m,) int64 the image of each text, in memory or on disk; without owners m/n texts follow for each image.

    >>> image_of_each(None, 2, 4, on_disk=False).tolist()
    [0, 0, 1, 1]
    """
    import numpy as np

    following = (np.arange(some.start, some.stop) // (m // n) for some in spans(m))
    return gathered(following if owner is None else number_parts(owner), m, np.int64, on_disk=on_disk)


def number_parts(numbers: Any) -> Iterator[np.ndarray]:
    """Yield numbers (n,) some at a time; those of a memory map are read, not mapped."""
    import numpy as np

    for some in spans(len(numbers)):
        if isinstance(numbers, np.memmap) and numbers.filename is not None:
            start = numbers.offset + some.start * numbers.itemsize
            yield np.fromfile(numbers.filename, numbers.dtype, some.stop - some.start, offset=start)
        else:
            yield numbers[some]


def joined(parts: Iterable[np.ndarray], again: Iterable[np.ndarray]) -> ScratchArray:
    """Return parts of an unknown number of numbers as one array on disk; they come twice, once to be counted."""
    n, shape, kind = 0, (0,), "i8"
    for part in parts:
        n, shape, kind = n + len(part), part.shape, part.dtype.str
    return scratch_of(again, (n, *shape[1:]), kind)
