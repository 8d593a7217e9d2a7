"""Intervals of the information imbalance, from samples of the clusters without replacement."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy import stats

from mmgap.metrics.information_imbalance import information_imbalance
from mmgap.metrics.unit_rows import UnitRows, Vectors, unit_rows
from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval, check_level

#: Samples that are drawn, and the items that one has at most.
DRAWS, MOST = 200, 500


def imbalance_intervals(
    x: Vectors, y: Vectors, *, clusters: ArrayLike | None = None, level: float = 0.95, seed: int = 0
) -> tuple[Interval, Interval]:
    """Return Δ(X→Y) and Δ(Y→X) of `mmgap.metrics.information_imbalance`, each with its interval.

    A bootstrap with replacement is wrong here: an item that is drawn twice has its own copy for its nearest
    neighbour, at distance 0 in both spaces and so at rank 1, and two thirds of the items drawn have one: spaces that
    have nothing to do with each other would seem to predict one another. So b of the G clusters are drawn without
    replacement, half of them or as many as hold `MOST` items. The variance of Δ over such samples, which are smaller
    and share items, times b/(G − b) is that of Δ itself (the delete-d jackknife; Shao & Wu, 1989).

    Args:
        x, y: as `mmgap.metrics.information_imbalance`.
        clusters: (N,) label of each item's cluster (images that share a caption); by default each is its own.
        level: nominal coverage.
        seed: of the samples.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.information_imbalance`; fewer than 8 clusters; a level outside (0, 1).

    >>> import numpy as np
    >>> from mmgap.stats import imbalance_intervals
    >>> v = np.random.default_rng(0).normal(size=(200, 8))
    >>> v /= np.linalg.norm(v, axis=1, keepdims=True)
    >>> there, back = imbalance_intervals(v, v[::-1])  # item i beside item 199 - i: nothing to do with each other
    >>> there.low < 1 < there.high
    True
    """
    check_level(level)
    a, b = unit_rows(x, "x", at_least=2), unit_rows(y, "y", at_least=2)
    whole = information_imbalance(a, b)
    groups = Clusters.of(clusters, len(a))
    if groups.count < 8:
        raise ValueError(f"clusters: an interval by samples needs at least 8, got {groups.count}")
    chosen = max(4, min(groups.count // 2, int(MOST * groups.count / len(a))))
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWS):
        kept = np.zeros(groups.count, dtype=bool)
        kept[generator.choice(groups.count, chosen, replace=False)] = True
        rows = torch.from_numpy(np.flatnonzero(kept[groups.of_item]))
        found = information_imbalance(UnitRows(a.tensor[rows]), UnitRows(b.tensor[rows]))
        drawn.append((found.x_to_y, found.y_to_x))
    scale = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(chosen / (groups.count - chosen))
    least = 2 / len(a)
    there, back = (
        Interval(
            value,
            max(least, float(value - half)),
            float(value + half),
            level,
            groups.count,
            "samples without replacement",
        )
        for value, half in zip((whole.x_to_y, whole.y_to_x), scale * np.std(drawn, axis=0, ddof=1), strict=True)
    )
    return there, back
