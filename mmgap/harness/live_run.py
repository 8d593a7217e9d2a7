"""What a run shows while it runs: on a terminal a line below pytest's, elsewhere a plain line a minute.

The terminal's line says how many cells of the selection are done, how long that took, how long the rest may take, and
which cells run. It appears when a run lasts longer than two seconds, and goes away with it. What goes into a file or a
pipe gets a line of its own once a cell has run for a minute, and every minute from then on, so that a log of a short
run has none; so does a terminal that tests write to themselves (``-s``). A debugger has the terminal to itself.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from mmgap.core import progress
from mmgap.core.atomic import write_atomic
from mmgap.core.below_line import BelowLine
from mmgap.harness.pytest_line import PytestLine
from mmgap.harness.run_progress import RunProgress
from mmgap.harness.selection import cell_of
from mmgap.rows.row import CellDict, read_rows

if TYPE_CHECKING:
    from tqdm import tqdm

#: Seconds: before anything is shown, between two looks at it, and between two plain lines.
PATIENCE, TICK, MINUTE = 2.0, 0.5, 60.0

_FORMAT = "{n_fmt}/{total_fmt} {bar:10} {desc}"

#: Under which a worker of xdist is told where to write which cells run.
PLAN = "mmgap_plan"


class LiveRun:
    """Shows a session's cells while they run; on the controller alone.

    Args:
        config: of the session.
        folder: of the rows.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config, self.folder = config, folder
        self.progress: RunProgress | None = None
        self.line: PytestLine | None = None
        self.below: BelowLine | None = None
        self.plan: Path | None = None
        self.bar: tqdm[Any] | None = None
        self.began = self.said = 0.0
        self.shows = self._leads = False
        self._over, self._pause = threading.Event(), threading.Event()
        self._counts, self._screen = threading.Lock(), threading.RLock()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Bars go to the terminal itself, where there is one: what tests print stays captured."""
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        capture = self.config.pluginmanager.getplugin("capturemanager")
        if type(reporter) is not pytest.TerminalReporter or capture is None:
            return
        try:
            with capture.global_and_fixture_disabled():
                out, err = _twin(sys.stdout), _twin(sys.stderr)
        except (OSError, ValueError, AttributeError):  # closed, absent, or no file of the system
            return
        self.line = PytestLine(reporter)
        self.below = BelowLine(out, self.line)
        silent = self.config.option.capture in ("fd", "sys") and os.environ.get("TERM") != "dumb"
        self.shows = out.isatty() and silent and os.name == "posix"
        self._leads = self.shows or err.isatty()
        if self._leads:
            progress.show_on(self.below if self.shows else err)
        if not self._leads or self.shows:
            err.close()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What runs is known, unless workers of xdist collect."""
        if not self.config.option.collectonly and session.items:
            self._begin(cells_that_run(session.items), 1)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker of xdist writes which cells run, as the controller collects nothing."""
        if self.plan is None:
            self.plan = Path(tempfile.mkdtemp(prefix="mmgap-")) / "cells.json"
        node.workerinput[PLAN] = str(self.plan)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        if self.progress is None and self.plan is not None and self.plan.exists():
            self._begin(json.loads(self.plan.read_text()), node.workerinput["workercount"])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> Generator[None]:
        if self.progress is not None:
            with self._counts:
                self.progress.begin(nodeid, time.monotonic())
        with self._screen:  # pytest writes of a test in pieces, and between two nothing has its place
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None]:
        if self.progress is not None and report.when in ("teardown", "???"):
            told = dict(report.user_properties)
            measured = ("mmgap_row" in told or "mmgap_unwritten" in told) and "mmgap_known" not in told
            with self._counts:
                self.progress.end(report.nodeid, time.monotonic(), measured=measured)
        with self._screen:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logfinish(self) -> Generator[None]:
        with self._screen:
            return (yield)

    def pytest_enter_pdb(self) -> None:
        self._pause.set()
        if self.line is not None:
            self.line.at_start()
        self._hide()

    def pytest_leave_pdb(self) -> None:
        if self.line is not None:
            self.line.at_start()
        self._pause.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Cells have ended; what the report is made of may still have a bar of its own."""
        self._over.set()
        self._hide()
        if self.plan is not None:
            shutil.rmtree(self.plan.parent, ignore_errors=True)

    def pytest_unconfigure(self) -> None:
        """The terminal is pytest's alone again."""
        if self.line is not None:
            self.line.left()
        if self._leads:
            progress.show_on(None)
        if self.below is not None and not self.below.stream.closed:
            self.below.close()

    def _begin(self, cells: dict[str, CellDict], workers: int) -> None:
        if not cells or self.below is None or self.config.getoption("mmgap_dry_run"):
            return
        if self.config.option.verbose < -1 or self.config.option.usepdb or self.config.option.trace:
            return
        self.began = self.said = time.monotonic()
        again = self.config.getoption("mmgap_refresh") == "all"
        self.progress = RunProgress(cells, again=again, workers=workers)
        threading.Thread(target=self._follow, name="mmgap-live", daemon=True).start()

    def _follow(self) -> None:
        """Look every `TICK` seconds until the session is over; what cannot be shown ends it, never the run."""
        assert self.progress is not None
        if self._over.wait(PATIENCE):
            return
        rows = read_rows(self.folder)[0] if self.folder.is_dir() else []
        with self._counts:
            self.progress.learn(rows)
        while not self._over.wait(TICK):
            try:
                self._look(time.monotonic())
            except (OSError, ValueError):  # a terminal that has gone away
                return

    def _look(self, now: float) -> None:
        assert self.progress is not None
        with self._counts:
            done, total, running = self.progress.done, self.progress.total, self.progress.running_words(now)
            left = self.progress.seconds_left(now)
        words = remaining_words(now - self.began, left)
        cells = "; ".join(f"{cell} ({progress.interval(seconds)})" for cell, seconds in running)
        with self._screen:
            if self._over.is_set() or self._pause.is_set():
                return
            if self.shows:
                self._draw(done, total, f"{words} · {cells}" if cells else words)
            elif running and min(running[0][1], now - self.said) >= MINUTE:
                assert self.below is not None
                self.said = now
                self.below.say(f"mmgap: {done} of {total} cells done, {words}; running: {cells}")

    def _draw(self, done: int, total: int, words: str) -> None:
        if self.bar is None:
            about: dict[str, Any] = {"total": total, "initial": done, "bar_format": _FORMAT}
            self.bar = progress.progress_bar(
                delay=1e-9, desc=words, **about
            )  # with a delay it is drawn when it is asked
        self.bar.n = done
        self.bar.set_description_str(words)

    def _hide(self) -> None:
        with self._screen:
            if self.bar is not None:
                self.bar.close()
                self.bar = None
            if self.below is not None and self.shows:
                self.below.clear()


