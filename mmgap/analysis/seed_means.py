"""One metric over the seeds of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmgap.rows.row import MetricDict


@dataclass(frozen=True)
class SeedMean:
    """One metric of one cell over all of its seeds.

    Attributes:
        mean: of the seeds, or the value of one.
        sd: None for one seed.
        low, high: the 95 % interval of one seed's value; None of several, and where none was estimated.
        unit: as the row has it.
        floor: the least p that a test can give.
    """

    mean: float
    sd: float | None
    low: float | None
    high: float | None
    unit: str | None
    floor: float = 0.0


def over_seeds(metrics: Sequence[MetricDict | None]) -> SeedMean | None:
    """Return the mean and standard deviation over seeds, or one seed's value with its interval; None where all lack it.

    Of p-values the largest is taken: a mean of them is none.
    """
    found = [metric for metric in metrics if metric is not None]
    if not found:
        return None
    values = [metric["value"] for metric in found]
    if found[0]["unit"] == "p":  # of several seeds the largest: a mean of p-values is none
        return SeedMean(max(values), None, None, None, "p", 1 / (1 + (found[0]["n"] or 0)))
    if len(found) > 1:
        from statistics import fmean, stdev  # exact, by fractions, whose modules one seed's values need not load

        return SeedMean(fmean(values), stdev(values), None, None, found[0]["unit"])
    return SeedMean(values[0], None, found[0]["ci_low"], found[0]["ci_high"], found[0]["unit"])
