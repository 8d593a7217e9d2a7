"""``mixed_sources``: rows of several encoders, norms or precisions in one file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmgap.core.messages import Message
from mmgap.core.scratch_array import spans
from mmgap.diagnosis.chosen_rows import ChosenRows
from mmgap.diagnosis.finding import Finding, numbers, per_cent, ranges
from mmgap.diagnosis.grids import BYTES, FINE, HALF, SINGLE, grids
from mmgap.diagnosis.norms import middle_norm, two_norms
from mmgap.diagnosis.surveyed_rows import SurveyedRows
from mmgap.diagnosis.two_cones import two_cones

#: Rows whose precision is looked at.
_ROWS = 20000

#: Fewest rows of another precision, in number and as a share.
_LEAST = 3, 0.005

#: Rows follow each other in at most so many runs where files were put together.
_RUNS = 3


def mixed_precisions(side: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where some rows were rounded to half precision, or to 8 bits, and others were not.

    A row of 8 numbers that were never rounded lies on such a grid with a chance below 1e-20, so three rows are enough.
    """
    rows = side.usable_rows.evenly(_ROWS)
    if not len(rows):
        return
    found = np.concatenate(
        [grids(np.asarray(side.vectors[some])) for some in np.array_split(rows, len(rows) // 2048 + 1)]
    )
    least = max(_LEAST[0], _LEAST[1] * len(rows))
    there = [grid for grid in (FINE, SINGLE, HALF, BYTES) if (found == grid).sum() >= least]
    if len(there) < 2:
        return
    called = {
        FINE: Message("full precision"),
        SINGLE: Message("float32"),
        HALF: Message("half precision"),
        BYTES: Message("8 bits"),
    }
    coarsest = there[-1]
    odd = rows[found == (coarsest if (found == coarsest).mean() < 0.5 else there[0])]
    yield Finding(
        "mixed_sources",
        "warning",
        Message(
            "{side}: rows are of several precisions, {few} of {all} that were looked at in {coarse} and the others in"
            " {fine} (rows {rows} stand apart). Files of two runs were put together: encode all items in one way.",
            side=side.name,
            few=int((found == coarsest).sum()),
            all=len(rows),
            coarse=called[coarsest],
            fine=called[there[0]],
            rows=ranges(odd),
        ),
        numbers(odd),
    )


def mixed_norms(side: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where the rows of another norm (`mmgap.diagnosis.norms`) stand together."""
    odd = two_norms(side)
    if len(odd) >= _LEAST[0] and _runs_among(odd, side.usable_rows) <= _RUNS:
        yield _put_together(
            side,
            odd,
            Message(
                "norms of {a} against {b}",
                a=f"{middle_norm(side, odd):.4g}",
                b=f"{middle_norm(side, side.usable_rows.without(odd)):.4g}",
            ),
        )


def mixed_cones(side: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where rows form two cones that have nothing in common and stand together in the file.

    See `mmgap.diagnosis.two_cones`. Two kinds of items make two groups, too, but within the cone of their encoder.
    """
    found = two_cones(side)
    if found is None:
        return
    looked_at, smaller, within, across = found
    rows = looked_at[smaller]
    if runs_of(smaller) <= _RUNS:
        yield _put_together(
            side,
            rows,
            Message(
                "a mean cosine of {within} within both groups and {across} between them",
                within=f"{within:.2f}",
                across=f"{across:.2f}",
            ),
        )


def mixed_run(side: SurveyedRows, rows: np.ndarray, inside: float, outside: float) -> Finding:
    """Return the finding of rows whose pairs do not match and which lie along other directions than all others."""
    return _put_together(
        side,
        rows,
        Message(
            "they lie along other directions, and own pairs beat {inside} of their rivals against {outside} elsewhere",
            inside=per_cent(inside),
            outside=per_cent(outside),
        ),
    )


def runs_of(marks: np.ndarray) -> int:
    """Return in how many runs the marks stand that differ from each other.

    >>> runs_of(np.array([0, 0, 1, 1, 0]))
    3
    """
    return int(1 + (np.diff(marks.astype(np.int8)) != 0).sum())


def _runs_among(odd: ChosenRows, rows: ChosenRows) -> int:
    """In how many runs odd rows and others stand among some rows; counting ends where there are too many."""
    runs, last = 1, None
    for some in spans(rows.n):
        marks = odd.holds(some)[rows.holds(some)]
        if len(marks):
            runs += runs_of(marks) - 1 + (last is not None and bool(marks[0] != last))
            last = bool(marks[-1])
        if runs > _RUNS:
            break
    return runs


def _put_together(side: SurveyedRows, rows: np.ndarray | ChosenRows, evidence: Message) -> Finding:
    return Finding(
        "mixed_sources",
        "severe",
        Message(
            "{side}: {n} rows ({rows}) come from another source than the others: {evidence}. Encode all items by one"
            " encoder with one preprocessing.",
            side=side.name,
            n=len(rows),
            rows=ranges(rows),
            evidence=evidence,
        ),
        numbers(rows),
    )
