"""What closes the gap at the least cost: what each loss does to the gap and to R@1, both against the same loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmgap.analysis.groups import pool_size
from mmgap.analysis.row_items import RowItems
from mmgap.analysis.training_effects import Effects, verdict
from mmgap.rows.recall_names import recall_name, recall_names

WAYS = ("t2i", "i2t")

#: The loss that others stand against.
REFERENCE = "ce"

#: A change as `mmgap.analysis.loss_contrasts.changes` gives it.
Change = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """One loss of the frontier.

    Attributes:
        loss: its name.
        gap: change of the corrected gap.
        recalls: change of R@1 by own pairs, by direction.
    """

    loss: str
    gap: Change
    recalls: Mapping[str, Change]

    @property
    def kind(self) -> str:
        """``"free"`` where the gap is lower and R@1 is not, either way; ``"paid"`` where R@1 is lower, too; ``"open"``
        where the gap is not lower; ``"none"`` with fewer than three seeds, which tell nothing of a loss."""
        found = verdict(self.gap)
        if found != "lower":
            return "none" if found == "none" else "open"
        return "paid" if any(verdict(change) == "lower" for change in self.recalls.values()) else "free"

    @property
    def cost(self) -> float:
        """What R@1 loses, the mean of both ways: below 0 where it gains."""
        return -sum(float(change["difference"]) for change in self.recalls.values()) / len(self.recalls)


def frontier(rows: Sequence[RowItems]) -> tuple[str, list[Point]]:
    """Return the loss that all stand against, and a point for each other one that can be compared with it.

    Args:
        rows: trained ones of one family, all seeds of each loss; the first loss is what the others stand against
            where there is no `REFERENCE`.
    """
    from mmgap.analysis.loss_contrasts import changes

    runs: dict[str, dict[int, Any]] = {}
    for one in rows:
        runs.setdefault(str(one.row["cell"]["loss"]), {})[one.row["cell"]["seed"]] = one.arrays
    against = REFERENCE if REFERENCE in runs else next(iter(runs))
    names = recall_names(WAYS, (1,), pool_size(rows[0].row["metrics"]), "own")
    found = []
    for loss in (loss for loss in runs if loss != against):
        try:
            told = changes(runs[against], runs[loss], ("gap_corrected", *names))
        except ValueError:  # the section says why among its notes
            continue
        if point := _point(loss, told):
            found.append(point)
    return against, found


def points(effects: Effects) -> list[Point]:
    """Return the same from the changes that were kept, against `REFERENCE`; none where that was not trained."""
    told = effects.against(REFERENCE)
    return [point for loss, changes in told.items() if (point := _point(loss, changes))]


def least_cost(found: Sequence[Point]) -> Point | None:
    """Return the loss that closes most of the gap of those that cost nothing that can be told; else the cheapest.

    None where no loss closes the gap, or none has seeds enough to tell.
    """
    if free := [point for point in found if point.kind == "free"]:
        return min(free, key=lambda point: float(point.gap["difference"]))
    return min((point for point in found if point.kind == "paid"), key=lambda point: point.cost, default=None)


def most_closing(found: Sequence[Point]) -> Point | None:
    """Return the loss that closes most of the gap, whatever it costs; None as `least_cost`."""
    closing = [point for point in found if point.kind in ("free", "paid")]
    return min(closing, key=lambda point: float(point.gap["difference"]), default=None)


def _point(loss: str, changes: Mapping[str, Change]) -> Point | None:
    recalls = {
        known.way: change
        for name, change in changes.items()
        if (known := recall_name(name)) is not None and known.relevance == "own"
    }
    if "gap_corrected" not in changes or recalls.keys() != set(WAYS):
        return None
    return Point(loss, changes["gap_corrected"], {way: recalls[way] for way in WAYS})
