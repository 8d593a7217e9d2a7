"""``mmgap watch`` and ``mmgap report``: rows as they land, and nothing made anew when nothing is new."""

import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.report.report_stamp import STAMP
from mmgap.report.writers.watched_page import PAGE, SAYS
from mmgap.rows.row import write_row
from tests.support.made_up_rows import row


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    write_row(tmp_path / "rows", row())
    return tmp_path


def written(folder):
    """When each file was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_second_report_of_unchanged_rows_writes_nothing(place):
    report = ("report", "--rows", place / "rows", "--out", place / "out")
    assert "nothing new" not in run(*report).output
    before = written(place / "out")
    again = run(*report)
    assert "(nothing new; --force builds it again)" in again.output
    assert written(place / "out") == before
    assert "nothing new" not in run(*report, "--force").output
    assert written(place / "out") != before
    for changed in (("--language", "es"), ("--title", "Mine"), ()):
        assert "nothing new" not in run(*report, *changed).output


@pytest.mark.parametrize("lost", ["report.html", "report.tex", "report.md", STAMP])
def test_a_report_that_is_not_whole_is_written(place, lost):
    report = ("report", "--rows", place / "rows", "--out", place / "out")
    run(*report)
    (place / "out" / lost).unlink()
    assert "nothing new" not in run(*report).output
    assert (place / "out" / lost).exists()


def test_other_code_writes_it_anew(place, monkeypatch):
    report = ("report", "--rows", place / "rows", "--out", place / "out")
    run(*report)
    monkeypatch.setattr("mmgap.report.report_stamp._code", lambda: "other")
    assert "nothing new" not in run(*report).output


def test_once_shows_all_rows_and_stops(place):
    write_row(place / "rows", row(dataset="arasaac-es", loss="ce"))
    (place / "rows" / "other.json").write_text("{")
    found = run("watch", place / "rows", "--once")
    assert found.exit_code == 0
    assert [line.split()[1] for line in found.stdout.splitlines()[1:3]] == ["ok", "ok"]
    assert found.stdout.splitlines()[-1] == "2 rows: 2 ok"
    assert "other.json" in found.stderr
    assert not (place / "out").exists()


def test_once_with_the_report_makes_it_unless_it_is_of_the_same_rows(place):
    watch = ("watch", place / "rows", "--once", "--report", "--out", place / "out")
    assert f"{PAGE} (nothing new)" not in run(*watch).stdout
    kept = {path: when for path, when in written(place / "out").items() if path.name not in (PAGE, SAYS)}
    assert f"{PAGE} (nothing new)" in run(*watch).stdout
    assert {path: when for path, when in written(place / "out").items() if path in kept} == kept


def test_bad_input(place):
    nowhere = run("watch", place / "nowhere", "--once")
    assert nowhere.exit_code == 2
    assert "no such folder" in nowhere.stderr
    (place / "file").write_text("")
    file = run("watch", place / "file")
    assert file.exit_code == 2
    assert "not a folder of rows" in file.stderr
    assert run("watch", place / "rows", "--every", "0").exit_code == 2


def test_rows_that_land_are_shown_the_report_made_once_for_each_and_an_interrupt_ends_it_well(place):
    # a shell that starts tests in the background has Ctrl-C ignored, and children inherit that
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    code += "from mmgap.cli.main import app; app(prog_name='mmgap')"
    command = [sys.executable, "-c", code, "watch", place / "more", "--report", "--out", place / "out"]
    process = subprocess.Popen(
        [*map(str, command), "--every", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout.readline().startswith("time ")
        for data in ("arasaac-es", "arasaac-en"):
            write_row(place / "more", row(dataset=data))
            assert data in process.stdout.readline()
            assert process.stdout.readline().startswith(f"report: {place / 'out' / PAGE} (")
            before = written(place / "out")
            time.sleep(0.5)  # several looks
            assert written(place / "out") == before
        (place / "more" / "other.json").write_text("{")
        err = ""
        while "other.json" not in err:
            err += process.stderr.readline() or pytest.fail(err)
        time.sleep(0.5)
        assert written(place / "out") == before
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0
    assert out.splitlines()[-1] == "2 rows: 2 ok"
    assert "not there yet" in err
    assert "Traceback" not in err + rest
    assert (place / "out" / SAYS).read_text() == 'watched("");\n'
