"""Intervals for the figure of all items from a sample of them that was drawn without replacement."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval
from mmgap.stats.means import mean_interval
from mmgap.stats.shares import clopper_pearson, effective_queries, share_interval


def sampled_share_interval(
    hits: ArrayLike, *, population: int, clusters: ArrayLike | None = None, level: float = 0.95
) -> Interval:
    """Return the interval of the share among all queries, of which some clusters were drawn without replacement.

    Clopper and Pearson's at ``n_eff/(1 − g/G)``, n_eff the independent queries that the sample amounts to
    (`mmgap.stats.share_interval`) and g of the G clusters drawn: what was drawn is known, so that the interval closes
    on the exact share as g goes to G.

    Args:
        hits: (n,) of each drawn query, in [0, 1].
        population: G, clusters in all.
        clusters: (n,) the cluster of each query; by default each is its own.
        level: nominal coverage.

    Raises:
        ValueError: as `mmgap.stats.share_interval`; fewer clusters in all than were drawn.

    Simulated coverage, nominal 95 %: 95 to 98 %, see ``docs/scale``.

    >>> found = sampled_share_interval([1.0, 0.0, 1.0, 1.0], population=5)
    >>> round(found.low, 3), round(found.high, 3)
    (0.509, 0.913)
    """
    whole = share_interval(hits, clusters=clusters, level=level)
    left = _left(whole.n, population)
    if not left:
        return Interval(whole.value, whole.value, whole.value, level, whole.n, "all of them")
    items = np.asarray(hits, dtype=np.float64)
    n = effective_queries(items, whole.value, Clusters.of(clusters, len(items))) / left
    low, high = clopper_pearson(whole.value, n, level)
    return Interval(whole.value, low, high, level, whole.n, "Clopper–Pearson, drawn without replacement")


def sampled_mean_interval(values: ArrayLike, *, population: int, level: float = 0.95) -> Interval:
    """Return the interval of the mean over all items, of which ``values`` were drawn without replacement.

    `mmgap.stats.mean_interval` with ends ``√(1 − n/N)`` times as far from the mean.

    Args:
        values: (n,) of the drawn items, n ≥ 2.
        population: N, items in all.
        level: nominal coverage.

    Raises:
        ValueError: as `mmgap.stats.mean_interval`; fewer items in all than were drawn.

    >>> found = sampled_mean_interval([1.0, 2.0, 3.0], population=3)
    >>> found.low == found.high == 2.0
    True
    """
    whole = mean_interval(values, level=level)
    near = math.sqrt(_left(whole.n, population))
    low, high = (float(whole.value + near * (end - whole.value)) for end in (whole.low, whole.high))
    return Interval(whole.value, low, high, level, whole.n, "t, drawn without replacement")


def _left(drawn: int, population: int) -> float:
    """The share of the clusters that was not drawn."""
    if drawn > population:
        raise ValueError(f"{drawn} clusters cannot have been drawn from {population}")
    return 1 - drawn / population
