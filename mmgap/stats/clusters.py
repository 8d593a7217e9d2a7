"""What is resampled: clusters of images that share a caption, each with all of its captions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Clusters:
    """Which of the independent units each item belongs to.

    Images that share a caption (`mmgap.metrics.relevance.Relevance.clusters`) are one unit with all of their captions:
    they answer the same query, so what holds for one tends to hold for the others, and an interval that takes them
    for independent is too narrow.

    Attributes:
        of_item: (n,) int64, the cluster of each item, 0 … G − 1.
        sizes: (G,) float64, items of each cluster.
    """

    of_item: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, labels: ArrayLike | None, n: int) -> Clusters:
        """Clusters by a label for each of ``n`` items; without labels each item is its own.

        Raises:
            ValueError: not one label for each item.

        >>> Clusters.of(["a", "b", "a"], 3).sizes.tolist()
        [2.0, 1.0]
        """
        if labels is None:
            return _Singles(n)
        given = np.asarray(labels)
        if given.shape != (n,):
            raise ValueError(f"clusters: expected one label for each of {n} items, got shape {given.shape}")
        _, of_item = np.unique(given, return_inverse=True)
        return cls(of_item, np.bincount(of_item).astype(np.float64))

    @property
    def count(self) -> int:
        """G, the number of clusters."""
        return len(self.sizes)

    @property
    def n(self) -> float:
        """The number of items."""
        return float(self.sizes.sum())

    @property
    def squares(self) -> float:
        """Σ m_g², over the sizes of the clusters."""
        return float(np.square(self.sizes).sum())

    @property
    def single(self) -> bool:
        """Whether every item is its own cluster."""
        return bool((self.sizes == 1).all())

    @property
    def in_order(self) -> bool:
        """Whether every item is its own cluster, in the order of the clusters."""
        single = self.count == len(self.of_item)
        return single and bool((self.of_item[1:] > self.of_item[:-1]).all())

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum over the items of each cluster: (G,) of (n,) values, (G, d) of (n, d) rows; float64."""
        if values.ndim == 1:
            return np.bincount(self.of_item, weights=values, minlength=self.count)
        if self.in_order:
            return values.astype(np.float64)
        if self.count == len(values):  # every item its own cluster: a permutation
            out = np.empty(values.shape)
            out[self.of_item] = values
            return out
        out = np.zeros((self.count, values.shape[1]))
        np.add.at(out, self.of_item, values)
        return out


class _Singles(Clusters):
    """n items, each its own cluster: nothing of it takes memory until somebody asks for numbers."""

    single, in_order = True, True

    def __init__(self, n: int) -> None:
        object.__setattr__(self, "sizes", np.broadcast_to(1.0, n))

    @cached_property
    def of_item(self) -> np.ndarray:
        """(n,) 0 … n − 1."""
        return np.arange(self.count)

    @property
    def n(self) -> float:
        """The number of items."""
        return float(self.count)

    @property
    def squares(self) -> float:
        """Their number, too."""
        return float(self.count)
