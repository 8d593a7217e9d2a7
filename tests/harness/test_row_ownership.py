"""A row belongs to the process that began it; disks that are full, files that are torn and newer cost one line each."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy  # noqa: F401 - loaded once, before an in-process session could load it twice
import pytest

from mmgap.core.cache import Cache, CacheError
from mmgap.harness import claims, collector
from mmgap.harness.cell_rows import new_row
from mmgap.harness.claims import Claim, ClaimedError
from mmgap.harness.run_summary import summary
from mmgap.rows.cell import Cell
from mmgap.rows.code_of_row import origin
from mmgap.rows.row import SCHEMA, RowError, migrated, read_row, row_path, write_row
from tests.support import mutated_files

TOY = """
import os, time
import numpy as np
import pytest

@pytest.mark.experiment("toy", variants=[{"n": 1}, {"n": 2}], version=1)
def test_toy(cell, record):
    n = dict(cell.variant)["n"]
    with open("ran", "a") as log:
        log.write(f"{n} ")
    act = os.environ.get("ACT", "")
    if act == "skip":
        pytest.skip("not here")
    assert act != "fail"
    if act == "wait":
        time.sleep(60)
    time.sleep(float(os.environ.get("SECONDS", "0")))
    record("gap", n / 10)
    record.note("made up")
    record.keep({"per_item": np.arange(n)})
