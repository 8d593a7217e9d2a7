"""What one run changes of the modality gap against another: a difference of corrected gaps, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from mmgap.stats.clusters import Clusters
from mmgap.stats.contrasts import Contrast, combined, t_p_value
from mmgap.stats.interval import Interval, check_level
from mmgap.stats.sign_flips import Parts, parts_of
from mmgap.stats.spread import Spread

#: Resamples of the clusters that two runs share, by which their estimates are correlated.
REPLICATES = 1000


@dataclass(frozen=True)
class GapRun:
    """One run's corrected gap, as `mmgap.stats.gap_estimate` found it, and how it varies with the images.

    Attributes:
        corrected: the gap with its interval.
        replicates: (2, B) of resampled clusters, the same resamples for every run on the same images, see
            `gap_replicates`.
    """

    corrected: Interval
    replicates: np.ndarray


def gap_replicates(sums: np.ndarray, clusters: Clusters, *, draws: int = REPLICATES, seed: int = 0) -> np.ndarray:
    """Draw (2, draws) of resampled clusters: ``‖w*‖²`` and ``‖w* − w‖²``, w the mean of the sample, w* of a resample.

    The draws depend on the number of clusters and on ``seed`` alone, so that the replicates of two runs on the same
    images correlate as their estimates do. How far a resample moves is computed in float32, to 1e-7 of it.

    Args:
        sums: (G, d) of w over each cluster, as `mmgap.stats.gaps.gap_sums` gives them.
        clusters: of the images.
    """
    return gap_replicates_of(parts_of(sums), sums.sum(axis=0), clusters, draws=draws, seed=seed)


def gap_replicates_of(
    parts: Parts, total: np.ndarray, clusters: Clusters, *, draws: int = REPLICATES, seed: int = 0
) -> np.ndarray:
    """Return `gap_replicates` of cluster sums that are there some at a time, and (d,) their sum."""
    mean, drawn_times = total / clusters.n, _resamples(clusters.count, draws, seed)
    moved, drawn = np.zeros((draws, len(mean)), dtype=np.float32), np.zeros(draws)
    start = 0
    for part in parts():
        some = slice(start, start + len(part))
        start, sizes = some.stop, clusters.sizes[some]
        times = drawn_times[:, some].astype(np.float32)
        moved += times @ (part - sizes[:, None] * mean).astype(np.float32)
        drawn += times @ sizes.astype(np.float32)
    away = moved.astype(np.float64) / drawn[:, None]
    return np.stack([np.square(mean + away).sum(axis=1), np.square(away).sum(axis=1)])


@lru_cache(maxsize=1)
def _resamples(count: int, draws: int, seed: int) -> np.ndarray:
    """(draws, count) how many times each cluster is drawn, kept for the next space of the same images."""
    found = np.empty((draws, count), dtype=np.uint16)
    generator, chances = np.random.default_rng(seed), np.full(count, 1 / count)
    for row in found:
        row[:] = generator.multinomial(count, chances)
    return found


def gap_change(before: Sequence[GapRun], after: Sequence[GapRun], *, level: float = 0.95) -> Contrast:
    """Return the change of the corrected gap between paired runs, one pair a seed.

    The interval puts together those of the two gaps (MOVER; Zou & Donner, Statistics in Medicine, 2008): with δ the
    distance of a gap from an end of its own interval and r the correlation of both estimates over resampled images,
    ``low = d − √(δ_b² + δ_a² − 2·r·δ_b·δ_a)``, and so upwards. Unlike the spread of a resampled difference it
    holds where a loss closes a gap, because each gap's interval does. Over several seeds both distances stand for the
    images' part of the variance and `mmgap.stats.contrasts.combined` adds that of the seeds. The p-value belongs to
    the interval.

    Args:
        before, after: the runs of each seed, pair by pair.
        level: nominal coverage, that of the runs' intervals.

    Raises:
        ValueError: no runs, another number of runs or of replicates on both sides.
    """
    check_level(level)
    if not before or len(before) != len(after):
        raise ValueError(f"{len(before)} runs before, {len(after)} after: a paired comparison needs the same seeds")
    differences = np.array([b.corrected.value - a.corrected.value for a, b in zip(before, after, strict=True)])
    moved = [_moved(a, b) for a, b in zip(before, after, strict=True)]
    value = float(differences.mean())
    low, high = (_side(differences, np.array(lengths), moved, level) for lengths in _distances(before, after))
    return Contrast(
        before=float(np.mean([run.corrected.value for run in before])),
        after=float(np.mean([run.corrected.value for run in after])),
        difference=Interval(
            value,
            value - _quantile(low, level) * math.sqrt(low.variance),
            value + _quantile(high, level) * math.sqrt(high.variance),
            level,
            after[0].corrected.n,
            "both gaps' intervals together" + (", over seeds" if len(after) > 1 else ""),
        ),
        p_value=t_p_value(low if value > 0 else high),
        p_floor=0.0,
        seeds=len(after),
        sd=float(differences.std(ddof=1)) if len(after) > 1 else None,
    )


def _distances(before: Sequence[GapRun], after: Sequence[GapRun]) -> tuple[list[float], list[float]]:
    """How far each pair's difference may lie below, and above, what it is."""
    below, above = [], []
    for a, b in zip(before, after, strict=True):
        r = _alike(a.replicates, b.replicates)
        below.append(_together(b.corrected, a.corrected, r))
        above.append(_together(a.corrected, b.corrected, r))
    return below, above


