"""``zero_rows``: rows without a direction."""

from __future__ import annotations

from collections.abc import Iterator

from mmgap.core.messages import counted
from mmgap.diagnosis.chosen_rows import ChosenRows
from mmgap.diagnosis.finding import Finding, numbers, places
from mmgap.diagnosis.surveyed_rows import SurveyedRows


def zero_rows(side: SurveyedRows) -> Iterator[Finding]:
    """Yield a finding where any row is zero."""
    rows = ChosenRows(len(side), lambda some: side.norms[some] == 0)
    if len(rows):
        yield Finding(
            "zero_rows",
            "severe",
            counted(
                "{side}: {n} of {all} rows is zero ({rows}), and a zero vector has no direction. This item was never"
                " encoded, or failed: encode it again, or leave the pair out.",
                "{side}: {n} of {all} rows are zero ({rows}), and a zero vector has no direction. These items were"
                " never encoded, or failed: encode them again, or leave the pairs out.",
                side=side.name,
                n=len(rows),
                all=len(side),
                rows=places(rows),
            ),
            numbers(rows),
        )
