import json
import os
import signal
import subprocess
import sys
import time

import numpy  # noqa: F401 - loaded once, before an in-process session could load it twice
import pytest

TOY = """
import os
import numpy  # noqa: F401 - loaded once, before an in-process session could load it twice
import pytest

@pytest.mark.experiment("toy", variants=[{"n": 1}, {"n": 2}, {"n": 3}], pool=90)
def test_toy(cell, record):
    n = dict(cell.variant)["n"]
    with open("ran", "a") as log:
        log.write(f"{n}\\n")
    record("gap", n / 10, ci=(0, 1), n=5)
    record.note("made up")
"""


@pytest.fixture
def toy(pytester, monkeypatch):
    pytester.monkeypatch = monkeypatch
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    monkeypatch.delenv("MMGAP_DATA", raising=False)
    pytester.makepyfile(test_toys=TOY)
    return pytester


def rows(pytester):
    return [json.loads(path.read_text()) for path in sorted((pytester.path / "reports" / "rows").glob("*.json"))]


def ran(pytester):
    log = pytester.path / "ran"
    return log.read_text().split() if log.exists() else []


def test_each_cell_becomes_a_row_and_the_run_a_report(toy):
    result = toy.runpytest_inprocess()
    result.assert_outcomes(passed=3)
    found = rows(toy)
    assert [row["metrics"]["gap"]["value"] for row in found] == [0.1, 0.2, 0.3]
    row = found[0]
    assert row["status"] == "ok"
    assert row["cell"] == {
        "experiment": "toy", "encoder": None, "dataset": None, "loss": None, "seed": 0, "variant": {"n": 1},
    }  # fmt: skip
    assert row["inputs"]["pool"] == 90
    assert row["notes"] == ["made up"]
    assert row["time"]["total"] > 0
    assert row["provenance"]["libraries"]["mmgap"]
    result.stdout.fnmatch_lines(["*3 measured now, 0 measured before, 0 not run", "report: *report.md"])
    assert (toy.path / "reports" / "scratch" / "report.md").exists()


def test_a_second_run_resumes(toy):
    toy.runpytest_inprocess()
    result = toy.runpytest_inprocess()
    result.assert_outcomes(skipped=3)
    assert result.ret == 0
    assert ran(toy) == ["1", "2", "3"]
    result.stdout.fnmatch_lines(["*0 measured now, 3 measured before, 0 not run", "report: *report.md"])


def test_a_changed_protocol_is_measured_again(toy):
    toy.runpytest_inprocess()
    toy.makepyfile(test_toys=TOY.replace("pool=90", "pool=30"))
    toy.runpytest_inprocess().assert_outcomes(passed=3)
    assert len(rows(toy)) == 6


@pytest.mark.parametrize(
    ("refresh", "outcomes", "times"),
    [
        ("missing", {"skipped": 1, "errors": 1, "passed": 1}, 3),
        ("failed", {"skipped": 1, "passed": 2}, 4),
        ("all", {"passed": 3}, 5),
        ("never", {"skipped": 2, "errors": 1}, 2),
    ],
)
def test_refresh_chooses_what_runs_again(toy, refresh, outcomes, times):
    broken = TOY.replace("    record.note", "    assert n != 2 or os.path.exists('mended'), 'broken'\n    record.note")
    toy.makepyfile(test_toys=broken)
    toy.runpytest_inprocess("-k", "n-1 or n-2").assert_outcomes(passed=1, failed=1)
    statuses = {row["cell"]["variant"]["n"]: row for row in rows(toy)}
    assert statuses[2]["status"] == "failed"
    assert "broken" in statuses[2]["error"]["message"]
    assert statuses[2]["metrics"]["gap"]["value"] == 0.2, "what was recorded before the failure is kept"
    (toy.path / "mended").touch()
    toy.runpytest_inprocess("--refresh", refresh).assert_outcomes(**outcomes)
    assert len(ran(toy)) == times


def test_a_failed_cell_stays_red_without_running_again(toy):
    toy.makepyfile(test_toys=TOY.replace("    record.note", "    assert n != 2, 'broken'\n    record.note"))
    toy.runpytest_inprocess()
    result = toy.runpytest_inprocess()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*failed before: AssertionError: broken*", "*--refresh failed runs it again*"])


