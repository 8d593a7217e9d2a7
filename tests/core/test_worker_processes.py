"""Work in several processes: results in the order of the tasks, the first error, processes of their own."""

import os

import pytest

from mmgap.core.worker_processes import in_processes


def process_of(number):
    return number, os.getpid()


def refuse(number):
    raise ValueError(f"no {number}")


def test_results_keep_the_order_of_their_tasks():
    done = in_processes(process_of, range(7), desc="numbers")
    assert [number for number, _ in done] == list(range(7))
    assert os.getpid() not in {process for _, process in done}


@pytest.mark.parametrize(("tasks", "worthwhile"), [(range(3), False), ([5], True), ([], True)])
def test_little_work_starts_no_process(tasks, worthwhile):
    assert in_processes(process_of, tasks, desc="numbers", worthwhile=worthwhile) == [(n, os.getpid()) for n in tasks]


@pytest.mark.parametrize("worthwhile", [False, True])
def test_an_error_of_a_task_is_raised(worthwhile):
    with pytest.raises(ValueError, match=r"no [01]"):
        in_processes(refuse, range(2), desc="numbers", worthwhile=worthwhile)
