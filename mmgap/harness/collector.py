"""What the controller does with the rows of a run: the report on disk, a short table and its path on screen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mmgap.harness import claims
from mmgap.harness.selection import OUTSIDE, Outside, grouped, told_outside
from mmgap.rows.row import Row, latest, notes_of, read_rows, row_path, write_row

#: Notes that a run shows, how long each may be, and lines of what went wrong.
NOTES, LONGEST, LINES = 12, 300, 20


class Collector:
    """Follows the reports of a session (also those that come from xdist workers) and closes it."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config = config
        self.folder = folder
        self.rows: dict[Path, None] = {}
        self.known = 0
        self.skipped: Counter[tuple[str, str]] = Counter()
        self.outside: Counter[Outside] = Counter()
        self.cells = 0
        self.crashed: list[str] = []
        self.told: dict[str, None] = {}
        self.planned: list[float] = []
        self.unwritten: dict[Path, Row] = {}
        self.shown: list[Row] = []  # what the run measured or found measured
        self.report: Path | None = None

    def pytest_collection_finish(self) -> None:
        self._count(self.config.stash.get(OUTSIDE, Counter()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Workers of xdist collect the same; one of them is enough."""
        if not self.outside:
            self._count(told_outside(getattr(node, "workeroutput", {})))

    def _count(self, outside: Counter[Outside]) -> None:
        """Cells outside the selection are one count in pytest's last line, without a letter or a line of their own."""
        self.outside = outside
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        if self.config.option.collectonly:
            return
        self.cells += outside.total()
        if outside and reporter is not None:
            reporter.stats["outside the selection"] = [SimpleNamespace()] * outside.total()  # counted, never shown

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "???":  # a worker died: there is no teardown to wait for
            self.crashed.append(report.nodeid)
            return
        if report.when != "teardown":
            return
        for name, value in report.user_properties:
            if name == "mmgap_cell":
                self.cells += 1
            elif name == "mmgap_row":
                self.rows[Path(str(value))] = None
            elif name == "mmgap_unwritten":
                row = json.loads(str(value))
                self.unwritten[row_path(self.folder / "rows", row)] = row
            elif name == "mmgap_seconds" and value:
                self.planned.append(float(str(value)))
            elif name == "mmgap_told":
                self.told[str(value)] = None
            elif name == "mmgap_known":
                self.known += 1
            elif name == "mmgap_skip":
                why, _, words = str(value).partition("|")
                self.skipped[why, words] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.cells:
            return
        self._write_again()
        claims.sweep(self.folder / "rows")
        if self.rows or self.unwritten:
            folder = self.folder / "rows"
            rows, refused = read_rows(folder) if folder.is_dir() else ([], [])
            self.told |= dict.fromkeys(f"{reason}; not in the report" for reason in refused)
            read = {row_path(folder, row): row for row in rows}
            self.shown = [*self.unwritten.values(), *(read[path] for path in self.rows if path in read)]
            if not self.config.getoption("mmgap_no_report"):
                self._report([*rows, *self.unwritten.values()])
        elif session.exitstatus == pytest.ExitCode.OK and not self.config.getoption("mmgap_dry_run"):
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED  # nothing measured is no success

    def _write_again(self) -> None:
        """Rows that could not be written when their cells ended; there may be room now."""
        reasons: dict[str, list[Path]] = {}
        for path, row in list(self.unwritten.items()):
            try:
                self.rows[write_row(path.parent, row)] = None
            except OSError as error:
                reasons.setdefault(error.strerror or str(error), []).append(path)
            else:
                del self.unwritten[path]
        for reason, paths in reasons.items():
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self.told[f"{paths[0]}{more} cannot be written: {reason}. Their results are shown here alone"] = None

    def _report(self, rows: list[Row]) -> None:
        from mmgap.report import unshown_labels, write_report

        language, labels = self.config.getoption("mmgap_language"), self.config.getoption("mmgap_label")
        folder = self.folder / "scratch"
        try:
            self.report = write_report(latest(rows), folder, language=language, local=True, labels=labels, if_new=True)
            self.told |= dict.fromkeys(unshown_labels(rows, labels, language=language))
        except OSError as error:
            self.told[f"the report could not be written into {folder}: {error}"] = None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.cells and not self.crashed and not self.outside:
            return
        out = terminalreporter
        out.section("mmgap")
        if self.shown:
            from mmgap.harness.run_summary import summary

            out.line(summary(self.shown, self.config.getoption("mmgap_language")))
            out.line("")
        for (why, words), count in sorted(self.skipped.items()):
            if why == "plan" and words:
                out.line(words + (f"\n({count} such cells)" if count > 1 else "") + "\n")
        if len(self.planned) > 1:
            from mmgap.training.estimate.plan_text import duration

            out.line(f"{len(self.planned)} trainings, one after the other: {duration(sum(self.planned))}\n", bold=True)
        measured = len(self.rows) + len(self.unwritten) - self.known
        left = sum(self.skipped.values()) + sum(self.outside.values())
        if not self.config.option.collectonly:
            out.line(f"{measured} measured now, {self.known} measured before, {left} not run")
        for (why, words), count in sorted(self.skipped.items()):
            if why == "absent":
                out.line(f"  {count} × {words}", yellow=True)
        if self.outside:
            shown = out.hasopt("s")
            out.line(
                f"  {sum(self.outside.values())} × outside the selection{':' if shown else ' (-rs: what runs them)'}"
            )
            for words in grouped(self.outside) if shown else ():
                out.line(f"    {words}")
        for words in _notes(self.shown, self.config.getoption("mmgap_language")) if self.shown else ():
            out.line(f"  note: {words}")
        for words in list(self.told)[:LINES]:
            out.line(f"  {words}", yellow=True)
        if len(self.told) > LINES:
            out.line(f"  … and {len(self.told) - LINES} more such lines", yellow=True)
        for nodeid in self.crashed:
            out.line(f"  crashed: {nodeid}; run again to repeat it", red=True)
        if self.config.getoption("mmgap_dry_run"):
            out.line("dry run: nothing was downloaded, trained or measured", bold=True)
        elif not self.rows and not self.unwritten and not self.config.option.collectonly:
            out.line("NOTHING WAS MEASURED: no cell of the selection could run on this machine", red=True, bold=True)
        if self.report is not None:
            out.line(f"report: {self.report}", bold=True)


def _notes(rows: Iterable[Row], language: str) -> Iterator[str]:
    """What must be known of the rows, each note once with the number of rows that have it, the first `NOTES`."""
    from mmgap.core.messages import counted
    from mmgap.report.recognised_notes import recognised
    from mmgap.report.translation import translated

    found = Counter(translated(recognised(note), language) for row in rows for note in notes_of(row))
    for note, count in list(found.items())[:NOTES]:
        words = note if len(note) <= LONGEST else f"{note[:LONGEST]} …"
        cells = translated(counted("{n} cell", "{n} cells", n=count), language)
        yield f"{words} ({cells})" if count > 1 else words
    if len(found) > NOTES:
        yield translated("… and {n} more, in the report", language, n=len(found) - NOTES)
