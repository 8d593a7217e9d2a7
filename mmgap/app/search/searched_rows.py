"""What is searched, in one space: unit rows of images and texts, an index over each, and queries as it is asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmgap.app.search.known_pairs import Modality, Pairs
from mmgap.app.search.vector_index import Kind, VectorIndex
from mmgap.spaces.row_blocks import unit

if TYPE_CHECKING:
    from mmgap.spaces import Fitted
    from mmgap.spaces.maps import Scorer


class SearchedRows:
    """Vectors in a space and indexes over them, each built when it is first asked.

    Args:
        searched: vectors as they are.
        fitted: the space; None for vectors as they are.
        space: its spec, ``""`` for as is.
        kind: of the indexes.
        scorer: of the space, where it scores otherwise than by dot products.

    Raises:
        ValueError: images and texts of different widths, after the space.
    """

    def __init__(self, searched: Pairs, fitted: Fitted | None, space: str, kind: Kind, scorer: Scorer | None) -> None:
        self.searched, self.fitted, self.space, self.kind, self.scorer = searched, fitted, space, kind, scorer
        images, texts = self.mapped(searched.images, searched.texts)
        if len(texts) and images.shape[1] != texts.shape[1]:
            raise ValueError(
                f"images have {images.shape[1]} dimensions and texts {texts.shape[1]}: search them in a space that"
                " joins them, as --space cca"
            )
        self._rows: dict[Modality, np.ndarray] = {"image": images, "text": texts}
        self._lock, self._indexes = threading.RLock(), dict[tuple[Modality, Modality | None], VectorIndex]()

    def rows(self, what: Modality) -> np.ndarray:
        """Return the unit rows of one modality, in the space."""
        return self._rows[what]

    def index(self, by: Modality, what: Modality) -> VectorIndex:
        """Return the index of the items of one modality for queries of one; a space without a scorer has one for
        both."""
        place = what, None if self.scorer is None else by
        with self._lock:
            if place not in self._indexes:
                self._indexes[place] = VectorIndex.of(self.extended(self._rows[what], by), self.kind, self.space)
            return self._indexes[place]

    def mapped(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return unit rows in the space, float32, of vectors as they are."""
        if self.fitted is not None:
            images, texts = self.fitted.transform(images, texts)
        return unit(images).astype(np.float32, copy=False), unit(texts).astype(np.float32, copy=False)

    def mapped_side(self, rows: np.ndarray, modality: Modality) -> np.ndarray:
        """Return the same of vectors of one modality."""
        if modality == "image":
            return self.mapped(rows, self.searched.texts[:1])[0]
        return self.mapped(self.searched.images[:1], rows)[1]

    def extended(self, items: np.ndarray, by: Modality) -> np.ndarray:
        """Return items with what the scorer adds to each for queries of a modality, as an index holds them."""
        if self.scorer is None:
            return items
        return self.scorer.extended(items[:0], items, by)[1].astype(np.float32)

    def extended_queries(self, queries: np.ndarray, by: Modality, what: Sequence[Modality]) -> np.ndarray:
        """Return queries with what the scorer adds to each, as indexes of these modalities are asked."""
        if self.scorer is None:
            return queries
        if not getattr(self.scorer, "of_query", False):
            return np.pad(queries, ((0, 0), (0, 1)), constant_values=1)
        sides = (queries[:0], queries) if by == "text" else (queries, queries[:0])
        unseen = self.scorer.without(*sides)[0]  # type: ignore[attr-defined]
        gallery = np.concatenate([self._rows[one] for one in what])
        found: np.ndarray = unseen.extended(queries, gallery, by)[0]
        return found.astype(np.float32)
