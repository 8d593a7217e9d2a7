"""Intervals of shares, such as R@k, that hold at 0 and at 100 % and where queries come in clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval, check_level, checked
from mmgap.stats.spread import spread

#: A variance below this is rounding.
_NOTHING = 1e-15


def share_interval(
    hits: ArrayLike, *, clusters: ArrayLike | None = None, gallery_variance: float = 0.0, level: float = 0.95
) -> Interval:
    """Return Clopper and Pearson's interval of a share, at the independent queries that its variance amounts to.

    ``n_eff = min(n, n·p(1 − p)/(n − 1)/V)``, V the cluster-robust variance of the mean (`mmgap.stats.spread`) with what
    the gallery adds to it: n itself for independent hits of 0 and 1. Where every query is hit, or none is, V says
    nothing and ``n_eff = n²/Σ m_g²``. The ends are quantiles of beta distributions at these non-integer counts. Hits
    that are expectations (ties, pools) vary less than hits of 0 and 1; n bounds n_eff all the same, so their intervals
    are wider than they need be: what was never seen may still happen.

    Args:
        hits: (n,) of each query, in [0, 1]: a hit, or the probability of one; n ≥ 1.
        clusters: (n,) label of the independent unit that a query belongs to; by default each is its own.
        gallery_variance: of the mean, from the items that happen to stand in the gallery, at least 0; see
            `mmgap.metrics.gallery`.
        level: nominal coverage.

    Raises:
        ValueError: a hit outside [0, 1] (named), else as `mmgap.stats.mean_interval`.

    Source: Clopper & Pearson (Biometrika, 1934); Korn & Graubard (Survey Methodology, 1998).

    >>> from mmgap.stats import share_interval
    >>> found = share_interval([0.0] * 20)  # none of 20 is not "impossible"
    >>> round(found.low, 3), round(found.high, 3)
    (0.0, 0.168)
    """
    check_level(level)
    items = checked(hits, "hits", at_least=1)
    outside = np.flatnonzero((items < -1e-9) | (items > 1 + 1e-9))
    if len(outside):
        raise ValueError(f"hits: item {outside[0]} is {items[outside[0]]}, not in [0, 1]")
    groups = Clusters.of(clusters, len(items))
    share = float(np.clip(items.mean(), 0, 1))
    effective = effective_queries(items, share, groups, gallery_variance)
    low, high = clopper_pearson(share, effective, level)
    return Interval(share, low, high, level, groups.count, "Clopper–Pearson over clusters of images")


def clopper_pearson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of Clopper and Pearson's interval of ``share`` of ``n`` independent queries, neither a whole
    number.

    >>> [round(end, 3) for end in clopper_pearson(1.0, 20)]
    [0.832, 1.0]
    """
    tail, count = (1 - level) / 2, share * n
    low = float(stats.beta.ppf(tail, count, n - count + 1)) if count > 1e-9 * n else 0.0
    high = float(stats.beta.ppf(1 - tail, count + 1, n - count)) if count < (1 - 1e-9) * n else 1.0
    return low, high


def effective_queries(items: np.ndarray, share: float, clusters: Clusters, gallery_variance: float = 0.0) -> float:
    """Return n over the design effect, the variance of the mean over what independent hits of 0 and 1 would give."""
    n, independent = clusters.n, share * (1 - share) / max(clusters.n - 1, 1)
    if clusters.count < 2 or independent <= _NOTHING:
        return n**2 / float((clusters.sizes**2).sum())
    variance = spread(items, clusters).variance
    if variance <= _NOTHING:
        return n**2 / float((clusters.sizes**2).sum())
    return min(n, n * independent / (variance + gallery_variance))
