"""Tasks on threads: they run at once, products inside stay on theirs, and what was set before is set afterwards."""

import os
import threading

import pytest
import torch

from mmgap.core.threads import share_cores, side_by_side


@pytest.fixture
def threads():
    """Set the number of torch's threads; it is given back."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("count", [2, 3])
def test_as_many_tasks_run_at_once_as_torch_has_threads(threads, count):
    threads(count)
    everyone = threading.Barrier(count, timeout=60)

    def task():
        everyone.wait()  # breaks where one runs after the other
        return torch.get_num_threads(), threading.get_ident()

    found = side_by_side(*[task] * count)
    assert [own for own, _ in found] == [1] * count
    assert len({ident for _, ident in found}) == count
    assert torch.get_num_threads() == count


def test_results_stand_in_the_order_of_their_tasks_and_errors_give_the_threads_back(threads):
    threads(2)
    second_is_done = threading.Event()
    assert side_by_side(lambda: second_is_done.wait(60), lambda: second_is_done.set() or "second") == [True, "second"]
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda: 1 / 0, lambda: 1)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(("workers", "cores", "share"), [("2", 8, 4), ("3", 8, 2), ("8", 2, 1)])
def test_a_worker_has_its_part_of_the_cores(threads, monkeypatch, workers, cores, share):
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", workers)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        monkeypatch.setenv(name, "given back by monkeypatch")
        monkeypatch.delenv(name)
    share_cores()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["NUMBA_NUM_THREADS"]) == (str(share), str(share))
    assert torch.get_num_threads() == share


def test_alone_nothing_is_shared_and_what_was_named_counts(threads, monkeypatch):
    threads(2)
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "1")
    share_cores()
    assert torch.get_num_threads() == 2
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")
    share_cores()
    assert torch.get_num_threads() == 3
