"""Ray: a thread for each place of the cluster's nodes hands it cells; nodes may come and go."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

from mmgap.core.optional_libraries import NoLibraryError
from mmgap.core.ray_driver import NoClusterError, ray_driver
from mmgap.harness.sweep.cell_queue import CellQueue
from mmgap.harness.sweep.cell_task import run_cells
from mmgap.harness.sweep.landed_cells import LandedCells
from mmgap.harness.sweep.sweep_run import TaskMaker

#: Seconds between two looks at the nodes, until a node without a word is known to be lost, and without any node.
LOOK, SETTLED, PATIENCE = 1.0, 20.0, 120.0


class ClusterError(ValueError):
    """A cluster that cannot be reached, or has no place for a cell."""


@dataclass
class RayNodes:
    """The nodes of a cluster.

    Args:
        address: of the cluster, "auto" for the one of this machine.
        cpus: that a cell takes.
        gpus: that a cell takes; a part of one where several cells share it.
    """

    address: str
    cpus: float = 1.0
    gpus: float = 0.0
    _lost: set[str] = field(default_factory=set)

    def __enter__(self) -> RayNodes:
        """Connect.

        Raises:
            NoLibraryError: Ray is not installed.
            NoClusterError: nobody answers at the address.
            ClusterError: the cluster refuses this driver, or no node of it has room for a cell.
        """
        logging.getLogger("ray").setLevel(logging.CRITICAL)  # what becomes of nodes is said here, in a line
        driver = ray_driver(self.address, logging_level=logging.CRITICAL)
        with ExitStack() as entered:
            try:
                self._ray: Any = entered.enter_context(driver)
            except (NoLibraryError, NoClusterError):
                raise
            except Exception as error:  # of many kinds, and none of them ours
                raise ClusterError(f"no Ray cluster at {self.address}: {str(error).strip().splitlines()[0]}") from error
            if not any(self.places().values()):
                needed = f"a cell (CPUs: {self.cpus:g}, GPUs: {self.gpus:g})"
                raise ClusterError(
                    f"no node of the cluster at {self.address} has room for {needed}: see --num-gpus, --num-cpus"
                )
            self._leave = entered.pop_all()  # what runs for this driver ends with it
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.close()

    def places(self) -> dict[str, int]:
        """Return how many cells each living node takes at a time, by its id."""
        found = {}
        for node in self._ray.nodes():
            has = node["Resources"]
            rooms = [has.get("CPU", 0.0) / self.cpus, *([has.get("GPU", 0.0) / self.gpus] if self.gpus else [])]
            if node["Alive"] and node["NodeID"] not in self._lost:
                found[node["NodeID"]] = int(min(rooms) + 1e-9)
        return found

    def names(self) -> dict[str, str]:
        """Return what the nodes are called, by id: their host, and a number where several are on one."""
        hosts: dict[str, list[str]] = {}
        for node in self._ray.nodes():
            hosts.setdefault(node["NodeManagerHostname"], []).append(node["NodeID"])
        return {
            one: host + (f"#{n}" if len(ids) > 1 else "") for host, ids in hosts.items() for n, one in enumerate(ids, 1)
        }

    def run(self, queue: CellQueue, landed: LandedCells, task: TaskMaker, say: Callable[[str], None]) -> None:
        """Hand out the cells until all have their outcome; nodes that come take part, those that go lose nothing.

        Raises:
            ClusterError: there was no node for `PATIENCE` seconds.
        """
        threads: dict[tuple[str, int], threading.Thread] = {}
        seen, errors = time.monotonic(), list[BaseException]()

        def look_after(node: str) -> None:
            try:
                self._serve(node, queue, landed, task, say)
            except BaseException as error:  # of ours: it ends the sweep
                errors.append(error)
                queue.stop()

        try:
            while not queue.over:
                for node, places in self.places().items():
                    for number in range(places):
                        if (node, number) not in threads:
                            threads[node, number] = threading.Thread(target=look_after, args=(node,), daemon=True)
                            threads[node, number].start()
                living = sum(thread.is_alive() for thread in threads.values())
                seen = time.monotonic() if living else seen
                landed.progress.workers = max(living, 1)
                if time.monotonic() - seen > PATIENCE:
                    raise ClusterError("no node is left; the same command goes on where it stopped")
                time.sleep(LOOK)
        finally:
            queue.stop()
        for thread in threads.values():
            thread.join(LOOK)
        if errors:
            raise errors[0]

    def _serve(
        self, node: str, queue: CellQueue, landed: LandedCells, task: TaskMaker, say: Callable[[str], None]
    ) -> None:
        """One place of a node: cell after cell, until there are none or the node is lost."""
        name = self.names().get(node, node[:8])
        while nodeids := queue.take(node):
            try:
                landed.follow(name, nodeids, self._events(node, task(nodeids)))
            except self._ray.exceptions.RayTaskError as error:  # of ours, on the node
                raise getattr(error, "cause", None) or error from None
            except self._ray.exceptions.RayError as error:
                if self._is_lost(node):
                    if node not in self._lost:
                        self._lost.add(node)
                        say(f"node {name} is lost; its cells run again elsewhere")
                    queue.back(nodeids, place_lost=node)
                    return
                landed.crashed(nodeids, str(error).strip().splitlines()[0])
                queue.back(nodeids)

    def _events(self, node: str, task: Any) -> Any:
        where = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        remote = self._ray.remote(run_cells).options(
            num_cpus=self.cpus, num_gpus=self.gpus, max_retries=0, num_returns="streaming", scheduling_strategy=where
        )
        return map(self._ray.get, remote.remote(task))

    def _is_lost(self, node: str) -> bool:
        """Whether a node whose cells broke off is gone; the cluster needs a while to know."""
        end = time.monotonic() + SETTLED
        while time.monotonic() < end:
            with suppress(Exception):
                if node not in self.places():
                    return True
            time.sleep(LOOK / 2)
        return False
