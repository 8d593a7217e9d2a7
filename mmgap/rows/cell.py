"""The cell: one point of the grid of experiments, the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmgap.rows.row import CellDict, cell_slug

AXES = ("encoder", "dataset", "loss")

#: The loss of a cell in which nothing is trained.
INITIAL = "initial"

#: The losses of the thesis's tables 5.5 to 5.7, in their order, and CyCLIP's.
LOSSES = ("ce", "ce+intra", "ce+intra+inter", "ce+var", "ce+anti", "ce+anti+var", "cyclip")


@dataclass(frozen=True)
class Cell:
    """One point of the grid: one pytest item, one row. ``variant`` is a sorted tuple of (name, value)."""

    experiment: str
    encoder: str | None = None
    dataset: str | None = None
    loss: str | None = None
    seed: int = 0
    variant: tuple[tuple[str, Any], ...] = ()

    def to_dict(self) -> CellDict:
        """As it stands in a row."""
        return {
            "experiment": self.experiment,
            "encoder": self.encoder,
            "dataset": self.dataset,
            "loss": self.loss,
            "seed": self.seed,
            "variant": dict(self.variant),
        }

    @property
    def id(self) -> str:
        """The readable id that ``-k`` matches."""
        return cell_slug(self.to_dict())
