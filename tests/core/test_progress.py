"""Bars on a terminal from inside a test whose output stays captured."""

import os
import subprocess
import sys

import pytest

TEST = """
import time
import pytest
from mmgap.core.progress import progress_bar, say

@pytest.mark.experiment("toy", seeded=False)
def test_toy(cell, record, capsys):
    print("a word of the test")
    for _ in progress_bar(range(4), desc="long work", delay=0.1):
        time.sleep(0.2)
    say("told in between")
    assert capsys.readouterr().out == "a word of the test\\n"
    record("gap", 1.0)
"""


def run(folder, on_terminal):
    """Output of a session whose stdout and stderr are a terminal, or a pipe."""
    (folder / "test_toy.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--refresh", "all"]
    if not on_terminal:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    leader, follower = os.openpty()
    process = subprocess.Popen(command, cwd=folder, stdout=follower, stderr=follower, stdin=follower)
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # how Linux says that the other end was closed
            break
        if not part:
            break
        parts.append(part)
    process.wait()
    os.close(leader)
    return b"".join(parts).decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_bars_reach_the_terminal_and_prints_do_not(tmp_path):
    shown = run(tmp_path, on_terminal=True)
    assert "1 passed" in shown
    assert "long work" in shown
    assert "told in between" in shown
    assert "a word of the test" not in shown


def test_without_a_terminal_nothing_is_shown(tmp_path):
    shown = run(tmp_path, on_terminal=False)
    assert "1 passed" in shown
    assert "long work" not in shown


def test_a_file_gets_the_words_and_no_bar(tmp_path):
    code = (
        "import time; from mmgap.core.progress import progress_bar, say\n"
        "with progress_bar(range(4), desc='long work', delay=0.1) as bar:\n"
        "    for k in bar: time.sleep(0.2); say(f'step {k}')"
    )
    with (tmp_path / "log").open("w") as log:
        subprocess.run([sys.executable, "-c", code], stderr=log, check=True)
    assert (tmp_path / "log").read_bytes() == b"".join(b"step %d\n" % k for k in range(4))
