"""What a run shows while it runs: on a terminal, in a log, with workers, and when it is stopped."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.support.terminal import on_terminal

pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")

TOY = """
import time
import pytest
from mmgap.core.progress import progress_bar, say

@pytest.mark.experiment("toy", variants=[{"n": n} for n in range(4)], seeded=False)
def test_toy(cell, record):
    n = cell.value("n")
    print("a word of the test")
    for _ in progress_bar(range(4), desc="inner", delay=0.05):
        time.sleep(0.1)
    record("gap", n / 10)
    assert n != 2, "made up"

def test_plain():
    pass
"""

CONFTEST = "import mmgap.harness.live_run as live\nlive.PATIENCE, live.TICK, live.MINUTE = {patience}, 0.05, 0.3\n"
#: A machine so busy that what pytest writes of the first tests arrives after a line of the run is due.
SLOW_LOG = """
class Slow:
    def __init__(self, file):
        self.file, self.named = file, 0

    def write(self, text):
        self.named += "test_toy.py::" in text
        if "test_toy.py::" in text and self.named < 6:
            live.time.sleep(0.4)
        return self.file.write(text)

    def __getattr__(self, name):
        return getattr(self.file, name)

def pytest_sessionstart(session):
    writer = session.config.pluginmanager.getplugin("terminalreporter")._tw
    writer._file = Slow(writer._file)
"""
SHOWN = re.compile(r"(\d)/4 \S* *\d\d:\d\d so far, .* · (toy: n=\d, seed 0 \(\d\d:\d\d\)(; )?)+")
SAID = re.compile(r"mmgap: \d of 4 cells done, \d\d:\d\d so far, .*; running: (toy: n=\d, seed 0 \(\d\d:\d\d\)(; )?)+")


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """Return a function that runs the cells; what it gives is a screen and a status, or a log and a status."""
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (tmp_path / "test_toy.py").write_text(TOY)

    def run(*options, patience=0.1, terminal=True, stop=None, more=""):
        (tmp_path / "conftest.py").write_text(CONFTEST.format(patience=patience) + more)
        plugins = [word for name in ("hypothesispytest", "benchmark", "anyio", "dash") for word in ("-p", f"no:{name}")]
        words = ["-m", "pytest", "-p", "no:cacheprovider", *plugins, "-W", "ignore", "--refresh", "all", *options]
        if terminal:
            return on_terminal(words, tmp_path, stop=stop)
        found = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True)
        return found.stdout, found.returncode

    return run


def told(screen):
    """What pytest itself wrote until its last test, without times."""
    text = "\n".join(screen.all_lines()).partition("= FAILURES =")[0]
    return re.sub(r"\d+\.\d+s", "", re.sub(r"=+", "=", text)).rstrip()


def live_lines(screen):
    return [line for frame in screen.frames for line in frame if SHOWN.fullmatch(line)]


@pytest.mark.parametrize("options", [(), ("-q",), ("-v",), ("-x",)], ids=" ".join)
def test_the_line_comes_and_goes_and_leaves_what_pytest_writes_as_it_is(toy, options):
    screen, status = toy(*options)
    without, same_status = toy(*options, patience=1e9)
    assert status == same_status == 1
    assert live_lines(screen)
    assert not live_lines(without)
    assert told(screen) == told(without)
    assert "so far" not in "\n".join(screen.all_lines())


def test_it_says_what_runs_and_how_many_are_done_and_the_bars_of_a_cell_stand_beside_it(toy):
    screen, _ = toy()
    counts = [int(SHOWN.fullmatch(line)[1]) for line in live_lines(screen)]
    assert counts == sorted(counts)
    assert set(counts) >= {1, 2, 3}
    assert any("about 00:0" in line for line in live_lines(screen))
    both = [frame for frame in screen.frames if any("inner: " in line for line in frame)]
    assert any(any(map(SHOWN.fullmatch, frame)) for frame in both)
    assert any(any(line.startswith("test_toy.py .") for line in frame) for frame in both)


def test_workers_are_followed(toy):
    screen, status = toy("-n", "2")
    assert status == 1
    assert any(line.count("toy: ") == 2 for line in live_lines(screen))
    assert "so far" not in "\n".join(screen.all_lines())
    (dots,) = [line for line in told(screen).splitlines() if re.match(r"[.F]+ +\[100%\]", line)]
    assert sorted(dots[:5]) == [".", ".", ".", ".", "F"]


def test_tests_that_print_have_the_terminal_to_themselves(toy):
    screen, _ = toy("-s")
    assert not live_lines(screen)
    assert "\n".join(screen.all_lines()).count("a word of the test") >= 4


def test_an_interrupt_leaves_a_clean_screen(toy, tmp_path):
    (tmp_path / "test_toy.py").write_text(TOY.replace("sleep(0.1)", "sleep(3)"))
    sent = []

    def stop(screen, process):
        if not sent and live_lines(screen):
            time.sleep(1.0)  # imports are over: Python may lose an interrupt in one
            sent.append(process.send_signal(signal.SIGINT))

    screen, status = toy(stop=stop)
    assert status == 2
    assert "so far" not in "\n".join(screen.all_lines())
    assert any("KeyboardInterrupt" in line for line in screen.all_lines())


def test_a_debugger_has_the_terminal_to_itself_and_results_go_on_after_it(toy, tmp_path):
    asked = []

    def stop(screen, process):
        if not asked and any(line.startswith("(Pdb)") for line in screen.shown()):
            time.sleep(0.5)  # several looks
            asked.append(screen.answer("c\n"))

    stops = TOY.replace('    assert n != 2, "made up"', "    if n == 2:\n        breakpoint()")
    (tmp_path / "test_toy.py").write_text(stops)
    screen, status = toy("-q", stop=stop)
    assert status == 0
    assert asked
    lines = screen.all_lines()
    stopped = next(place for place, line in enumerate(lines) if line.startswith("(Pdb)"))
    assert "so far" not in "\n".join(lines)
    assert [line for line in lines[stopped:] if re.fullmatch(r"\.+ +\[100%\]", line)]
    seen = [frame for frame in screen.frames if any(line.startswith("(Pdb)") for line in frame)]
    assert not any("so far" in line for line in seen[0])


@pytest.mark.parametrize("options", [("-q",), ("-v",), ("-n", "2", "-v")], ids=" ".join)
def test_a_log_gets_lines_of_their_own(toy, options):
    log, status = toy(*options, terminal=False)
    assert status == 1
    lines = [line for line in log.splitlines() if "so far" in line]
    assert lines
    assert all(map(SAID.fullmatch, lines)), lines
    assert "\x1b" not in log
    assert "\r" not in log
    without, _ = toy(*options, terminal=False, patience=1e9)
    assert "so far" not in without
    assert log.count("PASSED") == without.count("PASSED")


@pytest.mark.parametrize("options", [("-v",), ("-n", "2", "-v")], ids=" ".join)
def test_a_line_comes_between_the_texts_of_two_tests_and_never_into_one(toy, options):
    log, status = toy(*options, terminal=False, more=SLOW_LOG)
    assert status == 1
    lines = [line for line in log.splitlines() if "so far" in line]
    assert lines
    assert all(map(SAID.fullmatch, lines)), lines


def test_a_log_of_a_short_run_has_none(toy):
    log, _ = toy(terminal=False, patience=600)
    assert "so far" not in log


def test_sessions_without_a_cell_show_nothing(toy):
    screen, status = toy("-k", "plain")
    assert status == 0
    assert "so far" not in "\n".join(line for frame in screen.frames for line in frame)
