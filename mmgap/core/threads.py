"""Threads of torch and numba: one for many small products, a share of the cores for each of several workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any


@contextmanager
def one_thread() -> Iterator[None]:
    """Run the block with one torch thread and give back the number there was, also after an error."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def side_by_side(*tasks: Callable[[], Any]) -> list[Any]:
    """Run independent tasks on a thread each, as many at once as torch has threads, and return what they return.

    Products and decompositions inside stay on their task's thread: nothing waits at a barrier, and results do not
    depend on the number of threads. The first error of a task is raised.

    >>> side_by_side(lambda: 1, lambda: 2)
    [1, 2]
    """
    from concurrent.futures import ThreadPoolExecutor

    import torch

    threads = torch.get_num_threads()
    try:
        with (
            _libraries(len(sys.modules)).limit(limits=1),
            ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        ):
            return [done.result() for done in [pool.submit(task) for task in tasks]]
    finally:
        torch.set_num_threads(threads)  # what threads yet to come start with


@lru_cache(maxsize=1)
def _libraries(modules: int) -> Any:
    """The thread pools of libraries; looking for them takes milliseconds, so it is done again after an import alone."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def share_cores() -> None:
    """Under xdist, give this worker its part of the cores: threads of several workers on one core only wait."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(variable, str(threads))  # read when torch and numba are loaded
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
