"""Rows of vectors that stay on disk: ``.npy`` files and folders of them, read some rows at a time.

A memory map would count what it has read as memory of this process; what is read here is gone when it is done with.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap.core.messages import quoted
from mmgap.core.numpy_arrays import npy_arrays
from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.core.vector_content import Unread, VectorFileError
from mmgap.core.vector_formats import readable
from mmgap.core.vector_pairs import floating_matrix

if TYPE_CHECKING:
    import numpy as np

#: Numbers that are hashed at a time.
_HASHED = 1 << 21
#: Rows that are left out between two that are asked for are read with them, up to so many.
_NEAR = 16
#: Numbers that are read together where rows are near each other.
_TOGETHER = 1 << 22


@dataclass(frozen=True)
class Part:
    """Rows of one file, which stand side by side from the byte ``offset`` on.

    Attributes:
        path: of the file that is read.
        name: what messages call it; another one where its rows were copied from there.
        number: of the shard; −1 for a file by itself.
        rows: how many.
        width, dtype: of each row; the dtype as NumPy spells it, ``<f2``.
        offset: of the first row.
    """

    path: Path
    name: str
    number: int
    rows: int
    width: int
    dtype: str
    offset: int


@dataclass(frozen=True)
class StoredRows:
    """The rows (N, d) of one or more files, one after the other.

    Raises:
        VectorFileError: parts of another width or type than the first one.
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        first = self.parts[0]
        for part in self.parts[1:]:
            if (part.width, part.dtype) != (first.width, first.dtype):
                raise VectorFileError(
                    f"{part.name}: {part.dtype} ({part.rows}, {part.width}), but in {first.name} {first.dtype}"
                    f" ({first.rows}, {first.width}): shards have one width and one type; encode or convert it again"
                )

    def __len__(self) -> int:
        return self._starts[-1]

    @property
    def width(self) -> int:
        """d, numbers of a row."""
        return self.parts[0].width

    @property
    def dtype(self) -> np.dtype:
        """As they are stored, in the byte order of this machine."""
        import numpy as np

        return np.dtype(self.parts[0].dtype).newbyteorder("=")

    @property
    def nbytes(self) -> int:
        """Bytes of all rows as they are stored."""
        return len(self) * self.width * self.dtype.itemsize

    @property
    def shards(self) -> Mapping[int, int]:
        """How many rows each shard has, by its number; empty for a file by itself."""
        return {part.number: part.rows for part in self.parts if part.number >= 0}

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from ``start`` up to ``stop``, (stop − start, d), as they are stored."""
        import numpy as np

        found = [self._of_part(part, *some) for part, *some in self._within(start, stop)]
        rows = found[0] if len(found) == 1 else np.concatenate(found)
        return rows.astype(self.dtype, copy=False)

    def taken(self, rows: np.ndarray) -> np.ndarray:
        """Return these rows, (len(rows), d), in the order given; near ones are read together.

        Args:
            rows: any numbers of rows, some of them more than once.
        """
        import numpy as np

        if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
            return self.read(int(rows[0]), int(rows[-1]) + 1)
        wanted, back = np.unique(rows, return_inverse=True)
        found = np.empty((len(wanted), self.width), self.dtype)
        cuts = np.flatnonzero(np.diff(wanted) > _NEAR) + 1
        most = max(1, _TOGETHER // self.width)
        for run in np.split(np.arange(len(wanted)), cuts):
            for start in range(0, len(run), most):
                some = run[start : start + most]
                first, last = int(wanted[some[0]]), int(wanted[some[-1]])
                found[some] = self.read(first, last + 1)[wanted[some] - first]
        return found[back]

    def kept(self, rows: np.ndarray | ScratchArray) -> StoredRows:
        """Return the rows that a mask (N,) names, none of them read; their places are counted without the others."""
        import numpy as np

        parts: list[Part] = []
        for part, start in zip(self.parts, self._starts, strict=False):
            size = part.width * np.dtype(part.dtype).itemsize
            for some in spans(part.rows):
                edges = np.diff(
                    np.concatenate([[0], rows[start + some.start : start + some.stop].astype(np.int8), [0]])
                )
                for first, last in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
                    run = replace(part, rows=int(last - first), offset=part.offset + (some.start + int(first)) * size)
                    before = parts[-1] if some.start and not first and parts else None
                    if before is not None and before.offset + before.rows * size == run.offset:
                        run = replace(before, rows=before.rows + run.rows)
                        parts.pop()
                    parts.append(run)
        return StoredRows(tuple(parts))

    def place(self, row: int) -> str:
        """Return where a row stands, for messages: its file, and its number there.

        >>> parts = (Part(Path("a"), name, 0, 2, 4, "<f4", 0) for name in ("a.npy", "b.npy"))
        >>> StoredRows(tuple(parts)).place(3)
        'b.npy: row 1'
        """
        k = bisect_right(self._starts, row) - 1
        return f"{self.parts[k].name}: row {row - self._starts[k]}"

    def digest(self) -> str:
        """Return the SHA-256 of type, width and rows: the same wherever they lie and however they are cut in shards."""
        total, step = hashlib.sha256(f"{self.dtype.str} {self.width} ".encode()), max(1, _HASHED // self.width)
        for start in range(0, len(self), step):
            total.update(self.read(start, min(start + step, len(self))).data)
        return total.hexdigest()

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for part in self.parts:
            starts.append(starts[-1] + part.rows)
        return starts

    def _within(self, start: int, stop: int) -> Iterator[tuple[Part, int, int]]:
        """The parts that hold rows of the range, each with the range in it."""
        k = min(bisect_right(self._starts, start) - 1, len(self.parts) - 1)
        while True:
            begin, end = self._starts[k], self._starts[k + 1]
            yield self.parts[k], start - begin, min(stop, end) - begin
            if stop <= end:
                return
            start, k = end, k + 1

    def _of_part(self, part: Part, start: int, stop: int) -> np.ndarray:
        import numpy as np

        kind, count = np.dtype(part.dtype), (stop - start) * part.width
        found = np.fromfile(part.path, kind, count, offset=part.offset + start * part.width * kind.itemsize)
        if len(found) < count:
            raise VectorFileError(f"{part.name}: has become shorter while it was read: copy it again")
        return found.reshape(-1, part.width)


def npy_parts(file: Path, number: int = -1) -> tuple[Part, ...]:
    """Return the rows of an ``.npy`` file that holds a matrix (N, d); of one of shape (2, N, d) both halves.

    Raises:
        VectorFileError: no floating rows, or written column by column; see `mmgap.core.vector_formats.read_arrays`.
    """
    with readable(file):
        array = npy_arrays(file, mapped=True)[""]
    name = quoted(file)
    if isinstance(array, Unread) or array.ndim != 3 or len(array) != 2:
        array = floating_matrix(array, name)
    else:
        floating_matrix(array[0], name)
    if array.dtype.itemsize > 8:
        raise VectorFileError(f"{name}: is of {array.dtype}, which is read as a whole only: save it as float64")
    if not array.flags.c_contiguous:
        raise VectorFileError(
            f"{name}: is written column by column, so that no row can be read by itself: save it again,"
            " numpy.save(FILE, numpy.ascontiguousarray(array))"
        )
    offset = int(array.offset)  # type: ignore[attr-defined]  # of a memory map
    *halves, rows, width = array.shape
    size = rows * width * array.dtype.itemsize
    starts: Sequence[int] = range(offset, offset + (halves or [1])[0] * size, size)
    return tuple(Part(file, name, number, rows, width, array.dtype.str, start) for start in starts)