def remaining_words(spent: float, left: float | None) -> str:
    """Say how long a run has lasted, and how long the rest may take.

    >>> remaining_words(65, 130), remaining_words(5, None)
    ('01:05 so far, about 02:10 left', '00:05 so far, no estimate yet')
    >>> remaining_words(90, 0)
    '01:30 so far, longer than such cells took before'
    """
    if left is None:
        rest = "no estimate yet"
    else:
        rest = f"about {progress.interval(left)} left" if left >= 1 else "longer than such cells took before"
    return f"{progress.interval(spent)} so far, {rest}"


def cells_that_run(items: Iterable[pytest.Item]) -> dict[str, CellDict]:
    """Return the selected cells of a collection by their node id, which holds for this run alone."""
    found = ((item, cell_of(item)) for item in items)
    return {item.nodeid: cell.to_dict() for item, cell in found if cell is not None}


def write_plan(session: pytest.Session) -> None:
    """On a worker of xdist: write which cells run, once for all workers."""
    wanted = getattr(session.config, "workerinput", {}).get(PLAN)
    if wanted and not (path := Path(wanted)).exists() and path.parent.is_dir():
        write_atomic(path, json.dumps(cells_that_run(session.items)).encode())


def _twin(stream: TextIO) -> TextIO:
    """A stream of its own to where this one goes now.

    Raises:
        OSError, ValueError: it goes nowhere.
    """
    return os.fdopen(os.dup(stream.fileno()), "w", 1, stream.encoding, errors="replace")
