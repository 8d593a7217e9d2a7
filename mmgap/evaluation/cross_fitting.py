"""Saved vectors have no train split: a space is fitted on one half of them and measured on the other, both ways round.

What is divided are clusters: images of one vector, or with texts of one vector, stay together with all of their texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from mmgap import spaces
from mmgap.core.identity import since_first
from mmgap.evaluation.vector_halves import Divided
from mmgap.spaces import SpaceError

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.encoders.base import Vectors

#: Part of every key; raised when the dividing or the fitting changes.
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Half:
    """One test half of a data set in a space that was fitted on the other.

    Attributes:
        images, texts: their sorted places in the data set.
        dataset: these alone.
        vectors: of them, in the space.
        train: images and texts of the other half, in the space.
    """

    images: np.ndarray
    texts: np.ndarray
    dataset: Dataset
    vectors: Vectors
    train: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class HalvedVectors:
    """Vectors of a data set in the spaces of their halves, in place of `mmgap.encoders.base.Vectors`.

    `mmgap.evaluation.score_record.record_vectors` measures them; nothing else can take them for vectors of one space.

    Attributes:
        halves: two a repeat.
        clusters: (N,) that stayed together.
        fitted: whether there is a space at all: without one, these are the same halves of the vectors as they are.
        seconds, from_cache: of the vectors before.
    """

    halves: tuple[Half, ...]
    clusters: np.ndarray
    fitted: bool
    seconds: float = 0.0
    from_cache: bool = False

    @property
    def images(self) -> NoReturn:
        """Raise `SpaceError`: the halves have a space each."""
        raise SpaceError(
            f"{self.halves[0].dataset.name} has no train split, so its spaces are fitted and measured in halves, and"
            " this experiment needs all vectors in one space: take --space as-is, or the experiment measure"
        )

    texts = images


@dataclass(frozen=True)
class CrossFitted:
    """A space that is fitted on halves of what it is measured on, in place of `mmgap.evaluation.fitted_space`'s.

    Attributes:
        space: of `mmgap.spaces.parse`; None leaves the vectors of each half as they are.
        repeats: how often the vectors are divided.
        seed: of the divisions.
    """

    space: spaces.Space | None
    repeats: int = 1
    seed: int = 0

    def fingerprint(self) -> dict[str, Any]:
        """Return the space with its options, and how its halves come about."""
        told = {"format": FORMAT, "repeats": self.repeats, "seed": self.seed, "clusters": "equal vectors"}
        if self.space is None:
            return {"cross_fitted": told}
        return {"kind": self.space.spec, "cross_fitted": told, **since_first(**spaces.identities(self.space.spec))}

    def on(self, encoder: Encoder) -> CrossFitted:
        """Return itself: saved vectors come from one encoder."""
        return self

    def of(self, vectors: Vectors, measured: Dataset, divided: Divided | None = None) -> HalvedVectors:
        """Return the halves of a data set's vectors, each in the space that was fitted on the other.

        Args:
            vectors, measured: a data set and its vectors.
            divided: their halves, where several spaces share them; None divides by ``repeats`` and ``seed``.

        Raises:
            SpaceError: a single cluster, halves of fewer than three images, vectors that the space cannot take.
        """
        divided = divided or Divided.of(vectors, measured, self.repeats, self.seed)
        found = []
        for one in divided.halves:
            tested, train = one.vectors, one.train
            if self.space is not None:
                fitted = self.space.fit(train)
                tested, train = in_space(fitted, tested), train.mapped(fitted.map)
            found.append(Half(one.images, one.texts, one.dataset, tested, (train.images, train.texts)))
        whole = vectors.seconds, vectors.from_cache
        return HalvedVectors(tuple(found), divided.clusters, self.space is not None, *whole)


def in_space(fitted: spaces.Fitted, vectors: Vectors) -> Vectors:
    """Return vectors in a space that was fitted, with its scorer where it has one, and its notes."""
    images, texts = fitted.transform(vectors.images, vectors.texts)
    notes = (*vectors.notes, *fitted.notes)
    return replace(vectors, images=images, texts=texts, scorer=fitted.scorer, notes=notes)
