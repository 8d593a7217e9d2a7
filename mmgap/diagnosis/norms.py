"""``norms``: rows that are not of unit norm, or of two kinds of norm."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.finding import Finding, numbers, places
from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: A norm is 1 as far as this: rounding to bfloat16 or to 8 bits moves it by less.
NEAR = 0.01

#: Means of the logarithms of two groups of norms stand apart by so many of their standard deviations. Halves of a
#: normal distribution stand 2.7 apart, of a uniform one 3.5, of an exponential one 4 or so; so many never by chance.
APART = 7.0


def norms(side: SurveyedRows, other: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where norms are of two kinds, or not 1."""
    lengths = side.norms[side.usable]
    if not len(lengths):
        return
    odd = two_norms(side)
    if len(odd):
        rest = np.setdiff1d(side.usable_rows, odd)
        yield Finding(
            "norms",
            "severe",
            Message(
                "{side}: norms are of two kinds, {few} around {a} ({rows}) and {many} around {b}. Some rows were"
                " scaled or normalised and others not: normalise all of them, or encode them in one way.",
                side=side.name,
                few=len(odd),
                a=f"{np.median(side.norms[odd]):.4g}",
                many=len(rest),
                b=f"{np.median(side.norms[rest]):.4g}",
                rows=places(odd),
            ),
            numbers(odd),
        )
        return
    off = np.abs(lengths - 1) > NEAR
    if not off.any():
        return
    theirs = other.norms[other.usable]
    alone = len(theirs) > 0 and bool((np.abs(theirs - 1) <= NEAR).all())
    yield Finding(
        "norms",
        "warning" if alone or _constant(lengths) else "note",
        Message(
            "{side}: norms are not 1 but {low} to {high} (median {middle}). mmgap divides every row by its norm; a"
            " search by dot products does not: divide the rows by their norms first.",
            side=side.name,
            low=f"{lengths.min():.4g}",
            high=f"{lengths.max():.4g}",
            middle=f"{np.median(lengths):.4g}",
        ),
    )


def two_norms(side: SurveyedRows) -> np.ndarray:
    """Return the rows of the smaller of two groups of norms; none where there is one group.

    Norms that are all but constant have a second group in every row that is off by more than `NEAR`. Otherwise two
    means of the logarithms (Lloyd's algorithm) have to stand `APART` (Ashman's D), with at least 3 rows and 1 % in each
    group.
    """
    rows, lengths = side.usable_rows, side.norms[side.usable]
    if len(rows) < 8:
        return rows[:0]
    middle = np.median(lengths)
    off = np.abs(lengths / middle - 1) > NEAR
    if off.mean() < 0.5 and _constant(lengths[~off]) and np.quantile(np.abs(lengths / middle - 1), 0.5) < NEAR / 4:
        return rows[off]
    logs = np.log(lengths)
    low, high = logs.min(), logs.max()
    upper = logs > (low + high) / 2
    for _ in range(30):
        if upper.all() or not upper.any():
            return rows[:0]
        low, high = logs[~upper].mean(), logs[upper].mean()
        moved = logs > (low + high) / 2
        if (moved == upper).all():
            break
        upper = moved
    fewer = upper if upper.sum() <= len(rows) / 2 else ~upper
    spread = np.sqrt((logs[upper].var() + logs[~upper].var()) / 2)
    apart = high - low > max(APART * spread, NEAR)
    return rows[fewer] if apart and fewer.sum() >= max(3, 0.01 * len(rows)) else rows[:0]


def _constant(lengths: np.ndarray) -> bool:
    """Whether norms were made equal: those of raw vectors differ by more."""
    return len(lengths) > 0 and float(np.ptp(lengths) / lengths.mean()) < 2 * NEAR