def test_out_of_memory_has_its_own_status(toy):
    toy.makepyfile(test_toys=TOY.replace("    record.note", "    raise MemoryError('too big')\n    record.note"))
    toy.runpytest_inprocess("-k", "n-1").assert_outcomes(failed=1)
    assert rows(toy)[0]["status"] == "oom"


def test_a_failing_fixture_is_a_failed_cell(toy):
    toy.makeconftest("import pytest\n@pytest.fixture\ndef model(): raise OSError('no such weights')\n")
    toy.makepyfile(test_toys=TOY.replace("(cell, record)", "(cell, record, model)"))
    toy.runpytest_inprocess("-k", "n-1").assert_outcomes(errors=1)
    assert rows(toy)[0]["status"] == "failed"
    assert rows(toy)[0]["error"]["type"] == "OSError"


def test_a_cell_that_skips_itself_leaves_no_row_and_is_no_success(toy):
    toy.makepyfile(test_toys=TOY.replace("    n =", "    pytest.skip('needs a card')\n    n ="))
    result = toy.runpytest_inprocess()
    result.assert_outcomes(skipped=3)
    assert rows(toy) == []
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["*needs a card*", "NOTHING WAS MEASURED*"])


def test_a_nan_fails_inside_the_test(toy):
    toy.makepyfile(test_toys=TOY.replace("n / 10", "float('nan')"))
    result = toy.runpytest_inprocess("-k", "n-1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*RecordError: metric 'gap' is nan*"])


def test_a_torn_row_is_measured_again(toy):
    toy.runpytest_inprocess("-k", "n-1")
    path = next((toy.path / "reports" / "rows").glob("*.json"))
    path.write_text(path.read_text()[:50])
    toy.runpytest_inprocess("-k", "n-1").assert_outcomes(passed=1)
    assert rows(toy)[0]["status"] == "ok"


def test_items_are_kept_in_the_cache(toy):
    toy.makepyfile(
        test_toys=TOY.replace(
            "    record.note", "    import numpy; record.keep({'hit': numpy.ones(3)})\n    record.note"
        )
    )
    toy.runpytest_inprocess("-k", "n-1")
    from mmgap.core.cache import Cache

    assert Cache(toy.path / "cache").read("items", {"row": rows(toy)[0]["items"]})["hit"].sum() == 3


def test_ids_are_readable(toy):
    result = toy.runpytest_inprocess("--collect-only", "-q", "--seeds", "2")
    result.stdout.fnmatch_lines(["test_toys.py::test_toy?n-1-s0?", "test_toys.py::test_toy?n-1-s1?"])
    assert not (toy.path / "reports").exists()


@pytest.mark.parametrize("selection", [("-k", "n-2"), ("-m", 'cell(experiment="toy") and cell(seed=0)')])
def test_cells_are_selected_by_word_and_by_mark(toy, selection):
    result = toy.runpytest_inprocess(*selection)
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] in (1, 3)


def test_two_workers_measure_the_same_grid(toy):
    pytest.importorskip("xdist")
    result = toy.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=3)
    assert len(rows(toy)) == 3
    result.stdout.fnmatch_lines(["*3 measured now*", "report: *"])
    toy.runpytest_subprocess("-n", "2", "--dist", "loadgroup").assert_outcomes(skipped=3)


def test_workers_share_the_cores(toy):
    pytest.importorskip("xdist")
    told = "    record('threads', int(os.environ['OMP_NUM_THREADS']))\n    record.note"
    toy.makepyfile(test_toys=TOY.replace("    record.note", told))
    toy.monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    toy.runpytest_subprocess("-n", "2", "-k", "n-1").assert_outcomes(passed=1)
    assert rows(toy)[0]["metrics"]["threads"]["value"] == max(1, (os.cpu_count() or 1) // 2)


def test_a_crashed_worker_costs_one_cell(toy):
    pytest.importorskip("xdist")
    crash = "    if n == 2 and not os.path.exists('mended'): os._exit(9)\n    record.note"
    toy.makepyfile(test_toys=TOY.replace("    record.note", crash))
    result = toy.runpytest_subprocess("-n", "2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*crashed: *n-2*"])
    assert sorted(row["status"] for row in rows(toy)) == ["ok", "ok", "running"]
    (toy.path / "mended").touch()
    toy.runpytest_subprocess("-n", "2").assert_outcomes(passed=1, skipped=2)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_kill_minus_nine_loses_only_the_unfinished(toy, workers):
    slow = TOY.replace("    record.note", "    import time; time.sleep(0 if n == 1 else 60)\n    record.note")
    toy.makepyfile(test_toys=slow)
    command = [sys.executable, "-m", "pytest", "-q", *workers]
    process = subprocess.Popen(command, cwd=toy.path, start_new_session=True, stdout=subprocess.DEVNULL)
    folder = toy.path / "reports" / "rows"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any('"ok"' in path.read_text() for path in folder.glob("*.json")):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert [row["cell"]["variant"]["n"] for row in rows(toy) if row["status"] == "ok"] == [1]
    toy.makepyfile(test_toys=slow)  # the same bytes: the same experiment
    hurried = toy.path / "sitecustomize.py"
    hurried.write_text("import time; time.sleep = lambda seconds: None\n")
    env = {**os.environ, "PYTHONPATH": str(toy.path)}
    done = subprocess.run(command, cwd=toy.path, env=env, capture_output=True, text=True, check=False)
    assert "2 passed, 1 skipped" in done.stdout
    assert [row["status"] for row in rows(toy)] == ["ok"] * 3