"""


@pytest.fixture
def toy(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    pytester.makepyfile(test_toys=TOY)
    return pytester


def files(toy):
    return sorted((toy.path / "reports" / "rows").glob("*.json"))


def ran(toy):
    log = toy.path / "ran"
    return log.read_text().split() if log.exists() else []


@pytest.mark.parametrize("act", ["skip", "fail"])
def test_an_ok_row_stays_where_its_successor_is_never_complete(toy, monkeypatch, act):
    toy.runpytest_inprocess().assert_outcomes(passed=2)
    before = [file.read_bytes() for file in files(toy)]
    monkeypatch.setenv("ACT", act)
    result = toy.runpytest_inprocess("--refresh", "all")
    assert ran(toy) == ["1", "2", "1", "2"]
    assert [file.read_bytes() for file in files(toy)] == before
    if act == "fail":
        result.assert_outcomes(failed=2)
        result.stdout.fnmatch_lines(["*failed now; the earlier result stays"])
    assert [name for name in os.listdir(toy.path / "reports" / "rows") if name.startswith(".")] == []


def test_a_failure_replaces_a_failure_and_a_success_both(toy, monkeypatch):
    monkeypatch.setenv("ACT", "fail")
    toy.runpytest_inprocess()
    assert {read_row(file)["status"] for file in files(toy)} == {"failed"}
    toy.runpytest_inprocess("--refresh", "failed")
    monkeypatch.setenv("ACT", "")
    toy.runpytest_inprocess("--refresh", "failed").assert_outcomes(passed=2)
    assert {read_row(file)["status"] for file in files(toy)} == {"ok"}


def test_the_row_of_a_living_process_is_left_alone_and_that_of_a_dead_one_is_measured(toy, monkeypatch):
    monkeypatch.setenv("ACT", "wait")
    other = subprocess.Popen([sys.executable, "-m", "pytest", "-q"], cwd=toy.path, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not ran(toy) and time.monotonic() < deadline:
            time.sleep(0.05)
        (running,) = files(toy)
        before = running.read_bytes()
        monkeypatch.setenv("ACT", "")
        result = toy.runpytest_inprocess()
        result.assert_outcomes(passed=1, skipped=1)
        result.stdout.fnmatch_lines([f"*another process is measuring this cell (process {other.pid} on *"])
        assert running.read_bytes() == before
        assert json.loads(before)["status"] == "running"
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
    toy.runpytest_inprocess().assert_outcomes(passed=1, skipped=1)
    assert {read_row(file)["status"] for file in files(toy)} == {"ok"}


def test_four_runs_at_once_measure_each_cell_once(toy, monkeypatch):
    monkeypatch.setenv("SECONDS", "1")
    command = [sys.executable, "-m", "pytest", "-q"]
    runs = [subprocess.Popen(command, cwd=toy.path, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = [run.communicate()[0] for run in runs]
    assert sorted(ran(toy)) == ["1", "2"], told
    assert {read_row(file)["status"] for file in files(toy)} == {"ok"}


def test_a_cell_that_another_run_refreshed_meanwhile_is_not_measured_again(toy):
    toy.runpytest_inprocess("-k", "n-1").assert_outcomes(passed=1)
    (file,) = files(toy)
    row = {**read_row(file), "started_at": "2999-01-01T00:00:00Z"}  # later than the session to come
    write_row(file.parent, row)
    toy.runpytest_inprocess("--refresh", "all", "-k", "n-1").assert_outcomes(skipped=1)
    assert ran(toy) == ["1"]


def test_an_interrupted_cell_leaves_no_row(toy, monkeypatch):
    toy.makepyfile(
        test_toys=TOY.replace("    record.note", "    raise KeyboardInterrupt\n    record.note"),
    )
    toy.runpytest_subprocess()
    assert os.listdir(toy.path / "reports" / "rows") == []


def test_a_row_of_a_newer_mmgap_is_not_replaced(toy):
    toy.runpytest_inprocess()
    first, _ = files(toy)
    newer = json.dumps({**json.loads(first.read_text()), "schema": SCHEMA + 1, "metrics": "of another kind"})
    first.write_text(newer.replace('"sha256"', '"seal"'))
    before = first.read_bytes()
    for refresh in ("missing", "all", "failed"):
        result = toy.runpytest_inprocess("--refresh", refresh)
        result.assert_outcomes(errors=1, **{"skipped" if refresh != "all" else "passed": 1})
        result.stdout.fnmatch_lines([f"*{first.name}: schema {SCHEMA + 1} is newer than this mmgap reads*"])
        result.stdout.fnmatch_lines(["report: *"])
        assert first.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b'{"schema": 1}'])
def test_torn_files_cost_a_line_each_and_no_report(toy, content):
    toy.runpytest_inprocess()
    own, _ = files(toy)
    own.write_bytes(content)
    stray = own.with_name("stray.json")
    stray.write_bytes(content)
    result = toy.runpytest_inprocess()
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines([f"*{own.name}*; its cell is measured again"])
    result.stdout.fnmatch_lines(["*stray.json*; not in the report"])
    result.stdout.fnmatch_lines(["report: *"])
    assert "Traceback" not in result.stdout.str()
    assert ran(toy) == ["1", "2", "1"]


def test_a_figure_that_a_disk_changed_is_measured_again(toy):
    toy.runpytest_inprocess()
    first, _ = files(toy)
    first.write_text(first.read_text().replace('"value": 0.1', '"value": 0.9'))
    toy.runpytest_inprocess().assert_outcomes(passed=1, skipped=1)
    assert read_row(first)["metrics"]["gap"]["value"] == 0.1


def test_a_full_disk_costs_no_cell(toy, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(claims, "write_row", full)
    monkeypatch.setattr(collector, "write_row", full)
    result = toy.runpytest_inprocess()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["0.100*", "2 measured now*", "*and 1 more cannot be written: No space left on device. *"]
    )
    assert result.stdout.str().count("No space left") == 1
    assert "INTERNALERROR" not in result.stdout.str()
    assert files(toy) == []


def test_rows_are_written_at_the_end_where_there_is_room_again(toy, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(claims, "write_row", full)
    toy.runpytest_inprocess().assert_outcomes(passed=2)
    assert [read_row(file)["metrics"]["gap"]["value"] for file in files(toy)] == [0.1, 0.2]


def test_rows_folders_that_cannot_be_written_are_refused_before_anything_runs(toy):
    (toy.path / "taken").write_text("a file")
    result = toy.runpytest_inprocess("--reports", "taken")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--reports: nothing can be written into *taken*"])
    assert ran(toy) == []


def test_a_report_that_cannot_be_written_is_a_line(toy):
    (toy.path / "reports").mkdir()
    (toy.path / "reports" / "scratch").write_text("a file")
    result = toy.runpytest_inprocess()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*the report could not be written into *scratch*"])
    assert len(files(toy)) == 2


def test_arrays_that_could_not_be_kept_are_measured_again(toy, monkeypatch):
    def full(*_):
        raise CacheError("cache entry x could not be kept: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Cache, "keep", full)
        result = toy.runpytest_inprocess()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*No space left on device. The cell is measured again by the next run"])
    assert {read_row(file)["items"] for file in files(toy)} == {None}
    toy.runpytest_inprocess().assert_outcomes(passed=2)
    toy.runpytest_inprocess().assert_outcomes(skipped=2)
    assert all(read_row(file)["items"] for file in files(toy))


def test_what_must_be_known_of_rows_is_shown_at_the_end(toy):
    toy.runpytest_inprocess().stdout.fnmatch_lines(["*note: made up (2 cells)"])


def a_row():
    return new_row(Cell("toy", variant=(("n", 1),)), {"measure_version": 1}, "2026-01-01T00:00:00Z")


def test_a_claim_is_one_processs_and_goes_with_it(tmp_path):
    claim = Claim.of(tmp_path, a_row())
    claim.begin()
    with pytest.raises(ClaimedError, match=rf"\(process {os.getpid()} on .*, since 2026-01-01T00:00:00Z\)"):
        Claim.of(tmp_path, a_row())
    claim.withdraw()
    assert list(tmp_path.iterdir()) == []
    again = Claim.of(tmp_path, a_row())
    again.row["status"] = "ok"
    assert again.complete()
    assert list(tmp_path.iterdir()) == [row_path(tmp_path, a_row())]


@pytest.mark.parametrize(
    ("about", "claimed"),
    [
        ({"pid": os.getppid()}, True),
        ({"pid": os.getppid(), "locked": True}, False),
        ({"pid": os.getppid(), "host": "another"}, False),
        ({"pid": 2**22 + 1}, False),
        ({"pid": "?"}, False),
        ({}, False),
    ],
)
def test_a_running_row_without_a_lock_is_that_of_a_process_that_lives(tmp_path, about, claimed):
    write_row(tmp_path, {**a_row(), "provenance": about, "started_at": "2999-01-01T00:00:00Z"})
    if claimed:
        with pytest.raises(ClaimedError, match=f"process {os.getppid()}"):
            Claim.of(tmp_path, a_row())
        write_row(tmp_path, {**a_row(), "provenance": about})  # from before that process began
    Claim.of(tmp_path, a_row()).release()


def test_locks_of_the_dead_go_and_those_of_the_living_stay(tmp_path):
    write_row(tmp_path, {**a_row(), "status": "ok"})
    lock = tmp_path / f".{row_path(tmp_path, a_row()).name}.lock"
    lock.touch()
    claim = Claim.of(tmp_path, a_row())
    claims.sweep(tmp_path)
    assert lock.exists()
    claim.release()
    lock.touch()
    claims.sweep(tmp_path)
    assert not lock.exists()


def test_a_file_system_without_locks_is_no_reason_to_stop(tmp_path, monkeypatch):
    from filelock import FileLock

    def unsupported(*_, **__):
        raise NotImplementedError("flock")

    monkeypatch.setattr(FileLock, "acquire", unsupported)
    claim = Claim.of(tmp_path, {**a_row(), "status": "ok"})
    assert claim.lock is None
    assert claim.complete()


@pytest.mark.parametrize("sealed", [True, False])
def test_mutated_rows_are_refused_or_can_be_shown(tmp_path, sealed):
    metric = {"value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "n": 9, "unit": "share", "higher_is_better": True}
    identities = {"experiment": {"version": 1}, "dataset": {"source": "ab" * 32, "file": "mine.py"}}
    row = {**a_row(), "status": "ok", "metrics": {"gap": metric, "t2i_r1": metric}, "notes": ["a note"]}
    row["inputs"] = {"measure_version": 2, "identities": identities, "recipe": {"epochs": 3}}
    path = write_row(tmp_path, row)
    content = path.read_bytes() if sealed else json.dumps(row).encode()
    shown = 0
    for mutated in mutated_files.of(content, random.Random(0), 500):
        path.write_bytes(mutated)
        try:
            found = read_row(path)
        except RowError:
            continue
        shown += 1
        summary([found]), migrated(found), origin(found)
        if sealed and b'"sha256"' in mutated:
            assert found == row
    assert shown > (0 if sealed else 50)
