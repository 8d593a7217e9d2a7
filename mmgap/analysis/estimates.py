"""One metric of one cell with an interval over images and seeds, and whether two of them can be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from mmgap.rows.row import MetricDict

#: Nominal coverage of the intervals of rows.
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds.

    Attributes:
        value: the mean.
        low, high: ends of its 95 % interval over images and seeds, over images alone for one seed; None where the rows
            have no interval.
        seeds: how many.
    """

    value: float
    low: float | None
    high: float | None
    seeds: int

    @property
    def below(self) -> float | None:
        """How far the truth may lie below the value."""
        return None if self.low is None else self.value - self.low

    @property
    def above(self) -> float | None:
        """How far the truth may lie above the value."""
        return None if self.high is None else self.high - self.value


def estimate(metrics: Sequence[MetricDict | None]) -> Estimate | None:
    """Return a metric's mean over seeds with its interval; None where a row lacks the metric.

    Each row's interval is over images. All seeds are measured on the same images, so its distances are averaged and do
    not shrink with the number of seeds S; the seeds add ``var/S`` with S − 1 degrees of freedom, and both variances
    are put together as `mmgap.stats.contrasts.combined` does. What images and seeds share is counted twice, so the
    interval errs on the wide side.

    Args:
        metrics: of one cell, one a seed.
    """
    found = [metric for metric in metrics if metric is not None]
    if not found or len(found) < len(metrics):
        return None
    values = [metric["value"] for metric in found]
    value = fmean(values)
    sides = []
    for end in ("ci_low", "ci_high"):
        ends = [(metric[end], metric["value"]) for metric in found]
        known = [abs(one - middle) for one, middle in ends if one is not None]
        sides.append(_distance(fmean(known), values) if len(known) == len(values) else None)
    below, above = sides
    return Estimate(
        value, None if below is None else value - below, None if above is None else value + above, len(values)
    )


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean of estimates that go up and down together: its interval is as wide as theirs on average.

    Where they do not, the mean is better known than that, so the interval holds at least as often as it says.
    """
    n = len(estimates)
    ends: list[float | None] = []
    for known in ([one.low for one in estimates], [one.high for one in estimates]):
        told = [end for end in known if end is not None]
        ends.append(sum(told) / n if len(told) == n else None)
    return Estimate(sum(one.value for one in estimates) / n, ends[0], ends[1], min(one.seeds for one in estimates))


def separable(a: Estimate, b: Estimate) -> bool:
    """Return whether the interval of the difference of two estimates leaves out 0.

    The interval puts both together as if they were independent (MOVER). Estimates on the same images go up and down
    together, so a paired interval would be narrower: what this tells apart is apart, and so is some that it does not.
    Without intervals nothing is told apart.
    """
    lower, higher = sorted((a, b), key=lambda one: one.value)
    if lower.above is None or higher.below is None:
        return False
    return higher.value - lower.value > math.hypot(lower.above, higher.below)


def _distance(images: float, values: Sequence[float]) -> float:
    """One side of the interval: that over images, and the spread over seeds, where there are several."""
    if len(values) == 1:
        return images
    from scipy import stats

    from mmgap.stats.contrasts import combined

    over_images = (images / float(stats.norm.ppf((1 + LEVEL) / 2))) ** 2
    found = combined(0.0, (over_images, math.inf), (variance(values) / len(values), len(values) - 1.0), 0.0)
    return float(stats.t.ppf((1 + LEVEL) / 2, found.df)) * math.sqrt(found.variance)
