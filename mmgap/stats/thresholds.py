"""What a threshold on cosines tells: matches kept, false alarms, how many of the kept are right, and the best cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from mmgap.metrics.cosine_counts import CosineCounts
from mmgap.stats.clusters import Clusters
from mmgap.stats.interval import Interval, check_level
from mmgap.stats.shares import clopper_pearson, share_interval

#: Fewer false alarms than this say little of how they come in heaps: the heaps of a lower threshold are taken.
FEW = 20

#: Of the normal kernels: half of Silverman's 0.9, which leaves the cut too high (simulated with 100 pairs).
KERNEL = 0.45

#: F1 that differ by the share of so many units are alike: of 20 units 3 cover 90 %, 1 covers 81 to 88 %.
ALIKE = 3

#: Resampled sets behind the interval of a cut.
DRAWS = 400


@dataclass(frozen=True)
class Threshold:
    """What a pair whose cosine is at least ``cosine`` is.

    Attributes:
        cosine: the threshold.
        recall: share of the matched pairs that reach it.
        false_alarms: share of the unmatched pairs that reach it.
        precision: share of matches among all that reach it, where one pair in ``pool`` is a match; None where nothing
            reaches it.
    """

    cosine: float
    recall: Interval
    false_alarms: Interval
    precision: Interval | None

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision; 0 where nothing reaches it."""
        if self.precision is None or self.precision.value + self.recall.value == 0:
            return 0.0
        return 2 * self.precision.value * self.recall.value / (self.precision.value + self.recall.value)


