"""What one machine does: some cells of the selection, told one by one, with their files where they are not shared."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mmgap.core.cache import Cache
from mmgap.harness.sweep.cell_queue import TRIES, CellQueue
from mmgap.harness.sweep.cell_task import CellTask, NoProjectError, all_of
from mmgap.harness.sweep.landed_cells import LandedCells
from mmgap.harness.sweep.sweep_plan import PlanError, SweepPlan
from mmgap.harness.sweep.sweep_run import tasks
from mmgap.rows.row import read_rows

BEGAN = "2020-01-01T00:00:00Z"


def outcomes(events):
    return {event["nodeid"]: event["kind"] for event in events if event["kind"] not in ("begun", "ended")}


def plan_of(selection, project):
    return SweepPlan.of(selection, project, BEGAN)


def test_a_plan_groups_by_encoder_what_has_no_row(project, selection):
    plan = plan_of(selection, project)
    assert {name: len(nodeids) for name, nodeids in plan.groups().items()} == {"tiny-random": 3, "tiny": 3}
    assert (plan.reports, plan.known, (project / "log").exists()) == (project / "reports", {}, False)


def test_chosen_cells_run_and_are_known_by_the_next_plan(project, selection):
    plan = plan_of(selection, project)
    chosen = plan.groups()["tiny"][:2]
    with tasks(plan, selection, project, BEGAN) as task:
        events = all_of(task(chosen))
    assert outcomes(events) == dict.fromkeys(chosen, "measured")
    assert [event["kind"] for event in events] == ["begun", "measured", "begun", "measured", "ended"]
    assert all("content" not in event and not event.get("arrays") for event in events)
    again = plan_of(selection, project)
    assert (list(again.known), len(again.groups()["tiny"])) == (chosen, 1)
    assert plan_of((*selection, "--refresh", "all"), project).known == {}
    assert not (project / "reports" / "scratch").exists()
    assert not list(project.rglob(".sweep-*"))


def test_rows_and_arrays_come_back_from_who_shares_neither(project, selection):
    plan = plan_of(selection, project)
    chosen = plan.groups()["tiny"][:1]
    apart = CellTask(
        selection, tuple(chosen), str(project), str(project / "reports"), ".sweep-nobody", BEGAN,
        {"MMGAP_CACHE": str(project / "theirs")},
    )  # fmt: skip
    events = all_of(apart)
    assert not (project / "reports" / "rows").exists()
    landed, lines = landed_of(plan)
    landed.follow("there", chosen, events)
    (row,), _ = read_rows(project / "reports" / "rows")
    assert (row["status"], row["items"], len(lines), dict(landed.measured)) == ("ok", row["key"], 1, {"there": 1})
    assert Cache().read("items", {"row": row["key"]})["own"].tolist() == [0, 1, 2]
    (event,) = [event for event in events if event["kind"] == "measured"]
    known = CellTask(**{**vars(apart), "rows": {event["name"]: event["content"]}})
    assert list(outcomes(all_of(known)).values()) == ["known"]


def landed_of(plan):
    """What a sweep makes of events, with all cells out at one place; and the lines that it says."""
    lines, queue = [], CellQueue(plan.groups(), 8)
    while queue.take("there", wait=False):
        pass
    return LandedCells(plan, queue, lines.append), lines


def test_a_cell_that_takes_its_process_with_it_is_given_up_in_the_end_and_the_others_go_on(project, selection):
    plan = plan_of(selection, project)
    landed, _ = landed_of(plan)
    cells = plan.groups()["tiny"]
    for _ in range(TRIES):
        begun = {"kind": "begun", "nodeid": cells[0]}
        landed.follow("there", cells, [begun, {"kind": "ended", "code": -9, "words": "some\nKilled"}])
        landed.queue.take("there", wait=False)
    assert landed.lost == {cells[0]: "Killed"}
    assert (landed.progress.total - landed.progress.done, landed.queue.over) == (5, False)


def test_what_another_process_holds_waits_and_what_cannot_run_is_counted_by_its_reason(project, selection):
    plan = plan_of(selection, project)
    landed, _ = landed_of(plan)
    first, second, third = plan.groups()["tiny"]
    told = [
        {"kind": "claimed", "nodeid": first, "words": "another process is measuring this cell"},
        {"kind": "skipped", "nodeid": second, "words": "no data"},
        {"kind": "error", "nodeid": third, "words": "no such encoder"},
        {"kind": "ended", "code": 1, "words": ""},
    ]
    landed.follow("there", [first, second, third], told)
    assert (dict(landed.skipped), landed.lost) == ({"no data": 1}, {third: "no such encoder"})
    assert landed.queue.take("there", wait=False) == [first]


def test_a_row_from_since_the_sweep_began_answers_also_for_refresh_all(project, selection):
    plan = plan_of(selection, project)
    chosen = tuple(plan.groups()["tiny"][:1])
    task = CellTask((*selection, "--refresh", "all"), chosen, str(project), str(plan.reports), began=BEGAN)
    assert [list(outcomes(all_of(task)).values()) for _ in range(2)] == [["measured"], ["known"]]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-k", "nothing"), "selects no cell"),
        (("--no-such-option",), "unrecognized arguments: --no-such-option"),
        (("--refresh", "never"), "measures nothing"),
        (("nowhere.py",), "file or directory not found: nowhere.py"),
    ],
)
def test_words_that_select_nothing_are_refused(project, selection, more, said):
    with pytest.raises(PlanError, match=said):
        plan_of((*selection, *more), project)


def test_a_machine_without_the_project_says_so(project, selection):
    with pytest.raises(NoProjectError, match="every machine needs the project there"):
        all_of(CellTask(selection, (), str(project / "elsewhere")))


@pytest.mark.skipif(os.name != "posix", reason="a process is killed")
def test_a_session_ends_with_who_started_it(project, selection, noted):
    (project / "seconds").write_text("30")
    nodeids = tuple(plan_of(selection, project).groups()["tiny"])
    asked = f"CellTask({selection!r}, {nodeids!r}, {str(project)!r})"
    code = f"from mmgap.harness.sweep.cell_task import CellTask, all_of; all_of({asked})"
    starter = subprocess.Popen([sys.executable, "-c", code])
    while not noted():
        time.sleep(0.1)
    (row,), _ = read_rows(project / "reports" / "rows")
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    end = time.monotonic() + 120
    while _lives(row["provenance"]["pid"]) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _lives(row["provenance"]["pid"])


def _lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
