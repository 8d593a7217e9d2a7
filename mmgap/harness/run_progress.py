"""How far a run is: which cells run, how many are left, and how long these may take.

Loaded in every pytest session of the environment, so it imports the standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mmgap.core.cache import canonical_json
from mmgap.rows.cell import cell_words
from mmgap.rows.durations import Durations
from mmgap.rows.row import CellDict, Row


class RunProgress:
    """Follows the cells of a run.

    A cell whose result is on disk costs nothing and says nothing of how long others take. Whether a row on disk
    answers for its cell is known when the cell begins; until then one of the same coordinates is taken to, as often as
    such rows did so far in this run.

    Args:
        cells: those that run, by an id of the run's own.
        again: whether cells are measured again that have a result.
        workers: how many cells run at a time.
    """

    def __init__(self, cells: Mapping[str, CellDict], *, again: bool = False, workers: int = 1) -> None:
        self.left, self.total = dict(cells), len(cells)
        self.again, self.workers = again, max(workers, 1)
        self.running: dict[str, float] = {}
        self._durations = Durations()
        self._known: set[str] = set()
        self._answered = self._asked = 0
        self._costs: dict[str, float | None] | None = None

    def learn(self, rows: Iterable[Row]) -> None:
        """Take what rows on disk say: how long cells took, and which have a result."""
        rows = list(rows)
        finished = {canonical_json(row["cell"]) for row in rows if row["status"] == "ok"}
        self._durations, self._costs = Durations(rows), None
        self._known = {name for name, cell in self.left.items() if not self.again and canonical_json(cell) in finished}

    @property
    def done(self) -> int:
        """How many cells have ended."""
        return self.total - len(self.left)

    def begin(self, name: str, now: float) -> None:
        """A cell begins, at this reading of the clock in seconds; other tests are no cells."""
        if name in self.left:
            self.running[name] = now

    def end(self, name: str, now: float, *, measured: bool, ok: bool = True) -> None:
        """A cell ends: ``measured`` in this run, or answered by its row, or unable to run here."""
        began, cell = self.running.pop(name, now), self.left.pop(name, None)
        if cell is None:
            return
        if name in self._known:
            self._asked += 1
            self._answered += not measured
        if measured and ok:
            self._durations.add(cell, now - began)
            self._costs = None

    def seconds_left(self, now: float) -> float | None:
        """Return about how long the rest takes, 0 where all of it has its result; None where no row and no cell of
        this run tells."""
        if self._costs is None:
            self._costs = {name: self._durations.expected(cell) for name, cell in self.left.items()}
        again = 1 - self._answered / self._asked if self._asked else 0.0
        found = 0.0
        for name in self.left:
            began, cost = self.running.get(name), self._costs[name]
            share = again if name in self._known and began is None else 1.0
            if cost is None and share:
                return None
            cost = share * (cost or 0.0)
            found += cost if began is None else max(cost - (now - began), 0.0)
        return found / min(self.workers, max(len(self.left), 1))

    def running_words(self, now: float) -> list[tuple[str, float]]:
        """Return what runs in words and for how many seconds, the longest first."""
        begun = sorted(self.running.items(), key=lambda one: one[1])
        return [(cell_words(self.left[name]), now - began) for name, began in begun]
