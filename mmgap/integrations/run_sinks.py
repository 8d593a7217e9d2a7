"""Rows of results in the trackers that people look at: TensorBoard and trackio, each by its own library."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmgap.core.atomic import require_writable
from mmgap.core.optional_libraries import optional_library
from mmgap.rows.row import Row, cell_slug

#: What stands behind the colon, by tracker.
SINKS = {"tensorboard": "FOLDER", "trackio": "PROJECT"}


def send(rows: Iterable[Row], to: str) -> int:
    """Write rows to ``tensorboard:FOLDER`` or ``trackio:PROJECT``, a run for each; return how many were written.

    A metric is a scalar of its name, the ends of its interval are ``NAME/low`` and ``NAME/high``; the seed is the step.
    TensorBoard keeps numbers of 32 bits. Rows without metrics are left out.

    Raises:
        ValueError: another tracker, or nothing behind the colon.
        NoLibraryError: its library is not installed; the message has the pip line.
    """
    tracker, _, place = to.partition(":")
    if tracker not in SINKS or not place:
        raise ValueError(f"--to {to}: expected {' or '.join(f'{name}:{what}' for name, what in SINKS.items())}")
    write = _tensorboard if tracker == "tensorboard" else _trackio
    measured = [row for row in rows if row["metrics"]]
    write(measured, place)
    return len(measured)


def run_name(row: Row) -> str:
    """Return what a row's run is called, one name a row: experiment, cell and the start of its key."""
    return f"{row['cell']['experiment']}-{cell_slug(row['cell'])}"[:160] + f"-{row['key'][:8]}"


def scalars(row: Row) -> dict[str, float]:
    """Return the numbers of a row, with the ends of intervals."""
    found = {}
    for name, metric in row["metrics"].items():
        ends = {name: metric["value"], f"{name}/low": metric["ci_low"], f"{name}/high": metric["ci_high"]}
        found.update({called: number for called, number in ends.items() if number is not None})
    return found


def _tensorboard(rows: list[Row], folder: str) -> None:
    optional_library("tensorboard", "tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    require_writable(Path(folder))  # its writer's thread would leave a traceback on the terminal
    for row in rows:
        with SummaryWriter(str(Path(folder) / run_name(row))) as writer:
            for name, number in scalars(row).items():
                writer.add_scalar(name, number, row["cell"]["seed"])


def _trackio(rows: list[Row], project: str) -> None:
    trackio: Any = optional_library("trackio", "trackio")
    for row in rows:
        trackio.init(project=project, name=run_name(row), config={**row["cell"], "key": row["key"]}, embed=False)
        trackio.log(scalars(row), step=row["cell"]["seed"])
        trackio.finish()
