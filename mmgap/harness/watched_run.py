"""A run that is watched from outside, by its folder of rows alone: what landed, what runs, what a report is made of."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from mmgap.core.messages import counted
from mmgap.core.progress import interval
from mmgap.harness.claims import measures_now
from mmgap.harness.landed_rows import landed_line
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.cell import cell_words
from mmgap.rows.row import Row
from mmgap.rows.row_watch import RowWatch


class WatchedRun:
    """Looks at a folder of rows now and then.

    Args:
        folder: of the rows.
        language: "en" or "es".

    Attributes:
        rows_changed: whether rows that a report shows are new, changed or gone since `take_rows`.
    """

    def __init__(self, folder: Path, language: str = "en") -> None:
        self.folder, self.language = folder, language
        self.rows_changed = True
        self._watch = RowWatch(folder)
        self._running: dict[Path, Row] = {}

    def look(self) -> tuple[list[str], list[str]]:
        """Return a line for each row that is new or changed, and why other files were passed over or are no more.

        A row whose process died since the last look has a line, too.
        """
        lines, refused, before = [], [], dict(self._running)
        for change in self._watch.look():
            before.pop(change.path, None)
            began = self._running.pop(change.path, None)
            if change.row is not None:
                lines.append(self._line(change.path, change.row))
                self.rows_changed |= change.path not in self._running
            elif change.kind == "unread":
                refused.append(change.reason)
            elif began is None:  # a cell that was withdrawn has no result that could be missed
                refused.append(f"{change.path}: gone")
                self.rows_changed = True
        for path, row in before.items():
            if not measures_now(path, row):
                del self._running[path]
                lines.append(self._line(path, row))
                self.rows_changed = True
        return lines, refused

    def take_rows(self) -> list[Row]:
        """Return the rows that a report shows: all but those of cells that run now."""
        self.rows_changed = False
        return [row for path, row in self._watch.rows.items() if path not in self._running]

    def running_words(self) -> str:
        """Say which cells run now, and for how long."""
        now = time.time()
        cells = [
            f"{cell_words(row['cell'])} ({interval(max(now - _seconds(row), 0))})" for row in self._running.values()
        ]
        if not cells:
            return translated("nothing runs now", self.language)
        return translated("running: {cells}", self.language, cells="; ".join(cells))

    def summary(self) -> str:
        """Return how many rows there are, by status.

        >>> from pathlib import Path
        >>> WatchedRun(Path("nowhere")).summary()
        '0 rows'
        """
        found = Counter(self._status(path, row) for path, row in self._watch.rows.items())
        rows = translated(counted("{n} row", "{n} rows", n=found.total()), self.language)
        return ": ".join(filter(None, [rows, ", ".join(f"{count} {status}" for status, count in found.most_common())]))

    def _line(self, path: Path, row: Row) -> str:
        if measures_now(path, row):
            self._running[path] = row
        try:
            landed = path.stat().st_mtime
        except OSError:  # it is gone meanwhile, which the next look says
            landed = time.time()
        when = time.strftime("%H:%M:%S", time.localtime(landed))
        return landed_line(row, when, self._status(path, row), self.language)

    def _status(self, path: Path, row: Row) -> str:
        if path in self._running:
            return translated("running", self.language)
        return term(row["status"], self.language)


def _seconds(row: Row) -> float:
    try:
        return datetime.fromisoformat(row["started_at"]).timestamp()
    except ValueError:
        return time.time()
