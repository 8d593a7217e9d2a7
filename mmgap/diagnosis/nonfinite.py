"""``nonfinite``: rows that hold NaN or infinity."""

from __future__ import annotations

from collections.abc import Iterator

from mmgap.core.messages import counted
from mmgap.diagnosis.chosen_rows import ChosenRows
from mmgap.diagnosis.finding import Finding, numbers, places
from mmgap.diagnosis.surveyed_rows import SurveyedRows


def nonfinite(side: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where any row is not finite; there is nothing to doubt in it."""
    rows = ChosenRows(len(side), lambda some: ~side.finite[some])
    if not len(rows):
        return
    wide = 8 * side.vectors.dtype.itemsize
    yield Finding(
        "nonfinite",
        "severe",
        counted(
            "{side}: {n} of {all} rows holds NaN or infinity ({rows}; float{wide}). Encode it again, in float32 where"
            " half precision overflowed, or leave the pair out.",
            "{side}: {n} of {all} rows hold NaN or infinity ({rows}; float{wide}). Encode these again, in float32"
            " where half precision overflowed, or leave the pairs out.",
            side=side.name,
            n=len(rows),
            all=len(side),
            rows=places(rows),
            wide=wide,
        ),
        numbers(rows),
    )
