"""What an examination finds, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.chosen_rows import ChosenRows

Severity: TypeAlias = Literal["severe", "warning", "note"]

#: Row numbers that a finding carries at most; its message says how many there are.
MOST_ROWS = 1000

#: Ranges of rows that a message shows.
_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes:
        kind: one of `mmgap.diagnosis.finding_kinds.KINDS`.
        severity: "severe", what is measured on these files is not what it seems; "warning", some numbers are off;
            "note", nothing to mend.
        message: one sentence on what it is and its evidence, one on the cure.
        rows: the rows it is about, counted from 0, at most `MOST_ROWS` of them; none where it is about all.
    """

    kind: str
    severity: Severity
    message: str
    rows: tuple[int, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it.

        >>> Finding("zero_rows", "severe", "2 rows are zero", (3, 7)).plain()
        {'kind': 'zero_rows', 'severity': 'severe', 'message': '2 rows are zero', 'rows': [3, 7]}
        """
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": str(self.message),
            "rows": list(self.rows),
        }


@dataclass(frozen=True)
class Untold:
    """What these files do not tell, and why."""

    kind: str
    message: str


#: What a rule says.
Told: TypeAlias = "Finding | Untold"


def numbers(rows: np.ndarray | ChosenRows) -> tuple[int, ...]:
    """Return row numbers as a finding carries them."""
    return tuple(int(row) for row in rows[:MOST_ROWS])


def ranges(rows: Iterable[int]) -> str:
    """Return row numbers in few letters.

    >>> ranges([1, 2, 3, 7]), ranges(range(0, 100, 2))
    ('1–3, 7', '0, 2, 4, 6, 8 …')
    """
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        elif len(found) > _SHOWN:
            break
        else:
            found.append([row, row])
    told = [str(a) if a == b else f"{a}–{b}" for a, b in found]
    return ", ".join(told[:_SHOWN]) + (" …" if len(told) > _SHOWN else "")


def places(rows: Collection[int] | np.ndarray | ChosenRows) -> Message:
    """Return row numbers in few letters, with the word.

    >>> places([3]), places([1, 2, 3, 7])
    ('row 3', 'rows 1–3, 7')
    """
    told = ranges(rows)
    return Message("row {rows}", rows=told) if len(rows) == 1 else Message("rows {rows}", rows=told)


def per_cent(share: float) -> Message:
    """Return a share in [0, 1] as people read it, with two digits where it is small.

    >>> per_cent(0.123), per_cent(0.999)
    ('12 %', '99.9 %')
    """
    hundredths = 100 * share
    return Message("{number} %", number=f"{hundredths:.3g}" if hundredths > 99 else f"{hundredths:.2g}")
