"""What one machine does: some cells of the selection, told one by one, with their files where they are not shared."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from mmgap.core.cache import Cache
from mmgap.rows.row import read_rows
from mmgap.sweep.cell_task import CellTask, NoProjectError, all_of
from mmgap.sweep.sweep_plan import PlanError, SweepPlan
from mmgap.sweep.sweep_run import tasks

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


def test_rows_and_arrays_come_back_from_who_shares_neither(project, selection, monkeypatch):
    plan = plan_of(selection, project)
    chosen = plan.groups()["tiny"][:1]
    apart = CellTask(
        selection, tuple(chosen), str(project), str(project / "reports"), ".sweep-nobody", BEGAN,
        {"MMGAP_CACHE": str(project / "theirs")},
    )  # fmt: skip
    (event,) = [event for event in all_of(apart) if event["kind"] == "measured"]
    assert not (project / "reports" / "rows").exists()
    row = json.loads(event["content"])
    assert (row["status"], row["items"]) == ("ok", row["key"])
    for name, content in event["arrays"].items():
        (project / "ours" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "ours" / name).write_bytes(content)
    assert Cache(project / "ours").read("items", {"row": row["key"]})["own"].tolist() == [0, 1, 2]
    known = CellTask(**{**vars(apart), "rows": {event["name"]: event["content"]}})
    assert list(outcomes(all_of(known)).values()) == ["known"]


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
    code = f"from mmgap.sweep.cell_task import *; all_of(CellTask({selection!r}, {nodeids!r}, {str(project)!r}))"
    starter = subprocess.Popen([sys.executable, "-c", code])
    while not noted():
        time.sleep(0.1)
    (row,), _ = read_rows(project / "reports" / "rows")
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    end = time.monotonic() + 20
    while _lives(row["provenance"]["pid"]) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _lives(row["provenance"]["pid"])


def _lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
