"""Long work of pages, done in the background, once for everybody who asks for the same, with its progress told."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mmgap.core.failures import is_input, is_memory, line

log = logging.getLogger(__name__)

#: Results that are kept.
KEPT = 32


@dataclass
class Job:
    """One piece of work.

    Attributes:
        progress: what it is doing, in a line.
        result: what it gave; None while it works.
        error: why it ended without a result, in a line; "" otherwise.
    """

    progress: str = ""
    result: Any = None
    error: str = ""
    _done: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> bool:
        """Whether it has ended, with a result or an error."""
        return self._done.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, or so many seconds; return whether it has."""
        return self._done.wait(seconds)


class Jobs:
    """Work by key: equal keys share one piece of work and its result, so a key holds all that changes the result.

    >>> jobs = Jobs()
    >>> job = jobs.start("sum", lambda tell: 1 + 1)
    >>> job.wait(10), job.result
    (True, 2)
    """

    def __init__(self, workers: int = 2) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="mmgap-app")
        self._lock, self._jobs = threading.Lock(), OrderedDict[str, Job]()

    def start(self, key: str, work: Callable[[Callable[[str], None]], Any]) -> Job:
        """Return the job of a key, begun now if there is none, or if the last one failed.

        Args:
            key: of all that changes the result.
            work: is called with a function that takes a line of progress; what it returns is the result.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None or (job.done and job.error):
                job = self._jobs[key] = Job()
                self._pool.submit(self._run, job, work)
            self._jobs.move_to_end(key)
            for old in [name for name, one in self._jobs.items() if one.done][: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[old]
            return job

    def _run(self, job: Job, work: Callable[[Callable[[str], None]], Any]) -> None:
        try:
            job.result = work(lambda words: setattr(job, "progress", words))
        except Exception as error:
            job.error = line(error)
            if not (is_input(error) or is_memory(error)):
                log.exception("work in the background failed")
        finally:
            job._done.set()
