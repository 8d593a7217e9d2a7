"""The interval of the uniformity of one modality, or of the mean of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval, check_level
from mmgap.stats.spread import spread


@dataclass(frozen=True)
class Kernels:
    """What one modality's uniformity ``log(Σ sums/Σ partners)`` is made of.

    Attributes:
        sums: (M,) kernel sum of each row over its partners (`mmgap.metrics.pass_within.Within`).
        partners: (M,) how many those are.
        owner: (M,) row of the image that each belongs to; None where row i is image i's.
    """

    sums: np.ndarray
    partners: np.ndarray
    owner: np.ndarray | None = None

    @property
    def mean(self) -> float:
        """The mean kernel over all pairs of partners."""
        return float(self.sums.sum() / self.partners.sum())


def uniformity_interval(
    modalities: Sequence[Kernels],
    *,
    clusters: ArrayLike | None = None,
    pairs: np.ndarray | None = None,
    level: float = 0.95,
) -> Interval:
    """Return Student's t interval of the mean uniformity of one modality or of several, wider for skewed kernels.

    ``log mean k_ij`` is the logarithm of a U-statistic, which is linearised (Hájek projection and delta method): image
    i contributes ``2·(Σ_j k_ij − k·partners)/(k·Σ partners)`` of each modality, and a mean of such terms has the
    cluster-robust variance and the skewness of `mmgap.stats.spread`. Estimated from the sample the terms hold the noise
    of their own sums, which counts the second-order part of the variance twice; where ``pairs`` tell that part it is
    taken off once.

    Where images share captions the interval is of the set's own expectation: pairs of equal captions count, as they do
    in the value.

    Args:
        modalities: of each the kernel sums; over the same images.
        clusters: (N,) label of each image's cluster; by default each is its own.
        pairs: (P,) of random pairs of images, the mean over the modalities of ``k_ij`` divided by its mean; None leaves
            the second-order part as it is, which makes the interval of nearly uniform sets too wide.
        level: nominal coverage.

    Raises:
        ValueError: no modality, fewer than 2 images or clusters, a level outside (0, 1).
    """
    check_level(level)
    if not modalities:
        raise ValueError("uniformity of what? Give the kernels of at least one modality")
    n = len(modalities[0].sums) if modalities[0].owner is None else int(modalities[0].owner.max()) + 1
    terms = np.mean([_terms(kernels, n) for kernels in modalities], axis=0)
    groups = Clusters.of(clusters, n)
    found = spread(terms, groups)
    variance = found.variance
    if pairs is not None and n > 2:
        second = 2 * float(np.var(pairs)) / (n * (n - 1)) * n / (n + 20)  # less of it where the logarithm is skewed
        variance = max(variance - second, variance / 2)
    value = float(np.mean([math.log(kernels.mean) for kernels in modalities]))
    low, high = (value + end - found.mean for end in found.ends(level, variance))
    return Interval(value, low, min(high, 0.0), level, groups.count, "t over clusters, skewed, linearised")


def _terms(kernels: Kernels, n: int) -> np.ndarray:
    """(n,) influence of each image on the logarithm of the mean kernel, scaled so that their mean is to be taken."""
    mean, total = kernels.mean, float(kernels.partners.sum())
    of_row = 2 * n * (kernels.sums - mean * kernels.partners) / (mean * total)
    return of_row if kernels.owner is None else np.bincount(kernels.owner, weights=of_row, minlength=n)
