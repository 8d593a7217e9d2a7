"""Intervals of means: over clustered items, and over seeds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval, check_level, checked
from mmgap.stats.spread import spread


def mean_interval(
    values: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Interval:
    """Return Student's t interval of a mean over items, such as per-pair cosines, wider for skewed items.

    The variance is cluster-robust, its degrees of freedom are estimated, and an end moves outwards where the items are
    skewed, see `mmgap.stats.spread`. For shares (R@k from per-query hits), whose spread vanishes at 0 and at 100 %,
    take `share_interval`.

    Args:
        values: (n,) one number per item, n ≥ 2.
        clusters: (n,) label of the independent unit that an item belongs to; by default each is its own.
        level: nominal coverage.
        limits: smallest and largest value there can be; the interval ends there.

    Raises:
        ValueError: fewer than 2 items or clusters, a NaN or infinity (named), lengths that differ, a level outside
            (0, 1).

    >>> from mmgap.stats import mean_interval
    >>> found = mean_interval([0.31, 0.28, 0.30, 0.33])
    >>> round(found.low, 3), round(found.value, 3), round(found.high, 3), found.n
    (0.272, 0.305, 0.338, 4)
    """
    check_level(level)
    items = checked(values, "values")
    groups = Clusters.of(clusters, len(items))
    found = spread(items, groups)
    low, high = found.ends(level) if np.ptp(items) > 0 else (found.mean, found.mean)
    return Interval(
        found.mean, max(low, limits[0]), min(high, limits[1]), level, groups.count, "t over clusters, skewed"
    )


def seed_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return Student's t interval of the mean over seeds (or any few independent runs).

    Args:
        values: one number per seed, at least 2.
        level: nominal coverage.

    Raises:
        ValueError: fewer than 2 values, a NaN or infinity (named), a level outside (0, 1).

    >>> from mmgap.stats import seed_interval
    >>> found = seed_interval([0.80, 0.82, 0.84])
    >>> round(found.low, 3), round(found.value, 3), round(found.high, 3)
    (0.77, 0.82, 0.87)
    """
    check_level(level)
    runs = checked(values, "values")
    half = float(stats.t.ppf((1 + level) / 2, len(runs) - 1)) * float(runs.std(ddof=1)) / math.sqrt(len(runs))
    mean = float(runs.mean())
    return Interval(mean, mean - half, mean + half, level, len(runs), "t over seeds")
