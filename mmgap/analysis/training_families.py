"""Which rows of training belong together: all losses of one encoder on one dataset under one recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mmgap.analysis.groups import Group, groups
from mmgap.core.cache import canonical_json, key_digest
from mmgap.core.messages import Message, joined
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row, slug

EXPERIMENT = "train"

#: More losses than this are not told apart in one picture: those of more stay out of it.
PICTURED = 12

#: The variant that goes without saying in a name.
USUAL = ("captions", "first")


@dataclass(frozen=True)
class Family:
    """The losses that trained one encoder on one dataset, all else equal.

    Attributes:
        trained: a group of seeds for each loss, in the order of the thesis.
        initial: the same without training; None where it was not measured.
    """

    trained: tuple[Group, ...]
    initial: Group | None

    @property
    def cell(self) -> Mapping[str, Any]:
        """The coordinates that all of its rows share, and the loss of one."""
        return self.trained[0].cell

    @property
    def members(self) -> dict[str, Group]:
        """Loss → its rows, the untrained first."""
        initial = {INITIAL: self.initial} if self.initial else {}
        return initial | {str(group.cell["loss"]): group for group in self.trained}

    @property
    def title(self) -> str:
        """``encoder · dataset · tuning = lora``."""
        return cell_title(self.cell)

    @property
    def stem(self) -> str:
        """A readable file name, unlike any other family's."""
        cell = {**self.cell, "loss": None, "seed": None}
        others = [f"{name}-{value}" for name, value in sorted(cell["variant"].items()) if (name, value) != USUAL]
        readable = slug("-".join([*(coordinate[-60:] for coordinate in coordinates(cell)), *others]))
        return f"{readable[:120]}-{key_digest(cell)[:8]}"

    @property
    def pictured(self) -> tuple[Row, ...]:
        """The first seed of each trained loss, or of the first `PICTURED`."""
        return tuple(group.rows[0] for group in self.trained[:PICTURED])


def families(rows: Iterable[Row]) -> list[Family]:
    """Return the families of the finished rows of training, in the order of dataset, encoder and recipe.

    An untrained row stands for every recipe whose variant holds all of its own, so that one measured without any
    serves all.
    """
    own = [row for row in rows if row["cell"]["experiment"] == EXPERIMENT and row["status"] == "ok"]
    together: dict[str, list[Group]] = {}
    untrained: list[Group] = []
    for group in groups(own):
        if group.cell["loss"] == INITIAL:
            untrained.append(group)
        else:
            together.setdefault(canonical_json({**group.cell, "loss": None, "seed": None}), []).append(group)
    return [Family(tuple(trained), _initial(trained[0].cell, untrained)) for trained in together.values()]


def cell_title(cell: Mapping[str, Any]) -> Message:
    """Return ``encoder · dataset``, and of the variant what is not the usual; its words are translated by themselves.

    >>> cell_title({"encoder": "tiny", "dataset": "coco", "loss": "ce", "variant": {"captions": "all"}})
    'tiny · coco · captions = all'
    """
    others = [
        Message("{name} = {value}", name=Message(name), value=Message(str(value))) for name, value in unusual(cell)
    ]
    return joined(" · ", [*coordinates(cell), *others])


def unusual(cell: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return name and value of each of a cell's variants that do not go without saying."""
    return [pair for pair in cell.get("variant", {}).items() if pair != USUAL]


def coordinates(cell: Mapping[str, Any]) -> list[str]:
    """Return encoder, data set and, where there is one, space of a cell."""
    return [str(cell[axis]) for axis in ("encoder", "dataset", "space") if cell.get(axis)]


def _initial(cell: Mapping[str, Any], untrained: list[Group]) -> Group | None:
    """The untrained rows of the same coordinates that share most of the recipe, and contradict none of it."""
    fitting = [
        group
        for group in untrained
        if coordinates(group.cell) == coordinates(cell) and group.cell["variant"].items() <= cell["variant"].items()
    ]
    return max(fitting, key=lambda group: len(group.cell["variant"]), default=None)
