"""How far a run is, against sums written out."""

import pytest

from mmgap.harness.run_progress import RunProgress
from mmgap.rows.cell import Cell

CELLS = {f"id{n}": Cell("toy", "tiny", "data", "ce", n).to_dict() for n in range(4)}


def row(cell, seconds, status="ok"):
    return {"cell": cell, "status": status, "time": {"total": seconds} if status == "ok" else {}}


def test_nothing_is_said_where_nothing_is_known():
    run = RunProgress(CELLS)
    assert (run.done, run.total, run.seconds_left(0.0)) == (0, 4, None)


def test_what_was_measured_tells_how_long_the_others_take():
    run = RunProgress(CELLS)
    run.begin("id0", 100.0)
    run.end("id0", 110.0, measured=True)
    assert run.done == 1
    assert run.seconds_left(110.0) == 30.0
    run.begin("id1", 110.0)
    assert run.seconds_left(114.0) == 26.0  # 6 of the one that runs, twice 10
    assert run.seconds_left(150.0) == 20.0  # one that takes longer than it should takes nothing more
    assert run.running_words(114.0) == [("toy: tiny × data × ce, seed 1", 4.0)]


def test_cells_with_a_row_cost_nothing_and_say_nothing_of_the_others():
    run = RunProgress(CELLS)
    run.learn([row(CELLS["id0"], 50.0), row(CELLS["id1"], 70.0)])
    assert run.seconds_left(0.0) == 120.0  # two unknown seeds, the median of two rows each
    run.begin("id0", 0.0)
    run.end("id0", 0.01, measured=False)
    assert run.seconds_left(0.01) == 120.0


def test_rows_that_turn_out_to_be_of_older_code_count_as_work_again():
    run = RunProgress(CELLS)
    run.learn([row(cell, 10.0) for cell in CELLS.values()])
    assert run.seconds_left(0.0) == 0.0
    run.begin("id0", 0.0)
    run.end("id0", 10.0, measured=True)
    assert run.seconds_left(10.0) == 30.0
    run.end("id1", 10.0, measured=False)
    assert run.seconds_left(10.0) == pytest.approx(10.0)  # half of such rows did not answer: half of two cells


def test_measuring_all_again_counts_every_cell():
    run = RunProgress(CELLS, again=True)
    run.learn([row(cell, 10.0) for cell in CELLS.values()])
    assert run.seconds_left(0.0) == 40.0


def test_workers_share_what_is_left_but_one_cell_takes_as_long_as_it_takes():
    run = RunProgress(CELLS, workers=3)
    run.learn([row(cell, 10.0) for cell in CELLS.values()])
    run = RunProgress(CELLS, again=True, workers=3)
    run.learn([row(CELLS["id0"], 12.0)])
    assert run.seconds_left(0.0) == 16.0
    for name in ("id0", "id1", "id2"):
        run.end(name, 0.0, measured=False)
    assert run.seconds_left(0.0) == 12.0


def test_failed_cells_and_other_tests_teach_nothing():
    run = RunProgress(CELLS)
    run.learn([row(CELLS["id0"], 9.0, status="failed")])
    run.begin("test_plain", 0.0)
    run.end("test_plain", 5.0, measured=False)
    assert run.running == {}
    assert (run.done, run.seconds_left(5.0)) == (0, None)
    run.begin("id0", 0.0)
    run.end("id0", 1.0, measured=True, ok=False)
    assert (run.done, run.seconds_left(5.0)) == (1, None)