def test_cells_outside_the_profile_skip_with_the_words_that_run_them(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(pytester.path))
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.experiment("measure", axes=("encoder", "dataset"))
        def test_measure(cell, record): record("gap", 1)
        """
    )
    result = pytester.runpytest_inprocess("-k", "arasaac-en and tiny", "-rs")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["*data set 'arasaac' not found in *", "NOTHING WAS MEASURED*"])
    result = pytester.runpytest_inprocess("-k", "glyphs-es", "-rs", "--profile", "smoke", "--refresh", "never")
    outside = (
        "*outside profile 'smoke'; to run: pytest *.py --profile smoke --encoder *clip-vit-b-32 * --dataset glyphs-es"
    )
    result.stdout.fnmatch_lines([outside])


def test_an_experiment_may_wait_until_it_is_asked_for(toy):
    toy.makepyfile(test_toys=TOY.replace("pool=90", "unasked=False"))
    toy.makepyfile(test_other="def test_one(): pass")
    result = toy.runpytest_inprocess("-rs")
    result.assert_outcomes(passed=1)
    assert result.parseoutcomes()["outside"] == 3
    result.stdout.fnmatch_lines(["*3 × runs only when asked for; to run: pytest test_toys.py"])
    toy.runpytest_inprocess("test_toys.py").assert_outcomes(passed=3)
    toy.runpytest_inprocess("-k", "toys and n-1", "--refresh", "all").assert_outcomes(passed=1)


@pytest.mark.parametrize("named", [("--dataset", "arasac-en"), ("--dataset", "folder:/nowhere"), ("--encoder", "tini")])
def test_what_cannot_be_is_named_without_a_traceback(pytester, monkeypatch, named):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.experiment("measure", axes=("encoder", "dataset"))
        def test_measure(cell, record): record("gap", 1)
        """
    )
    result = pytester.runpytest_inprocess(*named, "-k", "tini or arasac or (tiny and nowhere)")
    assert result.ret != 0
    result.stdout.no_fnmatch_line("*Traceback*")


def test_short_option_names_yield_to_another_plugin(pytester):
    pytester.makepyfile(
        other="""
        def pytest_addoption(parser):
            parser.addoption("--profile", action="store_true", default=False)
        """
    )
    pytester.makepyfile("def test_one(request): assert request.config.getoption('mmgap_profile') == 'smoke'")
    pytester.runpytest_subprocess("-p", "other", "--mmgap-profile", "smoke", "--profile").assert_outcomes(passed=1)


@pytest.mark.parametrize("bad", [("--data", "nowhere"), ("--seeds", "0"), ("--refresh", "sometimes")])
def test_a_bad_option_is_a_usage_error(toy, bad):
    assert toy.runpytest_subprocess(*bad).ret == pytest.ExitCode.USAGE_ERROR


def test_a_session_without_experiments_never_hears_of_it(pytester):
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*mmgap*measured*")
    assert not (pytester.path / "reports").exists()


def test_the_plugin_imports_neither_numpy_nor_torch(pytester):
    pytester.makepyfile(
        """
        import sys
        def test_light():
            assert "mmgap.harness.plugin" in sys.modules
            heavy = {"numpy", "torch", "transformers", "tabulate", "matplotlib", "filelock"} & set(sys.modules)
            assert not heavy
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
