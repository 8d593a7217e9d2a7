"""Slurm, by submitit: cells as the tasks of an array, on machines that share their files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmgap.core.optional_libraries import optional_library
from mmgap.harness.sweep.cell_queue import CellQueue
from mmgap.harness.sweep.cell_task import all_of
from mmgap.harness.sweep.landed_cells import LandedCells
from mmgap.harness.sweep.sweep_run import TaskMaker

#: Seconds between two looks at the jobs.
LOOK = 1.0


@dataclass
class SlurmJobs:
    """Jobs of a Slurm cluster; without Slurm submitit runs them as processes of this machine.

    Args:
        folder: of submitit's files, which all machines see.
        jobs: that run at a time.
        cpus: that a job takes.
        gpus: that a job takes, whole ones.
        options: of Slurm, ``{"partition": "gpu", "time": "120"}``.
    """

    folder: Path
    jobs: int = 4
    cpus: float = 1.0
    gpus: float = 0.0
    options: Mapping[str, str] = field(default_factory=dict)

    def __enter__(self) -> SlurmJobs:
        """Check that submitit is there and takes the options.

        Raises:
            NoLibraryError: submitit is not installed.
            ValueError: an option that Slurm, or submitit, does not know.
        """
        submitit = optional_library("submitit", "cluster")
        self._executor: Any = submitit.AutoExecutor(folder=self.folder)
        self._broken = submitit.core.utils.UncompletedJobError, submitit.core.utils.FailedJobError
        self._running: list[Any] = []
        known = {"cpus_per_task": max(1, round(self.cpus)), "gpus_per_node": round(self.gpus)}
        own = {f"slurm_{name}": value for name, value in self.options.items()}
        try:
            self._executor.update_parameters(**known, slurm_array_parallelism=self.jobs, **own)
        except NameError as error:  # as submitit calls an option of no name
            raise ValueError(f"--slurm-option: {str(error).splitlines()[0]}") from error
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._running:
            job.cancel(check=False)

    def run(self, queue: CellQueue, landed: LandedCells, task: TaskMaker, say: Callable[[str], None]) -> None:
        """Submit an array of all cells and wait for it; what a lost job leaves goes into another array."""
        while batches := self._batches(queue):
            jobs = dict(zip(self._submitted([task(batch) for batch in batches]), batches, strict=True))
            self._running = list(jobs)
            say(f"{len(jobs)} jobs, {self._running[0].job_id} and on; what they say is in {self.folder}")
            while self._running:
                for job in [job for job in self._running if job.done()]:
                    self._running.remove(job)
                    self._land(job, jobs[job], queue, landed, say)
                time.sleep(LOOK)

    def _submitted(self, tasks: list[Any]) -> list[Any]:
        """As one array for Slurm, which runs so many at a time; elsewhere no more than may run."""
        if self._executor.cluster == "slurm":
            return list(self._executor.map_array(all_of, tasks))
        return [self._executor.submit(all_of, task) for task in tasks]

    def _batches(self, queue: CellQueue) -> list[list[str]]:
        """The cells of all jobs; outside Slurm, which queues them, no more than run at a time."""
        found: list[list[str]] = []
        while (self._executor.cluster == "slurm" or len(found) < self.jobs) and (
            batch := queue.take(f"job {len(found)}", wait=False)
        ):
            found.append(batch)
        return found

    def _land(
        self, job: Any, nodeids: list[str], queue: CellQueue, landed: LandedCells, say: Callable[[str], None]
    ) -> None:
        try:
            landed.follow(f"job {job.job_id}", nodeids, job.result())
        except self._broken as error:
            say(f"job {job.job_id} is lost; its cells run again")
            landed.crashed(nodeids, str(error).strip().splitlines()[-1])
        queue.back(nodeids)
