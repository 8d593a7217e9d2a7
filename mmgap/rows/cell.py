"""The cell: one point of the grid of experiments, the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmgap.rows.row import CellDict, cell_slug

AXES = ("encoder", "dataset", "space", "adapter", "loss")

#: As ``--space`` names the vectors as they are.
AS_IS = "as-is"

#: What the vectors as they are go by among the members of a study of spaces.
UNCHANGED = "as is"

#: As ``--space`` names the vectors as they are and every space at each of its strengths, ``--adapter`` every adapter.
EVERY = "every"

#: The loss of a cell in which nothing is trained.
INITIAL = "initial"

#: The losses of the thesis's tables 5.5 to 5.7, in their order, and CyCLIP's.
LOSSES = ("ce", "ce+intra", "ce+intra+inter", "ce+var", "ce+anti", "ce+anti+var", "cyclip")


@dataclass(frozen=True)
class Cell:
    """One point of the grid: one pytest item, one row.

    ``space`` is None where the vectors are measured as they are, ``adapter`` where nothing is classified;
    ``variant`` is a sorted tuple of (name, value).
    """

    experiment: str
    encoder: str | None = None
    dataset: str | None = None
    loss: str | None = None
    seed: int = 0
    variant: tuple[tuple[str, Any], ...] = ()
    space: str | None = None
    adapter: str | None = None

    def value(self, name: str, usual: Any = None) -> Any:
        """Return a value of its variant; ``usual`` where it has none of this name."""
        return dict(self.variant).get(name, usual)

    def to_dict(self) -> CellDict:
        """As it stands in a row; without a space or an adapter there is no entry for one, as in rows from before there
        were any."""
        found: CellDict = {
            "experiment": self.experiment,
            "encoder": self.encoder,
            "dataset": self.dataset,
            "loss": self.loss,
            "seed": self.seed,
            "variant": dict(self.variant),
        }
        if self.space is not None:
            found["space"] = self.space
        if self.adapter is not None:
            found["adapter"] = self.adapter
        return found

    @property
    def id(self) -> str:
        """The readable id that ``-k`` matches."""
        return cell_slug(self.to_dict())


def cell_words(cell: CellDict) -> str:
    """Return a cell in a line, as it is said while it runs.

    >>> cell_words(Cell("train", "tiny", "glyphs-en", "ce", 1, (("captions", "first"),)).to_dict())
    'train: tiny × glyphs-en × ce, captions=first, seed 1'
    """
    found: dict[str, Any] = dict(cell)
    axes = " × ".join(found[axis] for axis in AXES if found.get(axis))
    variant = [f"{name}={value}" for name, value in cell["variant"].items()]
    return f"{cell['experiment']}: " + ", ".join(filter(None, [axes, *variant, f"seed {cell['seed']}"]))