@dataclass(frozen=True, eq=False)
class CosineThresholds:
    """The cosines of a set as thresholds see them.

    Attributes:
        counts: unmatched cosines by image, text and bin, and the matched ones.
        of_image, of_text: (N,) and (M,) the independent unit (images that share a caption) of each, 0 … G − 1.
        pool: one match stands among so many pairs, at least 2.
    """

    counts: CosineCounts
    of_image: np.ndarray
    of_text: np.ndarray
    pool: int

    @cached_property
    def _alarms(self) -> tuple[np.ndarray, np.ndarray]:
        """(G, B + 1) unmatched cosines of each unit that are at least each edge, half by its images, half by its texts;
        and (G,) of all."""
        images, texts = Clusters.of(self.of_image, len(self.of_image)), Clusters.of(self.of_text, len(self.of_text))
        sums = (images.sums(self.counts.of_image) + texts.sums(self.counts.of_text)) / 2
        reached = np.zeros((len(sums), sums.shape[1] + 1))
        reached[:, :-1] = sums[:, ::-1].cumsum(axis=1)[:, ::-1]
        return reached, reached[:, 0]

    def at(self, cosine: float, level: float = 0.95) -> Threshold:
        """Return what one threshold tells; it is put on the nearest edge of a bin.

        The share of false alarms is a mean over pairs of an image and a text, both of which come in units: its variance
        is that of the sum of what a unit's images and texts contribute (the projection of a U-statistic), its interval
        Clopper and Pearson's at the independent pairs that this variance amounts to. Precision is ``1/(1 + (pool −
        1)·F/R)``; the ends of ``F/R`` follow from those of both (MOVER of the logarithms, Zou & Donner 2008).

        >>> import torch
        >>> from mmgap.metrics.cosine_counts import cosine_counts
        >>> from mmgap.metrics.pass_cross import cross
        >>> from mmgap.metrics.relevance import relevance_of
        >>> x = torch.eye(30, dtype=torch.float64)
        >>> found = cosine_thresholds(cosine_counts(cross(x, x, relevance_of(None, 30, 30))), np.arange(30), pool=30)
        >>> told = found.at(0.5)
        >>> told.recall.value, told.false_alarms.value, told.precision.value
        (1.0, 0.0, 1.0)
        """
        check_level(level)
        place = self.counts.place(cosine)
        edge = float(self.counts.edges[place])
        recall = share_interval(self.counts.matched >= edge - 1e-9, clusters=self.of_text, level=level)
        alarms = self._false_alarms(place, level)
        return Threshold(edge, recall, alarms, precision_interval(recall, alarms, self.pool))

    def cut(self, *, level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Interval:
        """Return the threshold of the best F1 at this prevalence, with its interval.

        Both distributions are smoothed by a normal kernel (Silverman's width), because the best threshold of a step
        function jumps; the ends are quantiles over sets of resampled units, the false alarms by their projection, as
        much wider as Student's t is than the normal distribution, and as resampled units spread too little. Where
        cosines separate matches from others nearly, the extreme pairs decide, of which no resampling knows: the
        interval holds all thresholds whose F1, not smoothed, is within the share of `ALIKE` units of the best.
        """
        check_level(level)
        edges, (reached, pairs) = self.counts.edges, self._alarms
        groups = Clusters.of(self.of_text, len(self.of_text)).sizes
        matched = self._smooth_matched()
        width = self._width_unmatched(int(self.counts.of_image.sum()))
        weights = np.random.default_rng(seed).multinomial(
            len(groups), np.full(len(groups), 1 / len(groups)), size=draws
        )
        drawn = weights.astype(np.float64)
        drawn = np.vstack([np.ones(len(groups)), drawn])  # the set itself comes first
        recall = drawn @ matched / np.maximum(drawn @ groups, 1)[:, None]
        twice = 2 * drawn - 1  # a pair of units w_g·w_h is, to the first order, w_g + w_h − 1
        share = np.maximum(twice @ reached, 0) / np.maximum(twice @ pairs, 1)[:, None]
        best = edges[self._best(recall, _smoothed(share, self.counts.step, width))]
        tail, value = (1 - level) / 2, float(best[0])
        below, middle, above = np.quantile(best[1:], [tail, 0.5, 1 - tail])
        wider = _few_units(len(groups), level)
        ends = middle - wider * (middle - below), middle + wider * (above - middle)
        alike = edges[self._alike(len(groups))]
        low, high = min(ends[0], alike.min(), value), max(ends[1], alike.max(), value)
        low = edges[max(int(np.searchsorted(edges, low + 1e-9)) - 1, 0)]  # outwards, to an edge
        high = edges[min(int(np.searchsorted(edges, high - 1e-9)), len(edges) - 1)]
        return Interval(value, float(low), float(high), level, len(groups), "resampled units, smoothed")

    def _best(self, recall: np.ndarray, alarms: np.ndarray) -> np.ndarray:
        """The edge of the largest F1 in each row."""
        return np.asarray(self._f1(recall, alarms).argmax(axis=1))

    def _alike(self, units: int) -> np.ndarray:
        """Edges whose F1 is within the share of `ALIKE` units of the best."""
        reached, pairs = self._alarms
        recall = 1 - np.searchsorted(np.sort(self.counts.matched), self.counts.edges - 1e-9) / len(self.counts.matched)
        found = self._f1(recall, reached.sum(axis=0) / pairs.sum())
        return np.flatnonzero(found >= found.max() * (1 - ALIKE / units))

    def _f1(self, recall: np.ndarray, alarms: np.ndarray) -> np.ndarray:
        found: np.ndarray = 2 * recall / (recall + 1 + (self.pool - 1) * alarms)
        return found

    def _false_alarms(self, place: int, level: float) -> Interval:
        reached, pairs = self._alarms
        total = float(pairs.sum())
        share = float(reached[:, place].sum()) / total
        while place and reached[:, place].sum() < FEW:
            place -= 1
        heaps = float(reached[:, place].sum()) / total
        if not 0 < heaps < 1:
            effective = float(len(self.of_image))
        else:
            units = len(pairs)
            projected = 2 * (reached[:, place] - heaps * pairs) / total
            variance = float(np.square(projected).sum()) * units / (units - 1)
            effective = min(total, heaps * (1 - heaps) / max(variance, 1e-300))
        low, high = clopper_pearson(share, effective, level)
        return Interval(share, low, high, level, len(pairs), "Clopper–Pearson over pairs of clusters")

    def _smooth_matched(self) -> np.ndarray:
        """(G, B + 1) expected matched pairs of each unit that reach each edge."""
        matched, edges = self.counts.matched, self.counts.edges
        width = max(silverman(matched, len(matched)), self.counts.step / 2)
        return Clusters.of(self.of_text, len(matched)).sums(special.ndtr((matched[:, None] - edges) / width))

    def _width_unmatched(self, n: int) -> float:
        """In bins' own unit."""
        counts = self.counts.of_image.sum(axis=0).astype(np.float64)
        middles = self.counts.edges[:-1] + self.counts.step / 2
        mean = float(counts @ middles / counts.sum())
        sd = math.sqrt(float(counts @ np.square(middles - mean)) / counts.sum())
        return float(KERNEL * sd * n**-0.2)


def cosine_thresholds(
    counts: CosineCounts,
    clusters: ArrayLike,
    *,
    pool: int,
    owner: ArrayLike | None = None,
) -> CosineThresholds:
    """Return the thresholds of a set.

    Args:
        counts: of `mmgap.metrics.cosine_counts.cosine_counts`.
        clusters: (N,) label of the independent unit of each image.
        pool: one match stands among so many pairs: a query's prevalence is 1 : pool − 1.
        owner: (M,) image of each text; row i belongs to image i where nobody says.

    Raises:
        ValueError: a pool below 2, a single unit, lengths that do not fit.
    """
    labels = np.unique(np.asarray(clusters), return_inverse=True)[1]
    of_text = np.arange(len(counts.of_text)) if owner is None else np.asarray(owner)
    if pool < 2:
        raise ValueError(f"one match stands among at least 2 pairs, got a pool of {pool}")
    if len(labels) != len(counts.of_image) or len(of_text) != len(counts.of_text):
        raise ValueError(
            f"{len(labels)} clusters and {len(of_text)} owners do not fit {len(counts.of_image)} images and"
            f" {len(counts.of_text)} texts"
        )
    if labels.max() < 1:
        raise ValueError(f"all {len(labels)} images belong to one cluster; an interval needs at least 2")
    return CosineThresholds(counts, labels, labels[of_text], pool)


def precision_interval(recall: Interval, alarms: Interval, pool: int) -> Interval | None:
    """Return the share of matches among the pairs that reach a threshold, ``1/(1 + (pool − 1)·F/R)``; None of none."""
    odds = pool - 1
    if recall.value == 0 and alarms.value == 0:
        return None
    value = recall.value / (recall.value + odds * alarms.value)
    if recall.value == 0 or alarms.value == 0:  # no logarithm: the ends of both together
        low = recall.low / (recall.low + odds * alarms.high) if alarms.high > 0 else 1.0
        high = recall.high / (recall.high + odds * alarms.low)
        return Interval(value, low, high, recall.level, recall.n, "ends of recall and false alarms")
    middle = math.log(odds * alarms.value / recall.value)
    up = math.hypot(_log_ratio(alarms.high, alarms.value), _log_ratio(recall.value, recall.low))
    down = math.hypot(_log_ratio(alarms.value, alarms.low), _log_ratio(recall.high, recall.value))
    low, high = float(special.expit(-middle - up)), float(special.expit(-middle + down))
    return Interval(value, low, high, recall.level, recall.n, "MOVER of logarithms")


def silverman(values: Sequence[float] | np.ndarray, n: int) -> float:
    """Return the width of a normal kernel, ``KERNEL·min(sd, IQR/1.34)·n^(−1/5)``; the sd alone where the IQR is 0."""
    sd, spread = float(np.std(values)), float(np.subtract(*np.quantile(values, [0.75, 0.25]))) / 1.34
    return float(KERNEL * (min(sd, spread) or sd) * n**-0.2)


def _smoothed(reached: np.ndarray, step: float, width: float) -> np.ndarray:
    """Shares that reach each edge, a row of edges each, spread by a normal kernel."""
    far = max(1, math.ceil(4 * width / step))
    kernel = np.exp(-0.5 * np.square(np.arange(-far, far + 1) * step / max(width, step / 4)))
    kernel /= kernel.sum()
    padded = np.pad(reached, ((0, 0), (far, far)), mode="edge")
    parts = [padded[:, shift : shift + reached.shape[1]] * weight for shift, weight in enumerate(kernel)]
    return np.asarray(np.sum(parts, axis=0))


def _few_units(units: int, level: float) -> float:
    """How much wider quantiles over resampled units have to be: 1.1 of 20 units, 1 of many."""
    t, z = (float(one.ppf((1 + level) / 2)) for one in (stats.t(units - 1), stats.norm))
    return t / z * math.sqrt(units / (units - 1))


def _log_ratio(large: float, small: float) -> float:
    return math.inf if small <= 0 else math.log(large / small)
