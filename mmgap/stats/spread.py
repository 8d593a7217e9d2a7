"""The variance of a mean over clustered items, and how well it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mmgap.core.messages import Message
from mmgap.stats.clusters import Clusters

#: A skewness below this moves nothing.
_STRAIGHT = 1e-9


@dataclass(frozen=True)
class Spread:
    """How far a mean over items may lie from that of the population.

    Attributes:
        mean: of the items.
        variance: of that mean.
        df: degrees of freedom of the variance.
        skewness: of that mean; 0 where nobody asks for it.
    """

    mean: float
    variance: float
    df: float
    skewness: float = 0.0

    def ends(self, level: float, variance: float | None = None) -> tuple[float, float]:
        """Student's t interval, each end moved outwards where the skewness asks for it.

        A mean m of skewed items is as often far on one side as near on the other. With g its skewness, ``T + g·T²/3 +
        g²·T³/27 + g/6`` of the studentised mean T is nearly without (Hall, 1992), so the ends are those at which it
        reaches ± t. The end that would move inwards stays: g is only as good as the sample. Simulated for squared
        distances in two dimensions, 20 images: t alone covers 83 to 92 %, these ends 92 to 97 %.

        Args:
            level: nominal coverage, in (0, 1).
            variance: of the mean, where the caller knows better than the items' spread.
        """
        from scipy import special  # a tenth of a second to load, which counts of clusters have no need of

        sd = math.sqrt(self.variance if variance is None else variance)
        t = float(special.stdtrit(self.df, (1 + level) / 2))
        below, above = (sd * max(t, abs(self._without_skewness(side))) for side in (t, -t))
        return self.mean - below, self.mean + above

    def _without_skewness(self, u: float) -> float:
        """The T at which Hall's transformation is ``u``."""
        a = self.skewness / 3
        return u if abs(a) < _STRAIGHT else (np.cbrt(1 + 3 * a * (u - a / 2)) - 1) / a


def spread(values: np.ndarray, clusters: Clusters) -> Spread:
    """Return the mean of (n,) values with its cluster-robust variance.

    ``V = Σ_g (S_g − m_g·mean)²/(1 − m_g/n)/n²``, S_g the sum and m_g the size of a cluster. The divisor takes away the
    bias that a large cluster brings by pulling the mean to itself (CR2 of Bell & McCaffrey, 2002); without clusters V
    is the usual s²/n. The degrees of freedom are Satterthwaite's, see `degrees_of_freedom`. Simulated with ARASAAC's
    clusters at 20 to 1,000 images: t intervals with G − 1 degrees of freedom and G/(G − 1) cover 92 to 95 %, these
    95 to 96 %.

    Raises:
        ValueError: all items belong to one cluster.
    """
    mean = float(values.mean())
    residuals = clusters.sums(values) - mean * clusters.sizes
    shares = contributions(residuals**2, clusters)
    variance = float(shares.sum())
    return Spread(mean, variance, degrees_of_freedom(shares, clusters), _skewness(residuals, variance, clusters))


def _skewness(residuals: np.ndarray, variance: float, clusters: Clusters) -> float:
    """The third moment of the mean over its standard deviation to the third, for few clusters as for many."""
    if variance == 0:
        return 0.0
    cubes = (residuals / np.sqrt(1 - clusters.sizes / clusters.n)) ** 3
    return float(cubes.sum() / clusters.n**3 / variance**1.5 * clusters.count / (clusters.count - 1))


def contributions(squared_residuals: np.ndarray, clusters: Clusters) -> np.ndarray:
    """Return (G,) what each cluster adds to the variance of the mean, of its squared residual ``(S_g − m_g·mean)²``.

    Raises:
        ValueError: all items belong to one cluster, so that nothing says how far another one would lie.
    """
    several_clusters(clusters)
    return shares_of(squared_residuals, clusters.sizes, clusters.n)


def shares_of(squared_residuals: np.ndarray, sizes: np.ndarray, n: float) -> np.ndarray:
    """Return `contributions` of some clusters alone, of their sizes and of the number of all items."""
    return squared_residuals / (1 - sizes / n) / n**2


def several_clusters(clusters: Clusters) -> None:
    """Raise `ValueError` where all items belong to one cluster."""
    if clusters.count < 2:
        n = f"{clusters.n:.0f}"
        raise ValueError(Message("all {n} items belong to one cluster; an interval needs at least 2", n=n))


def degrees_of_freedom(shares: np.ndarray | None, clusters: Clusters) -> float:
    """Satterthwaite's degrees of freedom of ``Σ shares``: 2·(mean of V)²/(variance of V); n − 1 without clusters.

    The moments are those of residuals whose sums have variance ``τ_g = m_g·(1 + ρ·(m_g − 1))``: ρ, how much items of
    one cluster resemble each other, is fitted to the ``shares`` themselves (least squares, within [0, 1]), which nobody
    needs to know where each item is its own cluster. With ρ = 1 always 20 images would be covered in 97 to 98 %.
    """
    sizes, n = clusters.sizes, clusters.n
    if clusters.single:
        return n - 1
    assert shares is not None, "clusters of several items"
    weights = 1 / (1 - sizes / n)
    tau = sizes * (1 + _likeness(shares / sizes, sizes) * (sizes - 1))
    centre = tau.sum() / n**2
    diagonal = tau - 2 * sizes * tau / n + centre * sizes**2  # variance of each residual

    def total(a: int, b: int) -> float:
        return float((weights * sizes**a * tau**b).sum())

    products = 2 * (total(2, 0) * total(0, 2) + total(1, 1) ** 2) / n**2
    products += (centre * total(2, 0)) ** 2 - 4 * centre / n * total(2, 0) * total(1, 1)
    squares = (weights**2 * (tau**2 + 2 * tau * (diagonal - tau))).sum() + products
    return max(float((weights * diagonal).sum() ** 2 / squares), 1.0)


def _likeness(shares: np.ndarray, sizes: np.ndarray) -> float:
    """ρ of ``shares ∝ 1 + ρ·(m − 1)``, by least squares over the clusters."""
    if np.ptp(sizes) == 0:
        return 0.0
    slope, start = np.polyfit(sizes - 1, shares, 1)
    return float(np.clip(slope / start, 0, 1)) if start > 0 else 1.0