def _together(smaller: Interval, larger: Interval, r: float) -> float:
    """How much less one gap, and more another, may be at once; a gap that may be none is not better known for it.

    The estimate of such a gap is never below it, so its distance to 0 and the other's error add up as they are.
    """
    less, more = smaller.value - smaller.low, larger.high - larger.value
    if smaller.low <= 0:
        return less + more
    return math.sqrt(max(less**2 + more**2 - 2 * r * less * more, 0.0))


def _moved(a: GapRun, b: GapRun) -> np.ndarray:
    if a.replicates.shape != b.replicates.shape:
        raise ValueError(f"replicates {a.replicates.shape} before, {b.replicates.shape} after: measure both again")
    moved: np.ndarray = np.sqrt(b.replicates[0]) - np.sqrt(a.replicates[0])
    return moved


def _side(differences: np.ndarray, lengths: np.ndarray, moved: Sequence[np.ndarray], level: float) -> Spread:
    """One side's distances as a variance, with that of the seeds."""
    z = float(stats.norm.ppf((1 + level) / 2))
    deviations, seeds = lengths / z, len(lengths)
    if seeds == 1:
        return Spread(float(differences[0]), float(deviations[0] ** 2), math.inf)
    covariances = np.outer(deviations, deviations)
    covariances *= [[_correlation(a, b) if a is not b else 1.0 for b in moved] for a in moved]
    own, shared = covariances.trace() / seeds, (covariances.sum() - covariances.trace()) / (seeds * (seeds - 1))
    images = (covariances.sum() / seeds**2, math.inf)
    over_seeds = (float(differences.var(ddof=1)) / seeds, seeds - 1.0)
    return combined(float(differences.mean()), images, over_seeds, max(own - shared, 0.0) / seeds)


def _alike(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two runs' squared gaps over samples of images, from (2, B) replicates.

    A resample varies about the sample's gap, which noise has made longer: ``4·ŵ_a'Vŵ_b + 2·tr VV'`` where a sample
    varies about the population's, ``4·w_a'Vw_b + 2·tr VV'``; on average the first exceeds the second by ``4·tr VV'``,
    twice the covariance of ``‖w* − w‖²``.
    """
    around, noise = np.cov(a[0], b[0]), np.cov(a[1], b[1])
    covariance, variances = around - 2 * noise, np.maximum(np.diag(around - 2 * noise), np.diag(noise))
    if (variances <= 1e-24).any():
        return 0.0
    return float(np.clip(covariance[0, 1] / math.sqrt(variances[0] * variances[1]), -1, 1))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; 0 where one of them does not vary."""
    if np.ptp(a) <= 1e-12 or np.ptp(b) <= 1e-12:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _quantile(side: Spread, level: float) -> float:
    return float(stats.t.ppf((1 + level) / 2, side.df))
