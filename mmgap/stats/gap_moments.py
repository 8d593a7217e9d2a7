"""The distribution of a sample's gap under each gap of the population, which the interval of the gap inverts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mmgap.stats.clusters import Clusters
from mmgap.stats.sign_flips import Parts, parts_of
from mmgap.stats.smaller_gram import smaller_gram
from mmgap.stats.spread import degrees_of_freedom, several_clusters, shares_of

#: Quantiles of the noise along the gap, over which the noise across it is averaged.
_NODES = (np.arange(200) + 0.5) / 200


@dataclass(frozen=True)
class GapMoments:
    """The first moments of ``T = ‖mean w‖²``, where V is the covariance of ``mean w`` (cluster-robust).

    Attributes:
        squared: T as it is.
        trace: tr V, by which T exceeds the population's squared gap on average.
        trace_squared: tr V², without its own bias.
        along: u'Vu, the variance along the gap u; without what noise adds to it.
        df: degrees of freedom of V.
    """

    squared: float
    trace: float
    trace_squared: float
    along: float
    df: float

    @classmethod
    def of(cls, sums: np.ndarray, clusters: Clusters) -> GapMoments:
        """Return the moments of (G, d) cluster sums of w.

        Raises:
            ValueError: all images belong to one cluster.
        """
        return cls.of_parts(parts_of(sums), sums.sum(axis=0), clusters)

    @classmethod
    def of_parts(cls, parts: Parts, total: np.ndarray, clusters: Clusters) -> GapMoments:
        """Return the same of cluster sums that are there some at a time, and (d,) their sum, as `gap_estimate_of` knows
        them."""
        several_clusters(clusters)
        mean = total / clusters.n
        gram, shares, seen = _spread(parts, clusters, mean)
        trace, df = shares.total, degrees_of_freedom(shares.each, clusters)
        trace_squared = _trace_squared(float(np.square(gram).sum()), trace, shares.squares, df, len(mean))
        squared = float(mean @ mean)
        largest = float(np.linalg.eigvalsh(gram)[-1])
        return cls(squared, trace, trace_squared, _along(squared, seen, trace, trace_squared, largest), df)

    def below(self, gap: float) -> float:
        """Probability that T is at most what it is, under this gap.

        ``T = (gap + σ_u·t)² + Q``: noise along the gap, σ_u² = u'Vu and t Student's with ``df``, and noise across it, Q
        a scaled χ² with the mean and the variance that are left, ``tr V − σ_u²`` and ``2·(tr V² − σ_u⁴)``. One scaled
        χ² for all of T, the usual approximation, puts its lower end too high where a gap is two or three times its
        noise.
        """
        along = gap + math.sqrt(self.along) * _students(self.df)
        left = self.squared - np.square(along)
        mean, spare = max(self.trace - self.along, 0.0), max(self.trace_squared - self.along**2, 0.0)
        if spare <= 1e-12 * self.trace_squared or mean <= 0:
            return float((left >= mean).mean())
        from scipy import special  # a tenth of a second to load, which a gap without its interval has no need of

        known = self.df / max(self.df - 2, 1.0)  # the variance of t, as that of the noise along the gap
        return float(special.chdtr(mean**2 / (spare * known), np.maximum(left, 0) * mean / (spare * known)).mean())

    def ends(self, level: float = 0.95) -> tuple[float, float]:
        """Return the gaps under which T is at its upper and at its lower quantile; 0 where there is none.

        A sample whose T is below what noise alone gives on average says no more of a small gap than one whose T is just
        that, so the upper end is never lower than there (as power-constrained limits are: Cowan et al., 2011). Without
        this 4 % of all samples without a gap would be given [0, 0], which holds no gap however small.

        Simulated coverage, nominal 95 %, d = 2 … 512 and 20 … 1,000 images: `benchmarks/test_coverage.py`.
        """
        if self.trace <= 1e-18:  # all w are equal: the gap is known
            return math.sqrt(self.squared), math.sqrt(self.squared)

        floored = replace(self, squared=max(self.squared, self.trace))
        lower, upper = (1 + level) / 2, (1 - level) / 2
        far = 2 * math.sqrt(floored.squared) + 20 * math.sqrt(self.trace)
        while floored.below(far) > upper:
            far *= 2
        return self._gap_at(lower, far), floored._gap_at(upper, far)

    def _gap_at(self, quantile: float, far: float) -> float:
        """The gap under which T is at this quantile, up to ``far``; 0 where there is none."""

        def excess(gap: float) -> float:
            return self.below(gap) - quantile

        return sign_change(excess, 0.0, far) if excess(0.0) > 0 else 0.0


def sign_change(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a function goes from above 0 to 0 or below, between two places, by halving to the last bit.

    `scipy.optimize` has faster ways, and takes a tenth of a second to load.

    >>> sign_change(lambda v: 2 - v * v, 0.0, 2.0) == math.sqrt(2)
    True
    """
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return high


