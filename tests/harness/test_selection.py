"""Cells outside the selection: what they say, what they cost the terminal, and what would run them."""

import re
import shlex
from collections import Counter

import pytest

from mmgap.harness.selection import Outside, grouped

EXPERIMENTS = """
import pytest

@pytest.mark.experiment("measure", axes=("encoder", "dataset"))
def test_measure(cell, record): record("gap", 1)

@pytest.mark.experiment("train", axes=("encoder", "dataset", "loss"))
def test_train(cell, record): record("gap", 1)

@pytest.mark.experiment("waits", unasked=False, variants=[{"n": n} for n in range(40)])
def test_waits(cell, record): record("gap", 1)

@pytest.mark.experiment("toy", variants=[{"n": 1}, {"n": 2}])
def test_toy(cell, record): record("gap", 1)
"""
WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two-workers"])


@pytest.fixture
def experiments(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    monkeypatch.setenv("MMGAP_DATA", str(pytester.path))
    pytester.makepyfile(**{"benchmarks/test_some": EXPERIMENTS})
    return pytester


def run(pytester, *options):
    if "-n" in options:
        pytest.importorskip("xdist")
    run_pytest = pytester.runpytest_subprocess if "-n" in options else pytester.runpytest_inprocess
    return run_pytest("benchmarks", "--mmgap-profile", "smoke", "--color", "no", *options)


@WORKERS
def test_cells_outside_are_one_line_and_one_count(experiments, workers):
    result = run(experiments, "-k", "toy or waits", *workers)
    assert result.ret == 0
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["outside"], "skipped" in outcomes) == (2, 40, False)
    assert sum("outside the selection" in line for line in result.outlines) == 2
    result.stdout.fnmatch_lines(["  40 × outside the selection*-rs*", "=* 2 passed, *40 outside the selection in *"])
    assert [line for line in result.outlines if re.fullmatch(r"(benchmarks\S+ )?\.\. +\[100%\]", line)]


@WORKERS
def test_verbose_runs_name_the_cells_that_run_and_no_others(experiments, workers):
    result = run(experiments, "-v", "-k", "toy or waits", *workers)
    assert sum("PASSED" in line for line in result.outlines) == 2
    assert not [line for line in result.outlines if "test_waits" in line]
    assert sum("[100%]" in line for line in result.outlines) == 1


@WORKERS
def test_nothing_but_cells_outside_is_no_success(experiments, workers):
    result = run(experiments, "-k", "waits", *workers)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["NOTHING WAS MEASURED*", "*40 outside the selection*"])


@WORKERS
def test_cells_outside_become_no_items(experiments, workers):
    result = run(experiments, "-q", *workers)
    listed = run(experiments, "--collect-only", "-q").parseoutcomes()["tests"]
    outcomes = result.parseoutcomes()
    assert outcomes["outside"] == listed - 2 - 1 - 2, "as where items are listed or chosen by name"
    if not workers:  # toys, the one measured and the two trained, and one that stands for those that only wait
        result = run(experiments)
        result.stdout.fnmatch_lines([f"collected {2 + 1 + 2 + 1} items"])


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        (("benchmarks", "-k", "toy"), 2),
        (("benchmarks", "-m", "cell(experiment='toy')"), 2),
        (("benchmarks", "--deselect", "benchmarks/test_some.py::test_toy"), 3),
        (("benchmarks/test_some.py::test_waits[n-1-s0]",), 1),
    ],
)
def test_a_cell_that_is_chosen_by_name_is_one_of_all(experiments, words, passed):
    result = experiments.runpytest_inprocess(*words, "--mmgap-profile", "smoke")
    assert result.parseoutcomes()["passed"] == passed


FROZEN = """
import atexit, gc

def pytest_unconfigure():
    print("frozen", gc.get_freeze_count() > 0)
    atexit.register(lambda: print("then", gc.get_freeze_count() > 0))
"""


@pytest.mark.parametrize(("words", "frozen"), [(("benchmarks",), True), (("test_plain.py",), False)])
def test_no_garbage_is_looked_for_among_what_the_collection_of_a_grid_made(experiments, monkeypatch, words, frozen):
    monkeypatch.setenv("PYTHONPATH", str(experiments.path))
    experiments.makepyfile(told_frozen=FROZEN, test_plain="def test_plain(): pass")
    result = experiments.runpytest_subprocess("-p", "told_frozen", *words, "--mmgap-profile", "smoke", "--collect-only")
    result.stdout.fnmatch_lines([f"frozen {frozen}", f"then {frozen}"])


def groups(result):
    found = [re.match(r" +(\d+) × (.+); to run: (pytest .+)", line) for line in result.outlines]
    return {match[3]: int(match[1]) for match in found if match}


@WORKERS
def test_all_are_shown_by_the_command_that_runs_them(experiments, workers):
    shown = groups(run(experiments, "-rs", "-k", "toy or waits", *workers))
    assert shown == {"pytest benchmarks/test_some.py --profile smoke": 40}


def test_each_command_runs_the_cells_that_it_stands_for(experiments):
    shown = groups(run(experiments, "-rs", "--collect-only"))
    collected = run(experiments, "--collect-only", "-q").parseoutcomes()
    assert 5 < len(shown) < 30
    for command, count in shown.items():
        options = shlex.split(command)[2:]
        named = experiments.runpytest_inprocess("benchmarks/test_some.py", *options, "-rs", "--collect-only")
        left = sum(groups(named).values())
        inside = sum("<Function" in line for line in named.outlines) - left
        assert inside >= count, command
    assert sum(shown.values()) == collected["tests"] - 2 - 1 - 2, "toys, the one measured and the two trained remain"


def test_a_list_of_collected_cells_says_what_is_outside(experiments):
    result = run(experiments, "--collect-only", "-k", "waits and n-1-")
    result.stdout.fnmatch_lines(["*test_waits[[]n-1-s0[]]*", "  1 × outside the selection*"])
    result.stdout.no_fnmatch_line("NOTHING WAS MEASURED*")


def test_a_command_names_together_what_is_a_whole_product():
    def cell(encoder, dataset):
        return Outside("far", "pytest b", (("encoder", (encoder,)), ("dataset", (dataset,))))

    whole = Counter({cell(e, d): 2 for e in "ab" for d in "xy"})
    assert list(grouped(whole)) == ["8 × far; to run: pytest b --encoder a --encoder b --dataset x --dataset y"]
    del whole[cell("b", "y")]
    assert list(grouped(whole)) == [
        "2 × far; to run: pytest b --encoder a --dataset y",
        "4 × far; to run: pytest b --encoder a --encoder b --dataset x",
    ]


def test_values_that_a_shell_would_read_are_quoted():
    assert str(Outside("far", "pytest b", (("loss", ("ce+0.5*anti",)),))).endswith("--loss 'ce+0.5*anti'")
