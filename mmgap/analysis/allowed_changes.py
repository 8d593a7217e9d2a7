"""What a run may change of a metric, ``t2i_r1:-1%``, and whether it changed more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mmgap.analysis.run_changes import RunChange

_SPELLING = re.compile(r"(?P<metric>[^:\s]+):(?P<sign>[+-])(?P<size>\d+(\.\d+)?|\.\d+)(?P<unit>%|pt)?")


@dataclass(frozen=True)
class AllowedChange:
    """A metric, and how far it may fall or rise.

    Attributes:
        metric: its name, or a pattern as ``t2i_*``.
        size: signed; below 0 it may fall so far, from 0 on rise so far.
        unit: "%", of the value before; "pt", of a hundred, which shares and points are shown in; "", the
            metric's own.
    """

    metric: str
    size: float
    unit: str

    def limit(self, change: RunChange) -> float:
        """Return the allowed difference in the metric's own unit."""
        if self.unit == "%":
            return self.size / 100 * abs(change.before)
        if self.unit == "pt":
            return self.size / (1 if change.unit == "points" else 100)
        return self.size

    def meant(self, change: RunChange) -> bool:
        """Whether it is about this metric."""
        return fnmatchcase(change.metric, self.metric)

    def broken(self, change: RunChange) -> bool:
        """Whether the whole interval of the difference lies beyond the limit; never where there is no interval."""
        if change.low is None or change.high is None:
            return False
        return change.high < self.limit(change) if self._downwards else change.low > self.limit(change)

    @property
    def _downwards(self) -> bool:
        return self.size < 0 or str(self.size).startswith("-")


def allowed_change(spelling: str) -> AllowedChange:
    """Read ``METRIC:±SIZE``, ``METRIC:±SIZE%`` or ``METRIC:±SIZEpt``.

    Raises:
        ValueError: it is spelled otherwise.

    >>> allowed_change("t2i_r1:-1%"), allowed_change("gap_corrected:+0.02")
    (AllowedChange(metric='t2i_r1', size=-1.0, unit='%'), AllowedChange(metric='gap_corrected', size=0.02, unit=''))
    """
    found = _SPELLING.fullmatch(spelling.strip())
    if found is None:
        raise ValueError(
            f"--fail {spelling!r}: say METRIC:±SIZE, with a sign and maybe % (of the value before) or pt (of a"
            " hundred), as t2i_r1:-1%, t2i_r1:-0.5pt, gap_corrected:+0.02"
        )
    return AllowedChange(found["metric"], float(found["sign"] + found["size"]), found["unit"] or "")


def broken_changes(
    allowed: Sequence[AllowedChange], changes: Sequence[RunChange]
) -> list[tuple[AllowedChange, RunChange]]:
    """Return what changed more than it may.

    Raises:
        ValueError: no cell has a metric that is meant: a check that checks nothing would always pass.
    """
    for one in allowed:
        if not any(one.meant(change) for change in changes):
            raise ValueError(f"--fail {one.metric}: no cell that both runs have has such a metric")
    return [(one, change) for one in allowed for change in changes if one.meant(change) and one.broken(change)]
