"""Independent work on all cores, in processes of their own: for what one interpreter cannot do side by side."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

from mmgap.core.progress import progress_bar

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_processes(
    function: Callable[[Task], Result], tasks: Sequence[Task], *, desc: str, worthwhile: bool = True
) -> list[Result]:
    """Return what a function makes of each task, in their order, with a progress bar.

    Args:
        function: of a module, so that another process finds it.
        tasks: each is pickled, as is what the function returns.
        desc: what the bar says.
        worthwhile: whether the work takes longer than starting processes (a second or two); else it is done here.

    Raises:
        Exception: the first one that the function raised.

    >>> in_processes(abs, [-1, 2], desc="numbers", worthwhile=False)
    [1, 2]
    """
    if worthwhile and len(tasks) > 1:
        from joblib import Parallel, cpu_count, delayed

        together = Parallel(n_jobs=min(cpu_count(), len(tasks)), batch_size=1, return_as="generator")
        with warnings.catch_warnings():  # a process that has grown is replaced by a fresh one: no news for anybody
            warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
            return list(progress_bar(together(map(delayed(function), tasks)), total=len(tasks), desc=desc))
    return list(progress_bar(map(function, tasks), total=len(tasks), desc=desc))
