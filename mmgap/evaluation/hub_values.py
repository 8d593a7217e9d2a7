"""The hubs of scores: what a scorer's rows have of hubness, from vectors whose dot products are its scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap import stats
from mmgap.metrics.hubness import hub_metrics
from mmgap.metrics.nearest import Places
from mmgap.metrics.retrieval import Direction
from mmgap.stats import Interval


@dataclass(frozen=True)
class HubValues:
    """Of one direction.

    Attributes:
        metrics: ``hubness_…``, unless it is left out, and ``never_retrieved_…``.
        intervals: of ``hubness_…``, where there is one.
        omitted: why the hubness is left out.
        counts: N_k of each item, as rows keep it under ``neighbours_…``.
    """

    metrics: dict[str, float]
    intervals: dict[str, Interval]
    omitted: dict[str, str]
    counts: np.ndarray


def hub_values(
    found: Places, clusters: tuple[np.ndarray, np.ndarray], direction: Direction, seed: int = 0
) -> HubValues:
    """Return hubness with its interval, the share never retrieved and N_k of one direction.

    Args:
        found: who holds the first k places, of `mmgap.metrics.hubness.places_of` or ``found_places``.
        clusters: labels of images and of texts, equal ones being of one independent unit.
        direction: of the search, ``"t2i"`` or ``"i2t"``.
        seed: of the halves behind the interval.

    >>> import numpy as np
    >>> from mmgap.metrics.hubness import found_places
    >>> x = np.random.default_rng(0).normal(size=(60, 4))
    >>> found = hub_values(found_places(x, x, raw=True), (np.arange(60), np.arange(60)), "t2i")
    >>> sorted(found.metrics), list(found.intervals)
    (['hubness_t2i', 'never_retrieved_t2i'], ['hubness_t2i'])
    """
    metrics, omitted = hub_metrics({direction: found})
    of_sides = clusters if direction == "i2t" else clusters[::-1]
    interval = stats.hubness_interval(found, clusters=of_sides, seed=seed)
    intervals = {} if interval is None else {f"hubness_{direction}": interval}
    return HubValues(metrics, intervals, omitted, found.counts)
