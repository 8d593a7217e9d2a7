"""Arrays with an entry for each item, in files of a folder: what has been touched is given back to the system."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np


class ItemStore:
    """Arrays by name, mapped from files of ``folder``; a file of the same size that is there is taken as it is.

    >>> import tempfile
    >>> store = ItemStore(Path(tempfile.mkdtemp()))
    >>> store.array("above", (3,), np.int32).tolist()
    [0, 0, 0]
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._maps: dict[str, mmap.mmap] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return the array of a name, zeros where there was none; changes are in the file as they are made."""
        size = max(1, int(np.prod(shape)) * np.dtype(dtype).itemsize)
        path = self.folder / f"{name}.bin"
        if not path.is_file() or path.stat().st_size != size:
            with path.open("wb") as stream:
                stream.truncate(size)
        with path.open("r+b") as stream:
            self._maps[name] = mmap.mmap(stream.fileno(), size)
        count = int(np.prod(shape))
        return np.frombuffer(self._maps[name], dtype, count).reshape(shape)

    def filled(self, name: str, shape: tuple[int, ...], dtype: Any, parts: Iterable[np.ndarray]) -> np.ndarray:
        """Return consecutive parts as an array of this store."""
        array, start = self.array(name, shape, dtype), 0
        for part in parts:
            array[start : start + len(part)] = part
            start += len(part)
            self.release()
        return array

    def release(self) -> None:
        """Give the memory of all arrays back; what was changed stays in their files, and is read again when needed."""
        if hasattr(mmap, "MADV_DONTNEED"):
            for found in self._maps.values():
                found.madvise(mmap.MADV_DONTNEED)

    def flush(self) -> None:
        """Write what was changed to the disk, so that it outlives the machine's end, too."""
        for found in self._maps.values():
            found.flush()


@contextmanager
def temporary_store(root: Path) -> Iterator[ItemStore]:
    """Yield a store in a folder below ``root`` that goes when the block ends."""
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root, prefix="sample-") as folder:
        yield ItemStore(Path(folder))
