"""A run that is watched by its rows: what is running, what landed, and whether a report would be another one."""

import os
import socket
import subprocess
import sys
import time

import pytest

from mmgap.harness.watched_run import WatchedRun
from mmgap.rows.row import row_path, write_row
from tests.support.made_up_rows import failed, row


def running(process, host=None, locked=True, **keywords):
    made = {**row(**keywords), "status": "running", "metrics": {}, "time": {}, "error": None}
    about = {"pid": process, "host": host or socket.gethostname(), "locked": locked}
    return {**made, "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "provenance": about}


@pytest.fixture
def dead():
    """Return the number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_cell_runs_then_lands_and_only_what_landed_makes_another_report(tmp_path):
    run = WatchedRun(tmp_path)
    assert run.take_rows() == []
    write_row(tmp_path, running(os.getpid()))
    (line,), refused = run.look()
    assert refused == []
    assert line.split()[1] == "running"
    assert "measure: " in line
    assert run.running_words().startswith("running: measure: ")
    assert not run.rows_changed
    assert run.take_rows() == []
    write_row(tmp_path, row())
    (line,), _ = run.look()
    assert line.split()[1:4] == ["ok", "0.851", f"{row()['metrics']['misalignment']['value']:.3f}"]
    assert run.rows_changed
    assert [one["status"] for one in run.take_rows()] == ["ok"]
    assert not run.rows_changed
    assert run.look() == ([], [])
    assert not run.rows_changed
    assert run.running_words() == "nothing runs now"
    assert run.summary() == "1 row: 1 ok"


def test_a_row_whose_process_died_is_unfinished_and_is_said_once(tmp_path, dead, monkeypatch):
    write_row(tmp_path, running(dead))
    run = WatchedRun(tmp_path)
    (line,), _ = run.look()
    assert line.split()[1] == "unfinished"
    assert [one["status"] for one in run.take_rows()] == ["running"]

    write_row(tmp_path, running(os.getpid()))
    assert [line.split()[1] for line in run.look()[0]] == ["running"]
    monkeypatch.setattr("mmgap.harness.claims.alive", lambda process: False)
    assert [line.split()[1] for line in run.look()[0]] == ["unfinished"]
    assert run.rows_changed
    assert run.look() == ([], [])


def test_a_cell_of_another_host_runs_while_its_lock_file_is_there(tmp_path):
    one = running(1, host="elsewhere")
    path = write_row(tmp_path, one)
    lock = path.with_name(f".{path.name}.lock")
    lock.touch()
    run = WatchedRun(tmp_path)
    assert [line.split()[1] for line in run.look()[0]] == ["running"]
    lock.unlink()
    assert [line.split()[1] for line in run.look()[0]] == ["unfinished"]


def test_a_withdrawn_cell_is_no_loss_but_a_deleted_row_is_said(tmp_path):
    run = WatchedRun(tmp_path)
    path = write_row(tmp_path, running(os.getpid()))
    other = write_row(tmp_path, row(dataset="arasaac-es"))
    run.look(), run.take_rows()
    path.unlink()
    assert run.look() == ([], [])
    assert not run.rows_changed
    other.unlink()
    assert run.look() == ([], [f"{other}: gone"])
    assert run.rows_changed


def test_a_failed_cell_has_its_reason_in_its_line_and_a_foreign_file_its_own(tmp_path):
    write_row(tmp_path, failed())
    (tmp_path / "other.json").write_text("[]")
    (line,), (words,) = WatchedRun(tmp_path).look()
    assert line.split()[1] == "failed"
    assert failed()["error"]["message"].split()[0] in line
    assert "other.json" in words
    assert row_path(tmp_path, failed()).exists()


def test_in_spanish(tmp_path):
    write_row(tmp_path, running(os.getpid()))
    run = WatchedRun(tmp_path, "es")
    assert run.look()[0][0].split()[1] == "midiendo"
    assert run.running_words().startswith("en curso: ")
    assert run.summary() == "1 fila: 1 midiendo"
