"""What the sweep's own machine makes of what others tell: rows in its folder, a line for each, counts at the end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mmgap.core.atomic import write_atomic
from mmgap.core.paths import cache_dir
from mmgap.harness.landed_rows import landed_line
from mmgap.harness.live_run import remaining_words
from mmgap.harness.run_progress import RunProgress
from mmgap.harness.sweep.cell_queue import CellQueue
from mmgap.harness.sweep.cell_task import Event
from mmgap.harness.sweep.sweep_plan import RUNS, SweepPlan
from mmgap.report.terms import term
from mmgap.rows.row import Row, read_row, read_rows


@dataclass
class LandedCells:
    """Takes the events of all places, from a thread each.

    Args:
        plan: the selection.
        queue: that hands the cells out.
        say: shows a line.
        language: "en" or "es".

    Attributes:
        rows: path of the row of each cell that has one, by node id.
        measured: how many cells were measured, by place.
        skipped: why cells were not, and how many.
        lost: node id → why a cell was given up.
    """

    plan: SweepPlan
    queue: CellQueue
    say: Callable[[str], None]
    language: str = "en"
    rows: dict[str, Path] = field(default_factory=dict)
    measured: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    lost: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows |= {nodeid: Path(path) for nodeid, path in self.plan.known.items()}
        left = {nodeid: cell for nodeid, cell in self.plan.cells.items() if nodeid not in self.plan.known}
        self.progress = RunProgress(left, again=True)
        folder = self.plan.reports / "rows"
        self.progress.learn(read_rows(folder)[0] if folder.is_dir() else [])
        self._began, self._lock = time.monotonic(), threading.Lock()

    def follow(self, place: str, nodeids: list[str], events: Iterable[Event]) -> None:
        """Take what is told of some cells; those that came to nothing wait again, or are given up.

        Whatever ``events`` raises is raised when what was told before is taken.
        """
        left = dict.fromkeys(nodeids)
        for event in events:
            nodeid = event.get("nodeid", "")
            with self._lock:
                if event["kind"] == "begun":
                    self.progress.begin(nodeid, time.monotonic())
                elif event["kind"] == "ended":
                    self._ended(list(left), event)
                elif event["kind"] == "claimed":
                    self._again(nodeid, event["words"])
                    left.pop(nodeid, None)
                else:
                    self._outcome(place, nodeid, event)
                    left.pop(nodeid, None)

    def crashed(self, nodeids: list[str], words: str) -> None:
        """A place that is still there lost the process that ran some cells; the one that ran may be why."""
        with self._lock:
            self._ended([one for one in nodeids if one in self.progress.left], {"code": -1, "words": words})

    def words(self) -> str:
        """Say how far the sweep is."""
        with self._lock:
            now, done = time.monotonic(), self.progress.done
            words = remaining_words(now - self._began, self.progress.seconds_left(now))
            return f"{done} of {self.progress.total} cells done, {len(self.progress.running)} running, {words}"

    def shown(self) -> list[Row]:
        """Return the rows of the selection that can be read."""
        return [read_row(path) for path in self.rows.values() if path.exists()]

    def _outcome(self, place: str, nodeid: str, event: Event) -> None:
        measured = event["kind"] in ("measured", "unwritten")
        if measured or event["kind"] == "known":
            self.rows[nodeid] = path = self._landed(event)
            row = read_row(path)
            self.measured[place] += measured
            self.say(landed_line(row, time.strftime("%H:%M:%S"), term(row["status"], self.language), self.language))
        elif event["kind"] == "error":
            self.lost[nodeid] = event["words"]
        else:
            self.skipped[event["words"]] += 1
        self.progress.end(nodeid, time.monotonic(), measured=measured)
        self.queue.done(nodeid)

    def _landed(self, event: Event) -> Path:
        """The row's path here; what came with it is written."""
        for name, content in event["arrays"].items():
            write_atomic(cache_dir() / name, content)
        path = self.plan.reports / "rows" / event["name"]
        if "content" in event:
            write_atomic(path, event["content"])
        return path

    def _ended(self, left: list[str], event: Event) -> None:
        """A session is over; where cells are left of it, it ended before its time, at the first of those that ran."""
        if not left:
            return
        running = [nodeid for nodeid in left if nodeid in self.progress.running]
        words = (event["words"].splitlines() or ["it said nothing"])[-1]
        if event["code"] in RUNS:  # it never came to them: not collected on that machine
            words = f"not found by that machine's pytest, whose code may be another: {words}"
        for nodeid in running[:1] or left:
            self._again(nodeid, words)
        self.queue.back(left)

    def _again(self, nodeid: str, words: str) -> None:
        if self.queue.try_again(nodeid):
            self.progress.running.pop(nodeid, None)
            self.queue.back([nodeid])
            return
        self.lost[nodeid] = words
        self.progress.end(nodeid, time.monotonic(), measured=False)
        self.queue.done(nodeid)
