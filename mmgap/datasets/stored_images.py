"""Rows of a store as sequences: of arrays for encoders that take pixels as they are, of pictures for everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from mmgap.datasets.store import Store

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, eq=False)
class StoredArrays(Sequence[np.ndarray]):
    """Some rows of a store as (size, size, 3) uint8 arrays, each checked when it is read."""

    store: Store
    rows: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> StoredArrays: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | StoredArrays:
        if isinstance(index, slice):
            return StoredArrays(self.store, self.rows[index])
        return self.store.read(self.rows[index])


@dataclass(frozen=True, eq=False)
class StoredImages(Sequence["Image"]):
    """The same rows as pictures.

    Attributes:
        arrays: what the pictures are made of, for encoders that take pixels as they are.
    """

    arrays: StoredArrays

    @property
    def size(self) -> int:
        """Pixels a side."""
        return self.arrays.store.preparation.size

    def __len__(self) -> int:
        return len(self.arrays)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> StoredImages: ...
    def __getitem__(self, index: int | slice) -> Image | StoredImages:
        from PIL import Image as pillow

        if isinstance(index, slice):
            return StoredImages(self.arrays[index])
        return pillow.fromarray(self.arrays[index])

    def pick(self, positions: Sequence[int]) -> StoredImages:
        """Return those at these positions, of the same store."""
        return StoredImages(StoredArrays(self.arrays.store, tuple(self.arrays.rows[i] for i in positions)))