@dataclass
class _Shares:
    """What clusters add to tr V: Σ, Σ of the squares, and (G,) each of them; None where all are single items, of which
    nobody asks it."""

    each: np.ndarray | None
    total: float = 0.0
    squares: float = 0.0

    def take(self, some: slice, values: np.ndarray) -> None:
        """Take in those of some clusters."""
        if self.each is not None:
            self.each[some] = values
        self.total += float(values.sum())
        self.squares += float(np.vdot(values, values))


def _spread(parts: Parts, clusters: Clusters, mean: np.ndarray) -> tuple[np.ndarray, _Shares, float]:
    """Of residuals ``r_g = S_g − m_g·mean``: the smaller product of the rows behind V, what each adds to tr V, and
    ŵ'Vŵ."""
    n, shares, seen = clusters.n, _Shares(None if clusters.single else np.empty(clusters.count)), 0.0

    def behind() -> Iterator[np.ndarray]:
        nonlocal seen
        start = 0
        for part in parts():
            some = slice(start, start + len(part))
            start = some.stop
            sizes = clusters.sizes[some]
            rows = part - sizes[:, None] * mean
            shares.take(some, shares_of(np.einsum("gd,gd->g", rows, rows), sizes, n))
            rows /= (np.sqrt(1 - sizes / n) * n)[:, None]
            seen += float(np.square(rows @ mean).sum())
            yield rows

    gram = smaller_gram(behind(), clusters.count)
    return gram, shares, seen


@lru_cache(maxsize=32)
def _students(df: float) -> np.ndarray:
    from scipy import special

    return np.asarray(special.stdtrit(df, _NODES))


def _trace_squared(plain: float, trace: float, fourth: float, df: float, dimensions: int) -> float:
    """tr V² without the bias of its plug-in (Himeno & Yamada, 2014), between its bounds (tr V)²/d and the plug-in;
    ``fourth`` is the sum of the squared shares."""
    n = max(df + 1, 4.0)
    unbiased = (n - 1) * (n - 2) * plain + trace**2 - n * (n - 1) * fourth
    return float(np.clip((n - 1) / (n * (n - 2) * (n - 3)) * unbiased, trace**2 / dimensions, plain))


def _along(squared: float, seen: float, trace: float, trace_squared: float, largest: float) -> float:
    """u'Vu from ``seen = ŵ'Vŵ``, which noise pulls towards the directions of large variance.

    ``E ŵ'Vŵ = θ²·u'Vu + tr V²``, solved for u'Vu where the gap stands out of its noise; where it does not its direction
    is unknown, and halfway from an average direction to the worst is assumed.
    """
    if squared <= 0 or trace <= 0:
        return largest
    average, observed, beyond = trace_squared / trace, seen / squared, squared - trace
    if beyond <= math.sqrt(2 * trace_squared + 4 * max(beyond, 0.0) * observed):
        return max(observed, (average + largest) / 2)
    return float(np.clip((seen - trace_squared) / beyond, min(observed, average) / 2, largest))
