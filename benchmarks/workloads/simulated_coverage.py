"""How often intervals hold the truth: samples drawn again and again from populations that are known."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch

from mmgap import spaces
from mmgap.core.progress import progress_bar
from mmgap.datasets import Dataset
from mmgap.encoders.base import Vectors
from mmgap.evaluation.cross_fitting import CrossFitted
from mmgap.evaluation.hub_values import hub_values
from mmgap.evaluation.score_record import record_vectors
from mmgap.evaluation.space_record import recall_intervals
from mmgap.metrics.cosine_counts import cosine_counts
from mmgap.metrics.hubness import found_places
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import DIRECTIONS, hits, pool_hits
from mmgap.rows.recorder import Recorder
from mmgap.rows.row import MetricDict
from mmgap.stats import (
    Clusters,
    GapRun,
    Interval,
    Kernels,
    contrast,
    flip_p_value,
    gap_change,
    gap_replicates,
    gap_sums,
    mean_interval,
    share_interval,
    uniformity_interval,
)
from mmgap.stats.gap_moments import GapMoments
from mmgap.stats.thresholds import CosineThresholds, cosine_thresholds

from .populations import Cones, cluster_labels

#: Vectors that stand for a population, as numbers of elements.
POPULATION = 1 << 26

#: Pairs that stand for a population where all images meet all texts.
PAIRS = 6000


def covered(intervals: list[tuple[float, float]], truth: float) -> float:
    """Share of the intervals that hold the truth."""
    ends = np.array(intervals)
    return float(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean())


def space_coverage(cones: Cones, n: int, samples: int, seed: int = 0) -> dict[str, float]:
    """Coverage of the intervals of a measured space, and how often sign flips find a gap.

    The truth of gap and misalignment is that of a large sample; of uniformity and recalls, which depend on n, the
    logarithm of the mean kernel, and the mean share, over all samples of n. Pools hold 90 images, or half of them.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, list[Interval]] = {}
    kernels, rejected = [], 0
    for _ in progress_bar(range(samples), desc="samples"):
        x, y, labels = cones.draw(rng, n)
        sums, clusters = gap_sums(x, y, clusters=labels)
        low, high = GapMoments.of(sums, clusters).ends()
        rejected += flip_p_value(sums, flips=199, seed=int(rng.integers(1 << 31))) <= 0.05
        squared = np.square(x - y).sum(axis=1)
        both = [_kernel(v) for v in (x, y)]
        modalities = [Kernels(k.sum(axis=1), np.full(n, n - 1)) for k in both]
        kernels.append([k.mean for k in modalities])
        pairs = None if cones.shared else np.mean([k / m.mean for k, m in zip(both, modalities, strict=True)], axis=0)
        of_space = {
            "gap": Interval(0.0, low, high, 0.95, n, "gap"),
            "misalignment": mean_interval(squared, clusters=labels, limits=(0, 4)),
            "uniformity": uniformity_interval(
                modalities, clusters=labels, pairs=None if pairs is None else pairs[_above_diagonal(n)]
            ),
            **_recalls(x, y, labels),
        }
        for name, interval in of_space.items():
            found.setdefault(name, []).append(interval)
    x, y, _ = cones.draw(rng, POPULATION // cones.d)
    truth = {name: float(np.mean([one.value for one in ends])) for name, ends in found.items()} | {
        "gap": float(np.linalg.norm((x - y).mean(axis=0))),
        "misalignment": float(np.square(x - y).sum(axis=1).mean()),
        "uniformity": float(np.log(np.mean(kernels, axis=0)).mean()),
    }
    return {name: covered([_ends(one) for one in ends], truth[name]) for name, ends in found.items()} | {
        "gap_p_below_5": rejected / samples,
        "true_gap": truth["gap"],
        "floor": float((np.square(x - y).sum(axis=1).mean() / n) ** 0.5),
    }


def halves_coverage(cones: Cones, n: int, samples: int, seed: int = 0) -> dict[str, float]:
    """Coverage of the intervals of a space that is fitted on one half of n pairs and measured on the other, both ways.

    The truth is the mean over all samples: what the space fitted on n/2 pairs gives on n/2 others.
    """
    rng, found = np.random.default_rng(seed), {"gap_corrected": [], "uniformity": [], "t2i_r1": [], "i2t_r1": []}
    space = CrossFitted(spaces.parse("shift:0.5"))
    for _ in progress_bar(range(samples), desc="samples"):
        x, y, _ = cones.draw(rng, n)
        ids = tuple(map(str, range(n)))
        dataset = Dataset("cones", "test", "", ids, ids, ids, np.arange(n), vectors=(x, y))
        record = Recorder()
        record_vectors(record, space.of(Vectors(x, y), dataset), dataset)
        for name, ends in found.items():
            ends.append([record.metrics[name][key] for key in ("value", "ci_low", "ci_high")])
    return {
        name: covered([(low, high) for _, low, high in ends], float(np.mean([value for value, _, _ in ends])))
        for name, ends in found.items()
    }


def hubness_coverage(cones: Cones, n: int, samples: int, seed: int = 0) -> dict[str, float]:
    """Coverage of the intervals of hubness both ways; the truth is the mean over all samples of n."""
    rng, found = np.random.default_rng(seed), {f"hubness_{way}": [] for way in DIRECTIONS}
    for _ in progress_bar(range(samples), desc="samples"):
        x, y, labels = cones.draw(rng, n)
        for way in DIRECTIONS:
            name = f"hubness_{way}"
            found[name].append(hub_values(found_places(x, y, direction=way), (labels, labels), way).intervals[name])
    truth = {name: float(np.mean([one.value for one in ends])) for name, ends in found.items()}
    held = {name: covered([_ends(one) for one in ends], truth[name]) for name, ends in found.items()}
    return held | {f"true_{name}": value for name, value in truth.items()}


def threshold_coverage(cones: Cones, n: int, pool: int, samples: int, seed: int = 0) -> dict[str, float]:
    """Coverage of recall, false alarms and precision at the population's best threshold, and of that threshold.

    The truth is that of `PAIRS` pairs, one of ``pool`` pairs being a match.
    """
    rng, held = np.random.default_rng(seed), dict.fromkeys(("recall", "false_alarms", "precision", "cut"), 0)
    whole = _thresholds(cones, rng, PAIRS, pool)
    best = whole.cut(draws=2).value
    for _ in progress_bar(range(samples), desc="samples"):
        found = _thresholds(cones, rng, n, pool)
        told, cut = found.at(best), found.cut(seed=int(rng.integers(1 << 31)))
        true = whole.at(told.cosine)
        held["recall"] += told.recall.low <= true.recall.value <= told.recall.high
        held["false_alarms"] += told.false_alarms.low <= true.false_alarms.value <= told.false_alarms.high
        held["precision"] += told.precision is None or told.precision.low <= true.precision.value <= told.precision.high
        held["cut"] += cut.low <= best <= cut.high
    return {name: count / samples for name, count in held.items()} | {"true_cut": best}


def _thresholds(cones: Cones, rng: np.random.Generator, n: int, pool: int) -> CosineThresholds:
    x, y, labels = cones.draw(rng, n)
    relation = relevance_of((labels, labels), n, n, np.arange(n)) if cones.shared else relevance_of(None, n, n)
    measured = cross(torch.from_numpy(x), torch.from_numpy(y), relation)
    return cosine_thresholds(cosine_counts(measured), labels, pool=pool)


def _recalls(x: np.ndarray, y: np.ndarray, labels: np.ndarray) -> dict[str, Interval]:
    """Intervals of R@1 both ways and R@5 with shared captions relevant; of R@1 by own pairs, also in pools."""
    n, images, texts = len(x), torch.from_numpy(x), torch.from_numpy(y)
    pool = min(90, n // 2)
    own = cross(images, texts, relevance_of(None, n, n))
    shared = labels[-1] + 1 < n
    anyhow = cross(images, texts, relevance_of((labels, labels), n, n, np.arange(n))) if shared else own
    full = {"t2i_r1": hits(anyhow.t2i, 1), "i2t_r1": hits(anyhow.i2t, 1), "t2i_r5": hits(anyhow.t2i, 5)}
    of_own = {"t2i_r1": hits(own.t2i, 1), "t2i_r1_pool": pool_hits(own, "t2i", pool, (1,))[1]}
    by_own = recall_intervals(own, of_own, labels, pool).items()
    return recall_intervals(anyhow, full, labels, n) | {f"{name}_own": interval for name, interval in by_own}


@lru_cache
def _above_diagonal(n: int) -> np.ndarray:
    """(n, n) bool, each pair once."""
    return np.triu(np.ones((n, n), dtype=bool), 1)


def share_coverage(n: int, shared: bool, likeness: float, samples: int, seed: int = 0) -> dict[str, float]:
    """Mean and least coverage of a share over p in steps of 0.01; clusters alike in a ``likeness`` of their answers."""
    rng, found = np.random.default_rng(seed), []
    for p in progress_bar(np.arange(0.01, 1, 0.01), desc="p"):
        ends = []
        for _ in range(samples):
            labels = cluster_labels(rng, n, shared)
            same = rng.random(n) < likeness
            hit = np.where(same, rng.random(n)[labels], rng.random(n)) < p
            ends.append(_ends(share_interval(hit, clusters=labels)))
        found.append(covered(ends, p))
    return {"mean": float(np.mean(found)), "least": float(np.min(found))}


def contrast_coverage(
    seeds: int, n: int, shared: bool, sources: tuple[float, float, float], samples: int, seed: int = 0
) -> dict[str, float]:
    """Coverage of a contrast of shares of hits, and how often a true null is rejected.

    Args:
        sources: sizes of the effects of image, of seed, and of both together, on the score behind a hit.
    """
    rng = np.random.default_rng(seed)
    image, run, both = sources
    ends: list[tuple[float, float]] = []
    rejected = 0
    for _ in progress_bar(range(samples), desc="samples"):
        labels = cluster_labels(rng, n, shared)
        before, after = (
            image * (0.8 * rng.normal(size=n)[labels] + 0.6 * rng.normal(size=n))
            + run * rng.normal(size=(seeds, 1))
            + both * rng.normal(size=(seeds, n))
            for _ in range(2)
        )
        found = contrast(before > 0.3, after > 0.3, clusters=labels, shares=True, seed=int(rng.integers(1 << 31)))
        ends.append(_ends(found.difference))
        rejected += found.p_value <= 0.05
    return {"coverage": covered(ends, 0.0), "rejected": rejected / samples}


def gap_change_coverage(
    gaps: tuple[float, float], d: int, n: int, shared: bool, seeds: int, samples: int, seed: int = 0
) -> dict[str, float]:
    """Coverage of a change of the gap, and how often its p is at most 5 %; several seeds move each gap by 0.02."""
    ends: list[tuple[float, float]] = []
    rejected = 0
    for runs in _gap_runs(gaps, d, n, shared, seeds, samples, seed):
        found = gap_change([run[0] for run in runs], [run[1] for run in runs])
        ends.append(_ends(found.difference))
        rejected += found.p_value <= 0.05
    return {"coverage": covered(ends, gaps[1] - gaps[0]), "rejected": rejected / samples}


def gap_closed_coverage(
    gaps: tuple[float, float], d: int, n: int, shared: bool, seeds: int, samples: int, seed: int = 0
) -> dict[str, float]:
    """Coverage of the share of the gap closed, from the runs of `gap_change_coverage`, and how often it is told."""
    from mmgap.analysis.estimates import estimate
    from mmgap.analysis.gap_closed import gap_closed
    from mmgap.analysis.loss_contrasts import plain

    ends: list[tuple[float, float]] = []
    for runs in _gap_runs(gaps, d, n, shared, seeds, samples, seed):
        change = plain(gap_change([run[0] for run in runs], [run[1] for run in runs]))
        before, after = (estimate([_metric(run[side].corrected) for run in runs]) for side in (0, 1))
        if share := gap_closed(before, after, change):
            ends.append((share.low, share.high))
    return {"coverage": covered(ends, 1 - gaps[1] / gaps[0]), "told": len(ends) / samples}


def _gap_runs(
    gaps: tuple[float, float], d: int, n: int, shared: bool, seeds: int, samples: int, seed: int
) -> Iterator[list[list[GapRun]]]:
    """Of each sample the runs before and after, by seed."""
    rng = np.random.default_rng(seed)
    scale = 0.8 / np.sqrt(np.arange(1, d + 1)) / np.sqrt((1 / np.arange(1, d + 1)).sum())
    moved = 0.02 if seeds > 1 and min(gaps) > 0.1 else 0.0
    for _ in progress_bar(range(samples), desc="samples"):
        labels = cluster_labels(rng, n, shared)

        def noise(labels: np.ndarray = labels) -> np.ndarray:
            return (0.7 * rng.normal(size=(n, d))[labels] + 0.7 * rng.normal(size=(n, d))) * scale

        common = noise()
        yield [
            [_run(0.8 * common + 0.6 * noise() + (gap + moved * rng.normal()) * np.eye(d)[0], labels) for gap in gaps]
            for _ in range(seeds)
        ]


def _metric(interval: Interval) -> MetricDict:
    """An interval as rows hold it."""
    return {
        "value": interval.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "n": interval.n,
        "unit": None,
        "higher_is_better": None,
    }


def _run(w: np.ndarray, labels: np.ndarray) -> GapRun:
    clusters = Clusters.of(labels, len(w))
    sums = clusters.sums(w)
    squared = (np.square(sums.sum(axis=0)).sum() - np.square(sums).sum()) / (
        clusters.n**2 - np.square(clusters.sizes).sum()
    )
    low, high = GapMoments.of(sums, clusters).ends()
    corrected = Interval(float(max(squared, 0.0)) ** 0.5, low, high, 0.95, clusters.count, "simulated")
    return GapRun(corrected, gap_replicates(sums, clusters, draws=300))


def _kernel(v: np.ndarray) -> np.ndarray:
    k = np.exp(4 * (v @ v.T) - 4)  # unit rows: exp(−2‖a − b‖²)
    np.fill_diagonal(k, 0)
    return k


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high
