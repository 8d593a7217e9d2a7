"""Arrays of so many numbers that they are written to a file and read back some at a time.

A memory map would count what it has touched as memory of this process; what is read here is gone when it is done with.
The file has no name: it goes with the array, and with the process however that ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any

from mmgap.core import paths

if TYPE_CHECKING:
    import numpy as np

#: Numbers that are worked on at a time.
BLOCK = 1 << 18
#: Numbers that are left out between two that are asked for are read with them, up to so many.
_NEAR = 512


class ScratchArray:
    """An array (n, …) on disk, zeros at first: slices of it are read and written, and numbers at chosen places read.

    Args:
        shape: n, or (n, …).
        dtype: of its numbers.

    >>> import numpy as np
    >>> kept = ScratchArray(5, np.int64)
    >>> kept[1:4] = np.array([7, 8, 9])
    >>> len(kept), kept[:].tolist(), kept[np.array([3, 0])].tolist()
    (5, [0, 7, 8, 9, 0], [9, 0])
    """

    def __init__(self, shape: int | tuple[int, ...], dtype: Any) -> None:
        import tempfile

        import numpy as np

        self.shape = (shape,) if isinstance(shape, int) else shape
        self.dtype = np.dtype(dtype)
        self._row = self.dtype.itemsize * int(np.prod(self.shape[1:]))
        folder = paths.cache_dir() / "streaming"
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder, prefix="scratch-", buffering=0)  # noqa: SIM115  # lives as long
        self._file.truncate(len(self) * self._row)
        self._lock = Lock()

    def __del__(self) -> None:
        if hasattr(self, "_file"):  # not where there was no place for one
            self._file.close()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Any:
        """Return the numbers of a slice, at one place, or at an array of places, as an array of NumPy."""
        import numpy as np

        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            assert step == 1, "what is on disk is read in its order"
            return self._read(start, max(start, stop))
        if isinstance(key, (int, np.integer)):
            place = int(key) + (len(self) if key < 0 else 0)
            return self._read(place, place + 1)[0]
        return self._taken(np.asarray(key))

    def __setitem__(self, key: slice, values: Any) -> None:
        import numpy as np

        start, stop, _ = key.indices(len(self))
        whole = np.empty((stop - start, *self.shape[1:]), self.dtype)
        whole[...] = values
        with self._lock:
            self._file.seek(start * self._row)
            left = whole.reshape(-1).view(np.uint8)
            while len(left):
                left = left[self._file.write(left.data) :]

    def cut(self, n: int) -> ScratchArray:
        """Leave the first n alone; returns itself."""
        self.shape = (n, *self.shape[1:])
        self._file.truncate(n * self._row)
        return self

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Another process gets an array in memory."""
        import numpy as np

        return np.asarray, (self[:],)

    def __iter__(self) -> Iterator[Any]:
        for some in spans(len(self)):
            yield from self[some]

    def _read(self, start: int, stop: int) -> np.ndarray:
        import numpy as np

        if start < 0:
            raise IndexError(f"there are {len(self)} numbers, counted from 0, and not {start}")
        found = np.empty((stop - start, *self.shape[1:]), self.dtype)
        with self._lock:
            self._file.seek(start * self._row)
            left = found.reshape(-1).view(np.uint8)
            while len(left):
                count = self._file.readinto(left.data)
                if not count:
                    raise IndexError(f"there are {len(self)} numbers, and not {stop}")
                left = left[count:]
        return found

    def _taken(self, places: np.ndarray) -> np.ndarray:
        """The numbers at some places in any order; near ones are read together."""
        import numpy as np

        if len(places) and places[-1] - places[0] == len(places) - 1 and (np.diff(places) == 1).all():
            return self._read(int(places[0]), int(places[-1]) + 1)
        wanted, back = np.unique(places, return_inverse=True)
        found = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        ends = np.append(np.flatnonzero(np.diff(wanted) > _NEAR) + 1, len(wanted)).tolist()
        start = 0
        for end in ends:
            while start < end:  # so many numbers at a time, where near ones go on and on
                stop = min(end, start + int(np.searchsorted(wanted[start:end], wanted[start] + BLOCK)))
                first = int(wanted[start])
                found[start:stop] = self._read(first, int(wanted[stop - 1]) + 1)[wanted[start:stop] - first]
                start = stop
        return found[back]


def spans(n: int, size: int | None = None) -> Iterator[slice]:
    """Yield slices of n things, so many at a time; `BLOCK` where nobody says how many.

    >>> list(spans(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    size = size or BLOCK
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def scratch_of(parts: Iterable[np.ndarray], shape: int | tuple[int, ...], dtype: Any) -> ScratchArray:
    """Return consecutive parts of an array as one on disk.

    >>> import numpy as np
    >>> scratch_of((np.arange(some.start, some.stop) for some in spans(5, 2)), 5, np.int32)[:].tolist()
    [0, 1, 2, 3, 4]
    """
    found, start = ScratchArray(shape, dtype), 0
    for part in parts:
        found[start : start + len(part)] = part
        start += len(part)
    return found


def gathered(parts: Iterable[np.ndarray], n: int, dtype: Any, *, on_disk: bool) -> np.ndarray | ScratchArray:
    """Return consecutive parts of n numbers as one array, on disk or in memory."""
    import numpy as np

    if on_disk:
        return scratch_of(parts, n, dtype)
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype, copy=False)
