"""A data set of saved vectors in halves: what is divided are clusters, which stay together with all of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mmgap.core.counted_things import n_images
from mmgap.core.messages import Message, counted
from mmgap.spaces import Pairs, SpaceError

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors


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
            counted(
                "{n} image is alone, so there are no two halves to fit and to measure a space on: give images of at"
                " least two independent clusters",
                "all {n} images share vectors with one another, so there are no two halves to fit and to measure a"
                " space on: give images of at least two independent clusters",
                n=len(of_image),
            )
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
class Division:
    """One test half of a data set and the other half, before any space: what all spaces have in common.

    Attributes:
        images, texts: sorted places of the test half in the data set.
        dataset: these alone.
        vectors: of them.
        train: of the other half; what spaces take of it (means, covariances, spectra) is computed once.
    """

    images: np.ndarray
    texts: np.ndarray
    dataset: Dataset
    vectors: Vectors
    train: Pairs


@dataclass(frozen=True, eq=False)
class Divided:
    """A data set in its halves.

    Attributes:
        halves: two a repeat.
        clusters: (N,) that stayed together.
    """

    halves: tuple[Division, ...]
    clusters: np.ndarray

    @classmethod
    def of(cls, vectors: Vectors, measured: Dataset, repeats: int, seed: int) -> Divided:
        """Divide a data set's vectors.

        Raises:
            SpaceError: a single cluster, halves of fewer than three images.
        """
        whole = Pairs(measured.name, "train", vectors.images, vectors.texts, measured.owner)
        clusters = vector_clusters(whole.images, whole.texts, whole.owner)
        found = []
        for fit, test in halves(clusters, repeats, seed):
            if min(len(fit), len(test)) < 3:
                raise SpaceError(
                    Message(
                        "{name}: {images} in {clusters} clusters make a half of {n}: at least 3 images are needed in"
                        " each",
                        name=measured.name,
                        images=n_images(len(clusters)),
                        clusters=int(clusters.max()) + 1,
                        n=min(len(fit), len(test)),
                    )
                )
            texts = np.flatnonzero(np.isin(whole.owner, test))
            tested = replace(vectors, images=vectors.images[test], texts=vectors.texts[texts])
            found.append(Division(test, texts, measured.select(test), tested, whole.part(fit, "train")))
        return cls(tuple(found), clusters)
