"""The jackknife of any statistic, one number a group of items: what `contrast` compares where no item has a value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmgap.core.messages import Message
from mmgap.stats.clusters import Clusters

#: Groups into which the items are dealt.
GROUPS = 20


def pseudo_values(
    statistic: Callable[[np.ndarray], float], clusters: ArrayLike, *, groups: int = GROUPS, seed: int = 0
) -> np.ndarray:
    """Return the pseudo-values of a statistic of n items, each group of items left out once.

    With θ of all items, θ₋ⱼ of those outside group j and ``h = n/m`` of its m items, ``θ̃ⱼ = h·θ − (h − 1)·θ₋ⱼ``. They
    behave as if the statistic were their mean: their spread is its spread over samples of images, and those of two runs
    on the same items can be paired. It needs a statistic that is smooth in its items: a mean, a correlation, CKA; not a
    median, and not a nearest neighbour.

    Args:
        statistic: of sorted positions of items, its value.
        clusters: (n,) label of each item's independent unit, which stays together in one group.
        groups: how many; fewer where there are fewer clusters. The same labels are always dealt alike.
        seed: of the order in which clusters are dealt.

    Returns:
        (groups,) float64.

    Raises:
        ValueError: fewer than 2 clusters.

    Source: Busing, Meijer & van der Leeden, "Delete-m jackknife for unequal m" (Statistics and Computing, 1999).

    >>> import numpy as np
    >>> from mmgap.stats import pseudo_values
    >>> values = np.array([1.0, 2.0, 4.0, 5.0])
    >>> sorted(pseudo_values(lambda rows: values[rows].mean(), np.arange(4)).round(9).tolist())  # of a mean the items
    [1.0, 2.0, 4.0, 5.0]
    """
    labels = np.asarray(clusters)
    units = Clusters.of(labels, len(labels))
    if units.count < 2:
        told = Message("all {n} items belong to one cluster; an interval needs at least 2", n=str(len(labels)))
        raise ValueError(told)
    of_item = _dealt(units, min(groups, units.count), seed)[units.of_item]
    whole, n, found = statistic(np.arange(len(labels))), len(labels), []
    for group in range(of_item.max() + 1):
        rest = np.flatnonzero(of_item != group)
        share = n / (n - len(rest))
        found.append(share * whole - (share - 1) * statistic(rest))
    return np.array(found, dtype=np.float64)


def _dealt(units: Clusters, groups: int, seed: int) -> np.ndarray:
    """(G,) the group of each cluster: the largest first, each into the group with the fewest items so far."""
    order = np.random.default_rng(seed).permutation(units.count)
    order = order[np.argsort(-units.sizes[order], kind="stable")]
    filled, of_cluster = np.zeros(groups), np.empty(units.count, dtype=np.int64)
    for cluster in order:
        of_cluster[cluster] = group = int(filled.argmin())
        filled[group] += units.sizes[cluster]
    return of_cluster
