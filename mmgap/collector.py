"""What the controller does with the rows of a run: the report on disk, a short table and its path on screen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mmgap.row import latest, read_row, read_rows


class Collector:
    """Follows the reports of a session (also those that come from xdist workers) and closes it."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config = config
        self.folder = folder
        self.rows: dict[Path, None] = {}
        self.known = 0
        self.skipped: Counter[tuple[str, str]] = Counter()
        self.cells = 0
        self.crashed: list[str] = []
        self.report: Path | None = None

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
            elif name == "mmgap_known":
                self.known += 1
            elif name == "mmgap_skip":
                why, _, words = str(value).partition("|")
                self.skipped[why, words] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.cells:
            return
        if self.rows:
            from mmgap.report import write_report

            self.report = write_report(
                latest(read_rows(self.folder / "rows")),
                self.folder / "scratch",
                language=self.config.getoption("mmgap_language"),
                local=True,
            )
        elif session.exitstatus == pytest.ExitCode.OK and not self.config.getoption("mmgap_dry_run"):
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED  # nothing measured is no success

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.cells and not self.crashed:
            return
        out = terminalreporter
        out.section("mmgap")
        if self.rows:
            from mmgap.report.summary import summary

            rows = [read_row(path) for path in self.rows]
            out.line(summary(rows, self.config.getoption("mmgap_language")))
            out.line("")
        for (why, words), count in sorted(self.skipped.items()):
            if why == "plan" and words:
                out.line(words + (f"\n({count} such cells)" if count > 1 else "") + "\n")
        measured = len(self.rows) - self.known
        out.line(f"{measured} measured now, {self.known} measured before, {sum(self.skipped.values())} not run")
        for (why, words), count in sorted(self.skipped.items()):
            if why == "absent":
                out.line(f"  {count} × {words}", yellow=True)
        if outside := sum(count for (why, _), count in self.skipped.items() if why == "outside"):
            out.line(f"  {outside} × outside the selection (-rs shows the words that run each)")
        for nodeid in self.crashed:
            out.line(f"  crashed: {nodeid}; run again to repeat it", red=True)
        if self.config.getoption("mmgap_dry_run"):
            out.line("dry run: nothing was downloaded, trained or measured", bold=True)
        elif not self.rows:
            out.line("NOTHING WAS MEASURED: no cell of the selection could run on this machine", red=True, bold=True)
        if self.report is not None:
            out.line(f"report: {self.report}", bold=True)
