"""What the best of several strengths of a space does, without the flattery of having picked it on the same queries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from mmgap.analysis.estimates import LEVEL, Estimate, mean_of
from mmgap.evaluation.item_arrays import Items
from mmgap.evaluation.vector_halves import halves
from mmgap.stats.contrasts import contrast

#: Correlation of two halves whose strengths were chosen on each other, at most: see `cross_fitted`.
TOGETHER = 0.36


def cross_fitted(strengths: Mapping[str, Items], against: Items, names: Sequence[str]) -> Estimate:
    """Return the change of R@1 at the best strength: chosen on one half of the queries, judged on the other.

    Clusters of images are divided in two (`mmgap.evaluation.vector_halves.halves`). On each half the strength with the
    highest mean of ``names`` is chosen, and the queries of the other half judge it; the two are averaged. Where no
    strength changes anything the mean of that is 0, while that of the best of all on its own queries is above it.

    The halves are not independent: where equals are chosen from, what lies highest on the one half lies low on the
    other, and both means go up and down together. Of K equally good and independent strengths their correlation is
    ``m²/(K − 1)``, m the mean of the largest of K standard normal variables: at most 0.36, at K = 3. It is taken as
    that; as if independent, the interval would hold 93 to 94 %.

    Args:
        strengths: of each its arrays: hits by name, as `mmgap.evaluation.item_arrays.SPACE_ARRAYS` says.
        against: the same of what it is set against, with ``cluster`` and ``owner``.
        names: of the hits; the change is their mean.

    Raises:
        ValueError: a single cluster in all or in a half, or arrays of different lengths.
    """
    cluster, owner = against["cluster"], against["owner"]

    def asked(name: str, images: np.ndarray) -> np.ndarray:
        """Where the queries of these images stand."""
        return np.flatnonzero(np.isin(owner, images)) if name.startswith("t2i") else images

    sides = []
    for fit, test in halves(cluster):
        found = []
        best = max(strengths.values(), key=lambda one: np.mean([one[name][asked(name, fit)].mean() for name in names]))
        for name in names:
            queries = asked(name, test)
            labels = (cluster[owner] if name.startswith("t2i") else cluster)[queries]
            change = contrast(against[name][queries], best[name][queries], clusters=labels, shares=True).difference
            found.append(Estimate(change.value, change.low, change.high, 1))
        sides.append(mean_of(found))
    return _together(*sides)


def _together(a: Estimate, b: Estimate) -> Estimate:
    """The mean of two estimates whose errors are correlated by `TOGETHER`."""
    value = (a.value + b.value) / 2
    distances = []
    for one, other in ((a.below, b.below), (a.above, b.above)):
        assert one is not None
        assert other is not None
        distances.append(math.sqrt(one**2 + other**2 + 2 * TOGETHER * one * other) / 2)
    return Estimate(value, value - distances[0], value + distances[1], 1)


def best_of(changes: Sequence[Estimate]) -> Estimate:
    """Return the best of several changes, with an interval for the best that there truly is.

    Each interval is widened so that all K hold together (Bonferroni: the level is 1 − 0.05/K); the highest lower and
    the highest upper end then hold the highest of the truths. It needs no arrays, and is wider than `cross_fitted`.

    >>> found = best_of([Estimate(0.1, 0.0, 0.2, 1), Estimate(0.0, -0.1, 0.1, 1)])
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.1, -0.014, 0.214)
    """
    wider = float(norm.ppf(1 - (1 - LEVEL) / 2 / len(changes)) / norm.ppf((1 + LEVEL) / 2))
    lows = [one.value - wider * one.below for one in changes if one.below is not None]
    highs = [one.value + wider * one.above for one in changes if one.above is not None]
    known = len(lows) == len(highs) == len(changes)
    return Estimate(max(one.value for one in changes), max(lows) if known else None, max(highs) if known else None, 1)


def line_choice(
    entries: Sequence[Mapping[str, Any]], arrays: Mapping[str, Items], as_is: Items, names: Sequence[str]
) -> dict[str, Any]:
    """Return ``change`` by the best strength of a line against the vectors as they are, and ``less_least``, by the best
    other one against that which leaves least of the gap: None where no strength closes any. Both `cross_fitted`.

    Args:
        entries: of the line, as `mmgap.analysis.space_changes.SpaceChanges` has them.
        arrays: of each of its spaces.
        as_is: those of the vectors as they are.
        names: of the hits.
    """
    found = {"change": _plain(cross_fitted(arrays, as_is, names)), "less_least": None}
    if (least := least_gap(entries)) is not None:
        others = {"": as_is, **{space: one for space, one in arrays.items() if space != least}}
        found["less_least"] = _plain(cross_fitted(others, arrays[least], names))
    return found


def least_gap(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the space that leaves least of the gap; None where none closes any of it."""
    closed = {one["space"]: one["gap_removed"]["value"] for one in entries if one["gap_removed"] is not None}
    least = max(closed, key=closed.__getitem__, default=None)
    return None if least is None or closed[least] <= 0 else least


def _plain(change: Estimate) -> dict[str, Any]:
    return {"difference": change.value, "low": change.low, "high": change.high}
