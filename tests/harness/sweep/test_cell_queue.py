"""Whatever places take, lose and come to nothing with: each cell has one outcome, an encoder stays where it is."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmgap.harness.sweep.cell_queue import TRIES, CellQueue

GROUPS = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(1, 9), min_size=1, max_size=4)


def cells(sizes):
    return {name: [f"{name}{n}" for n in range(count)] for name, count in sizes.items()}


@given(GROUPS, st.integers(1, 4), st.lists(st.tuples(st.sampled_from("xyz"), st.booleans()), max_size=40))
def test_each_cell_has_one_outcome_whatever_is_lost(sizes, most, steps):
    queue, done = CellQueue(cells(sizes), most), []

    def end(taken):
        for nodeid in taken:
            queue.done(nodeid)
        done.extend(taken)

    for place, lost in steps:
        taken = queue.take(place, wait=False)
        assert len(taken) <= most
        if lost:
            end(taken[:1])  # it had the first of them
            queue.back(taken, place_lost=place)
        else:
            end(taken)
    while taken := queue.take("last", wait=False):
        end(taken)
    assert sorted(done) == sorted(nodeid for nodeids in cells(sizes).values() for nodeid in nodeids)
    assert queue.over


def test_an_encoder_stays_where_it_is_until_others_wait_for_nothing():
    queue = CellQueue(cells({"a": 8, "b": 2}), most=2)
    assert [queue.take(place) for place in ("x", "y", "x", "y")] == [
        ["a0", "a1"],
        ["b0", "b1"],
        ["a2", "a3"],
        ["a4", "a5"],
    ]


def test_the_group_of_a_lost_place_is_anybodys():
    queue = CellQueue(cells({"a": 4, "b": 4}), most=2)
    taken = queue.take("x")
    queue.take("y")
    queue.back(taken, place_lost="x")
    assert queue.take("z") == ["a0", "a1"]


def test_who_has_nothing_to_do_waits_for_what_may_come_back():
    queue, found = CellQueue({"a": ["a1"]}, most=1), []
    queue.take("x")
    waits = threading.Thread(target=lambda: found.append(queue.take("y")))
    waits.start()
    queue.back(["a1"], place_lost="x")
    waits.join(10)
    assert found == [["a1"]]
    assert queue.take("x", wait=False) == []
    assert not queue.over


@pytest.mark.parametrize("end", ["done", "stop"])
def test_nobody_waits_when_all_is_done_or_stopped(end):
    queue, found = CellQueue({"a": ["a1"]}, most=1), []
    queue.take("x")
    waits = threading.Thread(target=lambda: found.append(queue.take("y")))
    waits.start()
    if end == "done":
        queue.done("a1")
    else:
        queue.stop()
    waits.join(10)
    assert found == [[]]
    assert queue.over


def test_a_cell_is_tried_no_more_than_so_often():
    queue = CellQueue({"a": ["a1"]}, most=1)
    assert [queue.try_again("a1") for _ in range(TRIES)] == [True] * (TRIES - 1) + [False]
