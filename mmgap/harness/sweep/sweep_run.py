"""What the machines of a sweep are sent, and the files by which they find out what they share with its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

from mmgap.core.paths import cache_dir
from mmgap.harness.sweep.cell_queue import CellQueue
from mmgap.harness.sweep.cell_task import CellTask
from mmgap.harness.sweep.landed_cells import LandedCells
from mmgap.harness.sweep.sweep_plan import SweepPlan
from mmgap.rows.row import row_files_of

#: From node ids to what a machine is sent.
TaskMaker: TypeAlias = Callable[[list[str]], CellTask]

#: Variables that every machine gets as they are here.
VARIABLES = ("MMGAP_CACHE", "MMGAP_DATA", "MMGAP_WEIGHTS")


class Machines(Protocol):
    """Where cells run: `mmgap.harness.sweep.ray_nodes.RayNodes`, `mmgap.harness.sweep.slurm_jobs.SlurmJobs`."""

    def run(self, queue: CellQueue, landed: LandedCells, task: TaskMaker, say: Callable[[str], None]) -> None:
        """Hand out the cells until all have their outcome."""


@contextmanager
def tasks(plan: SweepPlan, arguments: Sequence[str], folder: Path, began: str) -> Iterator[TaskMaker]:
    """Give what makes the tasks of a sweep; while it lasts a file in the folder of reports and one in the cache show
    other machines whether these are shared.

    Args:
        plan: the selection.
        arguments: of pytest.
        folder: that the sweep is started in.
        began: when, in UTC.
    """
    token, places = f".sweep-{uuid.uuid4().hex[:12]}", (plan.reports, cache_dir())
    environment = {
        name: str(Path(os.environ[name]).expanduser().resolve()) for name in VARIABLES if os.environ.get(name)
    }

    def made(nodeids: list[str]) -> CellTask:
        rows = _rows(plan, nodeids)
        return CellTask(
            tuple(arguments), tuple(nodeids), str(folder), str(plan.reports), token, began, environment, rows
        )

    try:
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            (place / token).touch()
        yield made
    finally:
        for place in places:
            (place / token).unlink(missing_ok=True)


def _rows(plan: SweepPlan, nodeids: list[str]) -> dict[str, bytes]:
    """The rows that there are of some cells, whatever they were made of."""
    files = (path for nodeid in nodeids for path in row_files_of(plan.reports / "rows", plan.cells[nodeid]))
    return {path.name: path.read_bytes() for path in files}
