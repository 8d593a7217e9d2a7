"""Vectors of one split: what a space is fitted or chosen on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mmgap.core.drawn_rows import held_fifth, some_of
from mmgap.core.owned_texts import kept_places, texts_of, texts_where
from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.core.scratch_array import ScratchArray, scratch_of
from mmgap.spaces.maps import Map
from mmgap.spaces.row_blocks import as_rows, taken
from mmgap.spaces.second_moments import Moments
from mmgap.spaces.unit_statistics import UnitStatistics

if TYPE_CHECKING:
    from mmgap.datasets import Dataset


@dataclass(frozen=True, eq=False)
class Pairs:
    """Vectors of one split.

    Attributes:
        name: of the data set.
        split: "train" or "validation".
        images: (N, d); also `mmgap.core.rows_on_disk.RowsOnDisk`, of which all is fitted in blocks.
        texts: (M, d'), likewise.
        owner: (M,) the image of each text; `ScratchArray` of vectors on disk.
    """

    name: str
    split: str
    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray

    def __post_init__(self) -> None:
        for side in ("images", "texts"):
            object.__setattr__(self, side, as_rows(getattr(self, side)))

    @classmethod
    def of(cls, dataset: Dataset, images: np.ndarray, texts: np.ndarray) -> Pairs:
        """Make them of a data set and its raw vectors."""
        return cls(dataset.name, dataset.split, images, texts, dataset.owner)

    @cached_property
    def moments(self) -> Moments:
        """Means and second moments of the pairs: one for every caption."""
        return Moments.of(self.images, self.texts, self.owner)

    @cached_property
    def unit_statistics(self) -> UnitStatistics:
        """Means and covariances of the unit rows of each side."""
        return UnitStatistics(self.images, self.texts)

    @cached_property
    def fifths(self) -> tuple[Pairs, Pairs]:
        """Four fifths of the images to fit on and one to choose by, drawn once and for all."""
        n = len(self.images)
        if not isinstance(self.owner, ScratchArray):
            held = np.concatenate(list(held_fifth(n)))
            return self.part(np.flatnonzero(~held), "train"), self.part(np.flatnonzero(held), "validation")
        others = scratch_of((~held for held in held_fifth(n)), n, bool)
        return self._kept(others, "train"), self._kept(scratch_of(held_fifth(n), n, bool), "validation")

    @property
    def widths(self) -> tuple[int, int]:
        """Dimensions of an image and of a text vector."""
        return self.images.shape[1], self.texts.shape[1]

    def part(self, chosen: np.ndarray, split: str) -> Pairs:
        """Return the images at these positions with their texts, as another split."""
        images = np.unique(np.flatnonzero(chosen) if chosen.dtype == bool else chosen)
        texts, owner = texts_of(self.owner, images)
        return Pairs(self.name, split, taken(self.images, images), taken(self.texts, texts), owner)

    def _kept(self, kept: ScratchArray, split: str) -> Pairs:
        """`part` of the images that a mask names, of pairs that stay on disk with all that is known of them."""
        assert isinstance(self.owner, ScratchArray)
        images, places = kept_places(kept)
        texts, owner = texts_where(self.owner, places)
        return Pairs(self.name, split, taken(self.images, images), taken(self.texts, texts), owner)  # type: ignore[arg-type]

    def drawn(self, count: int) -> Pairs:
        """Return so many of the images, drawn by seed 0, with their texts, in memory; all of them where they are fewer.

        >>> rows = np.arange(8.0).reshape(4, 2)
        >>> len(Pairs("mine", "train", rows, rows, np.arange(4)).drawn(3).images)
        3
        """
        found = self.part(some_of(len(self.images), count, np.random.default_rng(0)), self.split)
        return replace(found, images=found.images[:], texts=found.texts[:])

    def mapped(self, by: Map) -> Pairs:
        """Return the same pairs after a map."""
        if isinstance(self.images, RowsOnDisk) and isinstance(self.texts, RowsOnDisk):
            no_image, no_text = self.images[:0], self.texts[:0]
            images = self.images.mapped(lambda rows: by.transform(rows, no_text)[0])
            return replace(self, images=images, texts=self.texts.mapped(lambda rows: by.transform(no_image, rows)[1]))
        images, texts = by.transform(self.images, self.texts)
        return replace(self, images=images, texts=texts)
