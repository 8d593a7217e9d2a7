"""One run against another on the same items, over images and over seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval, check_level, checked
from mmgap.stats.sign_flips import paired_p_value
from mmgap.stats.spread import Spread, contributions, degrees_of_freedom

#: With fewer clusters that differ, the spread of a difference of shares is hardly known: see `contrast`.
FEW = 30


@dataclass(frozen=True)
class Contrast:
    """What run b changes against run a.

    Attributes:
        before, after: means of a and of b, over items and seeds.
        difference: ``after − before`` with its interval.
        p_value: two-sided, of no difference; p_floor is the smallest that its test can give, 0 where there is none.
        seeds: trainings of each side that were compared.
        sd: standard deviation of the difference over the seeds; None for one.
    """

    before: float
    after: float
    difference: Interval
    p_value: float
    p_floor: float
    seeds: int
    sd: float | None


def contrast(
    before: ArrayLike,
    after: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    shares: bool = False,
    level: float = 0.95,
    seed: int = 0,
) -> Contrast:
    """Compare two runs on the same items: the per-query hits of two losses, of two spaces, of two encoders.

    Items are paired, so what both runs share cancels. With one run each the interval is over clusters of images and
    speaks of these two runs; the p-value is of sign flips, exact where all patterns can be tried. With several (a
    training repeated with other seeds) images and seeds are both taken for samples, and the interval speaks of the
    loss: with D_gs the difference summed over cluster g in seed s, and n items,

        V_images = Σ_g A_g²/(1 − m_g/n)/n²,  A_g = mean_s D_gs − m_g·mean;  V_seeds = var_s(Σ_g D_gs/n)/S
        V_both = Σ_gs (D_gs − m_g·M_s − A_g)²/(1 − m_g/n)/(S(S − 1)n²),  counted in both of the others
        V = max(V_images + V_seeds − V_both, V_images, V_seeds)

    and Student's t with the degrees of freedom of `combined`; p is of the same t.

    A difference of ``shares`` of which fewer than 30 clusters differ gets one more item that b wins and one that b
    loses (Bonett & Price, 2012): without them 20 equal answers would prove that no image ever differs.

    Args:
        before, after: (n,) one number an item, or (S, n) one row a seed; row for row the same items and seeds.
        clusters: (n,) label of the independent unit of each item; by default each is its own.
        shares: the items are hits, or probabilities of hits, in [0, 1].
        level: nominal coverage.
        seed: of the sign flips.

    Raises:
        ValueError: shapes that differ, fewer than 2 items or clusters, a number that is not finite (named), a level
            outside (0, 1).

    Source: the crossed design of Owen (Annals of Applied Statistics, 2007).

    >>> from mmgap.stats import contrast
    >>> found = contrast([0.1, 0.2, 0.3, 0.4], [0.2, 0.3, 0.5, 0.5])
    >>> round(found.difference.value, 3), found.p_value  # 2 of 2⁴ sign patterns are as far from 0
    (0.125, 0.125)
    """
    check_level(level)
    a, b = _runs(before, "before"), _runs(after, "after")
    if a.shape != b.shape:
        raise ValueError(f"before has (seeds, items) {a.shape}, after {b.shape}: a paired comparison needs the same")
    groups = Clusters.of(clusters, a.shape[1])
    sums = np.stack([groups.sums(row) for row in b - a], axis=1)
    found = crossed(*_with_both_answers(sums, groups)) if shares and _few(sums) else crossed(sums, groups)
    value, half = float((b - a).mean()), float(stats.t.ppf((1 + level) / 2, found.df)) * math.sqrt(found.variance)
    most = 1.0 if shares else math.inf
    low, high = max(min(value, found.mean - half), -most), min(max(value, found.mean + half), most)
    means = (b - a).mean(axis=1)
    if len(a) == 1:
        p_value, floor, over = *paired_p_value(sums[:, 0], seed=seed), "images"
    else:
        p_value, floor, over = t_p_value(found), 0.0, "images and seeds"
    return Contrast(
        before=float(a.mean()),
        after=float(b.mean()),
        difference=Interval(value, low, high, level, groups.count, f"t over clusters of {over}"),
        p_value=p_value,
        p_floor=floor,
        seeds=len(a),
        sd=float(means.std(ddof=1)) if len(a) > 1 else None,
    )


def crossed(sums: np.ndarray, clusters: Clusters) -> Spread:
    """Return the mean of (G, S) sums over clusters and seeds, its variance and degrees of freedom, as `contrast`
    defines them.

    Raises:
        ValueError: all items belong to one cluster.
    """
    n, seeds, sizes = clusters.n, sums.shape[1], clusters.sizes
    of_seed = sums.sum(axis=0) / n
    mean = float(of_seed.mean())
    apart = sums.mean(axis=1) - mean * sizes
    shares = contributions(apart**2, clusters)
    images, df = float(shares.sum()), degrees_of_freedom(shares, clusters)
    if seeds == 1:
        return Spread(mean, images, df)
    over_seeds = float(of_seed.var(ddof=1)) / seeds
    rest = sums - sizes[:, None] * of_seed - apart[:, None]
    both = float(contributions(np.square(rest).sum(axis=1), clusters).sum()) / (seeds * (seeds - 1))
    return combined(mean, (images, df), (over_seeds, seeds - 1.0), both)


def combined(mean: float, images: tuple[float, float], seeds: tuple[float, float], both: float) -> Spread:
    """Return two variances (each with its degrees of freedom) that both hold ``both``, as one.

    Its degrees of freedom are the harmonic mean of both, weighted by the variances, as Cochran (Biometrics, 1964)
    weights the quantiles of t. Satterthwaite's weights are the squares: a variance of two degrees of freedom that comes
    out too small by chance makes the interval short twice, by itself and by degrees of freedom that it raises. Where
    images and three seeds vary alike his intervals cover 89 to 93 %, these 91.5 to 95.5 %; where seeds change single
    answers alone these cover 98 % (`benchmarks/test_coverage.py`).
    """
    variance = max(images[0] + seeds[0] - both, images[0], seeds[0])
    parts = images[0] / images[1] + seeds[0] / seeds[1]
    df = max(1.0, (images[0] + seeds[0]) / parts) if parts > 0 else images[1]
    return Spread(mean, variance, df)


def t_p_value(found: Spread) -> float:
    """Two-sided p of Student's t for a mean of 0; 1 where there is neither a difference nor a spread."""
    if found.variance <= 0:
        return 1.0 if found.mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(found.mean) / math.sqrt(found.variance), found.df))


def _few(sums: np.ndarray) -> bool:
    """Whether fewer clusters differ than tell how much they differ, each counted by its part of the difference."""
    differences = np.abs(sums.mean(axis=1))
    total = float(differences.sum())
    return total == 0 or total**2 / float(np.square(differences).sum()) < FEW


def _with_both_answers(sums: np.ndarray, clusters: Clusters) -> tuple[np.ndarray, Clusters]:
    """One more item that b wins in every seed, and one that it loses, each a cluster of its own."""
    more = np.array([[1.0], [-1.0]]) * np.ones(sums.shape[1])
    sizes = np.append(clusters.sizes, [1.0, 1.0])
    return np.concatenate([sums, more]), Clusters(np.repeat(np.arange(len(sizes)), sizes.astype(int)), sizes)


def _runs(values: ArrayLike, name: str) -> np.ndarray:
    """(S, n) finite float64."""
    array = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if array.ndim != 2:
        raise ValueError(f"{name}: expected (items,) or (seeds, items), got shape {array.shape}")
    return np.stack([checked(row, name) for row in array])
