"""What a sweep is to measure: the cells that pytest's words select, and those of them that have their row already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgap.harness.sweep.cell_task import CellTask, run_cells
from mmgap.rows.row import CellDict

#: Exit statuses of pytest that are a run's: all well, something failed, nothing measured.
RUNS = (0, 1, 5)


class PlanError(ValueError):
    """Words that pytest refuses, or that select no cell."""


@dataclass(frozen=True)
class SweepPlan:
    """The selection.

    Attributes:
        cells: by node id, all that are selected.
        known: node id → path of the row that answers for it.
        reports: folder of rows and report.
        device: where models run, as ``--device`` says.
    """

    cells: Mapping[str, CellDict]
    known: Mapping[str, str]
    reports: Path
    device: str

    @classmethod
    def of(cls, arguments: Sequence[str], folder: Path, began: str) -> SweepPlan:
        """Collect as pytest does, in a session of its own; nothing is measured, and no model is loaded.

        Raises:
            PlanError: pytest refuses the words, or they select no cell; the message is pytest's.
        """
        events = list(run_cells(CellTask(tuple(arguments), None, str(folder), began=began)))
        plan, ended = next((event for event in events if event["kind"] == "plan"), None), events[-1]
        if plan is None or ended["code"] not in RUNS:
            raise PlanError(f"pytest {' '.join(arguments)} collects nothing: {_reason(ended['words'])}")
        if not plan["cells"]:
            raise PlanError(f"pytest {' '.join(arguments)} selects no cell: name one (docs/choosing-cells.md)")
        if plan["refresh"] == "never":
            raise PlanError("--refresh never measures nothing: leave it out")
        known = {event["nodeid"]: event["row"] for event in events if event["kind"] == "known"}
        return cls(plan["cells"], known if plan["refresh"] != "all" else {}, Path(plan["reports"]), plan["device"])

    def groups(self) -> dict[str, list[str]]:
        """Return the cells that are to run, by encoder, or else by experiment, in the order of their collection."""
        found: dict[str, list[str]] = {}
        for nodeid, cell in self.cells.items():
            if nodeid not in self.known:
                found.setdefault(cell["encoder"] or cell["experiment"], []).append(nodeid)
        return found


def _reason(said: str) -> str:
    """The line of pytest's last words that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    refused = [line.partition("error: ")[2] for line in lines if "error: " in line]
    failed = [
        line.removeprefix("ERROR:").removeprefix("E ").strip() for line in lines if line.startswith(("ERROR", "E "))
    ]
    return (refused or failed or lines or ["it said nothing"])[0]
