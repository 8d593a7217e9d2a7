"""Saved vectors have no train split: a space is fitted on one half of them and measured on the other, both ways round.

What is divided are clusters: images of one vector, or with texts of one vector, stay together with all of their texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mmgap import spaces
from mmgap.core.identity import since_first
from mmgap.spaces import Pairs, SpaceError

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.encoders.base import Vectors

#: Part of every key; raised when the dividing or the fitting changes.
FORMAT = 1


def halves(clusters: np.ndarray, repeats: int = 1, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (fit, test), sorted positions of the images to fit on and of those to measure, twice a repeat.

    Each repeat draws ``p = rng.permutation(G)`` of the G clusters; ``p[:G // 2]`` tests what ``p[G // 2:]`` fits, then
    the other way round.

    Args:
        clusters: (N,) label of each image's cluster, which stays together.
        repeats: how often they are divided, at least 1.
        seed: of the permutations.

    Raises:
        SpaceError: all images are one cluster; fewer than one repeat.

    >>> [(fit.tolist(), test.tolist()) for fit, test in halves(np.array([0, 1, 1, 2, 3]), seed=1)]
    [([3, 4], [0, 1, 2]), ([0, 1, 2], [3, 4])]
    """
    labels, of_image = np.unique(clusters, return_inverse=True)
    if len(labels) < 2:
        raise SpaceError(
            f"all {len(of_image)} images share vectors with one another, so there are no two halves to fit and to"
            " measure a space on: give images of at least two independent clusters"
        )
    if repeats < 1:
        raise SpaceError(f"repeats must be at least 1, got {repeats}")
    rng, middle = np.random.default_rng(seed), len(labels) // 2
    for _ in range(repeats):
        first = np.isin(of_image, rng.permutation(len(labels))[:middle])
        for test in (first, ~first):
            yield np.flatnonzero(~test), np.flatnonzero(test)


def vector_clusters(images: np.ndarray, texts: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return (N,) int64 labels of the images: equal where images, or texts that they own, have equal vectors.

    A copy on the other side would be a leak: a bank of train queries would hold the query that it is asked.

    Args:
        images: (N, d).
        texts: (M, d').
        owner: (M,) the image of each text.

    >>> texts = np.array([[1.0], [2.0], [1.0]])
    >>> vector_clusters(np.array([[1.0], [2.0], [3.0]]), texts, np.arange(3)).tolist()
    [0, 1, 0]
    """
    of_image, of_text = (np.unique(rows, axis=0, return_inverse=True)[1].ravel() for rows in (images, texts))
    n, nodes = len(images), len(images) + of_image.max() + of_text.max() + 2
    start = np.concatenate([np.arange(n), owner])
    end = n + np.concatenate([of_image, of_image.max() + 1 + of_text])
    links = csr_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(nodes, nodes))
    return np.unique(connected_components(links, directed=False)[1][:n], return_inverse=True)[1].astype(np.int64)


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

    def of(self, vectors: Vectors, measured: Dataset) -> HalvedVectors:
        """Return the halves of a data set's vectors, each in the space that was fitted on the other.

        Raises:
            SpaceError: a single cluster, halves of fewer than three images, vectors that the space cannot take.
        """
        whole = Pairs(measured.name, "train", vectors.images, vectors.texts, measured.owner)
        clusters = vector_clusters(whole.images, whole.texts, whole.owner)
        found = []
        for fit, test in halves(clusters, self.repeats, self.seed):
            if min(len(fit), len(test)) < 3:
                raise SpaceError(
                    f"{measured.name}: {len(clusters)} images in {clusters.max() + 1} clusters make a half of"
                    f" {min(len(fit), len(test))}: at least 3 images are needed in each"
                )
            texts = np.flatnonzero(np.isin(whole.owner, test))
            tested = replace(vectors, images=vectors.images[test], texts=vectors.texts[texts])
            train = whole.part(fit, "train")
            if self.space is not None:
                fitted = self.space.fit(train)
                tested, train = in_space(fitted, tested), train.mapped(fitted.map)
            found.append(Half(test, texts, measured.select(test), tested, (train.images, train.texts)))
        return HalvedVectors(tuple(found), clusters, self.space is not None, vectors.seconds, vectors.from_cache)


def in_space(fitted: spaces.Fitted, vectors: Vectors) -> Vectors:
    """Return vectors in a space that was fitted, with its scorer where it has one, and its notes."""
    images, texts = fitted.transform(vectors.images, vectors.texts)
    notes = (*vectors.notes, *fitted.notes)
    return replace(vectors, images=images, texts=texts, scorer=fitted.scorer, notes=notes)
