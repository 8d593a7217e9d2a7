"""Rows that stay on disk and answer as an array does: what reads an array some rows at a time reads them unchanged.

Whatever would need all of them at once ends in an error that says so, and in no silent copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from mmgap.core.owned_texts import composed
from mmgap.core.scratch_array import ScratchArray
from mmgap.core.stored_rows import StoredRows

if TYPE_CHECKING:
    import numpy as np

#: Makes other rows of rows, each by itself.
RowMap: TypeAlias = "Callable[[np.ndarray], np.ndarray]"


class WholeRowsError(ValueError):
    """Something asked for all rows at once."""


@dataclass(frozen=True, eq=False)
class RowsOnDisk:
    """Rows (N, d) of files: sliced, or chosen by their numbers, they are read; everything else is refused.

    Attributes:
        stored: the rows as they lie there.
        order: (N,) which of them stands at each place; None for all, in their order.
        through: maps that each row that is read goes through, the first one first.
        tell: is given the number of rows whenever some were read; None for nobody.

    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from mmgap.core.stored_rows import npy_parts
    >>> np.save(file := Path(tempfile.mkdtemp()) / "rows.npy", np.arange(6.0).reshape(3, 2))
    >>> rows = RowsOnDisk(StoredRows(npy_parts(file)))
    >>> rows.shape, rows[1:].tolist(), rows.taken(np.array([2, 0]))[0].tolist()
    ((3, 2), [[2.0, 3.0], [4.0, 5.0]], [4.0, 5.0])
    """

    stored: StoredRows
    order: np.ndarray | ScratchArray | None = None
    through: tuple[RowMap, ...] = ()
    tell: Callable[[int], Any] | None = None

    #: As of an array.
    ndim = 2

    def __len__(self) -> int:
        return len(self.stored) if self.order is None else len(self.order)

    @property
    def shape(self) -> tuple[int, int]:
        """(N, d)."""
        return len(self), self._sample.shape[1]

    @property
    def size(self) -> int:
        """N·d."""
        return len(self) * self.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of what is read."""
        return self._sample.dtype

    def __getitem__(self, key: Any) -> Any:
        import numpy as np

        if isinstance(key, (int, np.integer)):
            return self[np.array([key])][0]
        if not isinstance(key, slice):
            places = np.asarray(key)
            places = np.flatnonzero(places) if places.dtype == bool else places
            if len(places) and int(places.min()) < 0:
                places = np.where(places < 0, places + len(self), places)
            return self._mapped(self.stored.taken(places if self.order is None else self.order[places]))
        start, stop, step = key.indices(len(self))
        if step != 1:
            return self[np.arange(start, stop, step)]
        stop = max(start, stop)
        found = self.stored.read(start, stop) if self.order is None else self.stored.taken(self.order[start:stop])
        return self._mapped(found)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise self._refused()

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        raise self._refused()

    def __getattr__(self, name: str) -> Any:
        import numpy as np

        if not name.startswith("_") and hasattr(np.ndarray, name):
            raise self._refused()
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def taken(self, rows: np.ndarray | ScratchArray) -> RowsOnDisk:
        """Return the rows at these places, none of them read."""
        return replace(self, order=rows if self.order is None else composed(self.order, rows))

    def mapped(self, by: RowMap) -> RowsOnDisk:
        """Return the same rows through one more map."""
        return replace(self, through=(*self.through, by))

    def _refused(self) -> WholeRowsError:
        return WholeRowsError(
            f"{self.stored.parts[0].name}: these vectors stay on disk and are read in blocks, but all of them are"
            " needed at once here: give a sample of them (--sample 100000), or raise --memory"
        )

    def _mapped(self, rows: np.ndarray) -> np.ndarray:
        if self.tell is not None:
            self.tell(len(rows))
        for by in self.through:
            rows = by(rows)
        return rows

    @cached_property
    def _sample(self) -> np.ndarray:
        """One row, or none where there is none, as it is read: of the type and the width of all."""
        return self[:1]
