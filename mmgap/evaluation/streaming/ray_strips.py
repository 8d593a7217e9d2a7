"""Strips of a streamed pass as tasks of Ray: many processes, the same bits as one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mmgap.core.ray_driver import ray_driver
from mmgap.evaluation.streaming.cross_strips import Columns, CrossPass, CrossStrip, Strip
from mmgap.evaluation.streaming.streamed_passes import ThisProcess
from mmgap.evaluation.streaming.strips import Tick
from mmgap.evaluation.streaming.tile_units import PassSums
from mmgap.evaluation.streaming.within_strips import WithinPass

#: Tasks under way for each CPU: while one is taken in, others go on.
_AHEAD = 2
#: Times that a task is tried again whose process or machine died.
_RETRIES = 5


@contextmanager
def runner_at(address: str | None) -> Iterator[Any]:
    """Yield who computes strips: this process where there is no address, else a Ray cluster, left when the block ends.

    Args:
        address: ``"local"`` starts Ray on this machine; an address is that of a cluster whose machines see the vectors
            at the same paths, and have mmgap.

    Raises:
        NoLibraryError: Ray is not installed.
        ConnectionError: no cluster is there.
    """
    if address is None:
        yield ThisProcess()
        return
    where = None if address == "local" else address
    with ray_driver(where, include_dashboard=False, logging_level="error") as ray:
        yield RayTasks(ray)


class _Received:
    """A strip that another process computed."""

    def __init__(self, columns: list[tuple[range, Columns]], strip: Strip) -> None:
        self._columns, self._strip = columns, strip

    def columns(self) -> Iterator[tuple[range, Columns]]:
        return iter(self._columns)

    def finish(self) -> Strip:
        return self._strip


class RayTasks:
    """Computes strips on a Ray cluster; a task whose process died is tried again elsewhere.

    Attributes:
        processes: that compute at the same time.
    """

    def __init__(self, ray: Any) -> None:
        self.ray = ray
        self.processes = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def cross(self, of: CrossPass, numbers: range, tick: Tick, bars: Any) -> Iterator[CrossStrip]:
        """Yield the strips of these numbers in order."""
        for number, (columns, strip) in zip(numbers, self._results(_cross_strip, of, numbers), strict=True):
            tick(of.tiles(number))
            yield _Received(columns, strip)

    def within(self, of: WithinPass, numbers: range, tick: Tick) -> Iterator[PassSums]:
        """Yield the sums of the strips of these numbers in order."""
        for number, sums in zip(numbers, self._results(_within_strip, of, numbers), strict=True):
            tick(of.tiles(number))
            yield sums

    def _results(self, compute: Callable[[Any, int], Any], of: Any, numbers: range) -> Iterator[Any]:
        """What a function gives for each number, in order, so many tasks at a time."""
        task = self.ray.remote(num_cpus=1, max_retries=_RETRIES, retry_exceptions=False)(compute)
        shared, waiting, left = self.ray.put(of), deque[Any](), iter(numbers)
        for number in left:
            waiting.append(task.remote(shared, number))
            if len(waiting) >= _AHEAD * self.processes:
                yield self.ray.get(waiting.popleft())
        while waiting:
            yield self.ray.get(waiting.popleft())


def _cross_strip(of: CrossPass, number: int) -> tuple[list[tuple[range, Columns]], Strip]:
    strip = of.strip(number, lambda: None)
    return list(strip.columns()), strip.finish()


def _within_strip(of: WithinPass, number: int) -> PassSums:
    return of.strip(number, lambda: None)
