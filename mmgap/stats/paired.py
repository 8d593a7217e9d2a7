"""Two runs on the same items: their difference, its interval, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mmgap.stats.bootstrap import bootstrap_mean, cluster_sums
from mmgap.stats.interval import BLOCK_ELEMENTS, Interval, checked


@dataclass(frozen=True)
class PairedDifference:
    """Run b against run a, item by item.

    Attributes:
        mean_a, mean_b: means over the items.
        difference: ``mean_b − mean_a`` with its interval; every resample takes the same items of both runs.
        p_value: two-sided, of a sign-flip permutation test; in (0, 1].
        share_improved: share of items where b is above a.
    """

    mean_a: float
    mean_b: float
    difference: Interval
    p_value: float
    share_improved: float


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    items: tuple[Sequence[object], Sequence[object]] | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> PairedDifference:
    """Compare two runs on the same items, such as the per-query hits of two losses.

    The interval is `bootstrap_mean` of the differences, so the spread that both runs share cancels. The p-value comes
    from flipping the sign of each cluster's summed difference: under the hypothesis that it does not matter which run
    is called a, every pattern of signs is as likely. It is exact where all patterns fit into ``resamples``, and at
    least ``1/(resamples + 1)`` otherwise. Several comparisons need a correction: `holm`, or
    `scipy.stats.false_discovery_control`.

    Args:
        a, b: (n,) one number per item, row for row the same items, n ≥ 2.
        clusters: (n,) group of each item (the image of a caption); groups are drawn, and flipped, whole.
        items: ids of the items behind ``a`` and behind ``b``, checked to be equal.
        level, resamples, seed: as `bootstrap_mean`.

    Raises:
        ValueError: lengths or ids that differ (the first one is named), or as `bootstrap_mean`.

    >>> from mmgap.stats import paired_difference
    >>> found = paired_difference([0.1, 0.2, 0.3, 0.4], [0.2, 0.3, 0.5, 0.5])
    >>> round(found.difference.value, 3), found.p_value  # 2 of 2⁴ sign patterns are as far from 0
    (0.125, 0.125)
    """
    first, second = checked(a, "a"), checked(b, "b")
    if len(first) != len(second):
        raise ValueError(f"a has {len(first)} items, b has {len(second)}: a paired test needs the same ones")
    if items is not None:
        _same_items(*items, n=len(first))
    differences = second - first
    interval = bootstrap_mean(differences, clusters=clusters, level=level, resamples=resamples, seed=seed)
    sums, _ = cluster_sums(differences, clusters)
    p_value = stats.permutation_test(
        (sums,),
        lambda flipped, axis: flipped.sum(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, BLOCK_ELEMENTS // len(sums)),
        random_state=np.random.default_rng(seed),
    ).pvalue
    return PairedDifference(
        float(first.mean()), float(second.mean()), interval, float(p_value), float((differences > 0).mean())
    )


def holm(p_values: ArrayLike) -> tuple[float, ...]:
    """Holm's step-down correction: adjusted p-values, in the order given, that keep the family-wise error.

    For the false discovery rate instead take `scipy.stats.false_discovery_control`.

    Raises:
        ValueError: no p-values, or one outside [0, 1] (named).

    >>> from mmgap.stats import holm
    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or len(p) == 0:
        raise ValueError(f"p_values: expected a non-empty list of numbers, got shape {p.shape}")
    outside = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if len(outside):
        raise ValueError(f"p_values: item {outside[0]} is {p[outside[0]]}, not in [0, 1]")
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1.0)
    adjusted = np.empty_like(p)
    adjusted[order] = steps
    return tuple(adjusted.tolist())


def _same_items(a: Sequence[object], b: Sequence[object], *, n: int) -> None:
    if len(a) != n or len(b) != n:
        raise ValueError(f"items: expected {n} ids for each run, got {len(a)} and {len(b)}")
    for row, (left, right) in enumerate(zip(a, b, strict=True)):
        if left != right:
            raise ValueError(f"items: row {row} is {left!r} in a but {right!r} in b; put both runs in the same order")
