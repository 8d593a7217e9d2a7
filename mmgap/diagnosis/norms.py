"""``norms``: rows that are not of unit norm, or of two kinds of norm."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.chosen_rows import ChosenRows
from mmgap.diagnosis.finding import Finding, numbers, places
from mmgap.diagnosis.middle_value import middle_value
from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: A norm is 1 as far as this: rounding to bfloat16 or to 8 bits moves it by less.
NEAR = 0.01

#: Means of the logarithms of two groups of norms stand apart by so many of their standard deviations. Halves of a
#: normal distribution stand 2.7 apart, of a uniform one 3.5, of an exponential one 4 or so; so many never by chance.
APART = 7.0


def norms(side: SurveyedRows, other: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where norms are of two kinds, or not 1."""
    rows = side.usable_rows
    if not len(rows):
        return
    odd = two_norms(side)
    if len(odd):
        rest = rows.without(odd)
        yield Finding(
            "norms",
            "severe",
            Message(
                "{side}: norms are of two kinds, {few} around {a} ({rows}) and {many} around {b}. Some rows were"
                " scaled or normalised and others not: normalise all of them, or encode them in one way.",
                side=side.name,
                few=len(odd),
                a=f"{middle_norm(side, odd):.4g}",
                many=len(rest),
                b=f"{middle_norm(side, rest):.4g}",
                rows=places(odd),
            ),
            numbers(odd),
        )
        return
    low, high, mean = _extent(side.lengths(rows))
    if max(abs(low - 1), abs(high - 1)) <= NEAR:
        return
    near, far, _ = _extent(other.lengths(other.usable_rows))
    alone = len(other.usable_rows) > 0 and max(abs(near - 1), abs(far - 1)) <= NEAR
    yield Finding(
        "norms",
        "warning" if alone or _constant(low, high, mean) else "note",
        Message(
            "{side}: norms are not 1 but {low} to {high} (median {middle}). mmgap divides every row by its norm; a"
            " search by dot products does not: divide the rows by their norms first.",
            side=side.name,
            low=f"{low:.4g}",
            high=f"{high:.4g}",
            middle=f"{middle_norm(side, rows):.4g}",
        ),
    )


def two_norms(side: SurveyedRows) -> ChosenRows:
    """Return the rows of the smaller of two groups of norms; none where there is one group.

    Norms that are all but constant have a second group in every row that is off by more than `NEAR`. Otherwise two
    means of the logarithms (Lloyd's algorithm) have to stand `APART` (Ashman's D), with at least 3 rows and 1 % in each
    group.
    """
    rows = side.usable_rows
    none = ChosenRows(0, lambda some: np.zeros(0, dtype=bool))
    if len(rows) < 8:
        return none
    middle = middle_norm(side, rows)
    off = _of_norms(side, lambda lengths: np.abs(lengths / middle - 1) > NEAR)
    if len(off) < 0.5 * len(rows) and _constant(*_extent(side.lengths(rows.without(off)))):
        distance = middle_value(lambda: (np.abs(some / middle - 1) for some in side.lengths(rows)), len(rows))
        if distance < NEAR / 4:
            return off
    low, high, _ = _extent(side.lengths(rows))
    groups = _Halves(side, rows, (math.log(low) + math.log(high)) / 2)
    for _ in range(30):
        if not groups.both:
            return none
        moved = _Halves(side, rows, sum(groups.means) / 2)
        if moved.counts == groups.counts:
            break
        groups = moved
    if not groups.both:
        return none
    fewer, spread = min(groups.counts), math.sqrt(sum(groups.variances) / 2)
    apart = groups.means[1] - groups.means[0] > max(APART * spread, NEAR)
    return groups.smaller() if apart and fewer >= max(3, 0.01 * len(rows)) else none


def middle_norm(side: SurveyedRows, rows: ChosenRows) -> float:
    """Return the median norm of some rows."""
    return middle_value(lambda: side.lengths(rows), len(rows))


class _Halves:
    """The logarithms of norms up to a limit, and above it: how many, and their means."""

    def __init__(self, side: SurveyedRows, rows: ChosenRows, limit: float) -> None:
        self.side, self.rows, self.limit = side, rows, limit
        counts, totals = np.zeros(2, dtype=np.int64), np.zeros(2)
        for logs in self._logs():
            counts += [len(some) for some in logs]
            totals += [some.sum() for some in logs]
        self.counts: list[int] = counts.tolist()
        self.means: list[float] = (totals / counts.clip(1)).tolist()

    def _logs(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for lengths in self.side.lengths(self.rows):
            logs = np.log(lengths)
            upper = logs > self.limit
            yield logs[~upper], logs[upper]

    @property
    def both(self) -> bool:
        """Whether neither is empty."""
        return min(self.counts) > 0

    @property
    def variances(self) -> list[float]:
        """Of both."""
        squares = np.zeros(2)
        for logs in self._logs():
            squares += [np.square(some - mean).sum() for some, mean in zip(logs, self.means, strict=True)]
        found: list[float] = (squares / self.counts).tolist()
        return found

    def smaller(self) -> ChosenRows:
        """The rows of the smaller one; of those above where both are of one size."""
        above = self.counts[1] <= self.counts[0]
        return _of_norms(self.side, lambda lengths: (np.log(lengths) > self.limit) == above)


def _of_norms(side: SurveyedRows, holds: Callable[[np.ndarray], np.ndarray]) -> ChosenRows:
    """The usable rows for whose norms something holds."""

    def chosen(some: slice) -> np.ndarray:
        usable = side.usable(some)
        usable[usable] = holds(side.norms[some][usable])
        return usable

    return ChosenRows(len(side), chosen)


def _extent(lengths: Iterator[np.ndarray]) -> tuple[float, float, float]:
    """The least and the largest of some norms, and their mean."""
    low, high, total, count = math.inf, 0.0, 0.0, 0
    for some in lengths:
        if len(some):
            low, high = min(low, float(some.min())), max(high, float(some.max()))
            total, count = total + float(some.sum()), count + len(some)
    return low, high, total / max(count, 1)


def _constant(low: float, high: float, mean: float) -> bool:
    """Whether norms were made equal: those of raw vectors differ by more; not where there are none."""
    return mean > 0 and (high - low) / mean < 2 * NEAR
