"""The threshold card: what a cosine means where one pair in so many is a match, and where to cut."""

from __future__ import annotations

import numpy as np

from mmgap.card.card_parts import ThresholdPart
from mmgap.evaluation.measurement import Measurement
from mmgap.metrics.cosine_counts import cosine_counts, nice_step
from mmgap.stats.thresholds import cosine_thresholds

#: About so many thresholds are shown.
_SHOWN = 8


def threshold_part(measured: Measurement, pool: int, cosine: float, seed: int = 0) -> ThresholdPart:
    """Return what cosines tell of matches.

    Args:
        measured: a space whose owners are known, of at least two clusters.
        pool: one match stands among so many pairs, at least 2.
        cosine: that was asked for.
        seed: of the resampled sets behind the cut's interval.
    """
    relation = measured.relevance
    counts = cosine_counts(measured.cross)
    found = cosine_thresholds(counts, relation.clusters, pool=pool, owner=relation.known_owner)
    cut = found.cut(seed=seed)
    unmatched = counts.of_image.sum(axis=0)
    edges = counts.edges
    matched = np.bincount(
        np.clip(np.floor(counts.matched / counts.step).astype(np.int64) - counts.first, 0, len(unmatched) - 1),
        minlength=len(unmatched),
    )
    shown = _round_cosines(edges, matched, unmatched)
    return ThresholdPart(
        pool, found.at(cosine), tuple(map(found.at, shown)), cut, found.at(cut.value), edges, matched, unmatched
    )


def _round_cosines(edges: np.ndarray, matched: np.ndarray, unmatched: np.ndarray) -> list[float]:
    """Round numbers from where most unmatched pairs lie below to where few matched ones lie above."""
    low = edges[int(np.searchsorted(np.cumsum(unmatched), 0.5 * unmatched.sum()))]
    high = edges[int(np.searchsorted(np.cumsum(matched), 0.95 * matched.sum()))]
    step = nice_step(max(high - low, edges[1] - edges[0]) / _SHOWN)
    return [round(place * step, 10) for place in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
