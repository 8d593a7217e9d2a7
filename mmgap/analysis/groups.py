"""Rows that belong together: those of one cell over its seeds, in the order of the thesis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mmgap.analysis.encoder_roles import stage
from mmgap.analysis.seed_means import SeedMean, over_seeds
from mmgap.analysis.spec_order import REGISTRIES, shown_specs, spec_place
from mmgap.core.cache import canonical_json
from mmgap.core.defaults import POOL
from mmgap.rows.cell import INITIAL, LOSSES
from mmgap.rows.code_of_row import comparable, origin
from mmgap.rows.recall_names import recall_name
from mmgap.rows.row import MetricDict, Row, measure_version, notes_of

#: The order of the rows in the thesis; other losses follow by name.
ORDER = (INITIAL, *LOSSES)

#: Metrics that say of how many images and texts the others speak: they stand in one column, as ``20 / 100``.
ITEMS = ("n_images", "n_texts")


@dataclass
class Group:
    """The rows of one cell over its seeds, all made by the same code."""

    rows: list[Row] = field(default_factory=list)

    @property
    def cell(self) -> dict[str, Any]:
        return dict(self.rows[0]["cell"])

    @property
    def measure_version(self) -> int:
        return measure_version(self.rows[0])

    @property
    def origin(self) -> dict[str, str]:
        """By which code, in words: what tells groups of one cell apart."""
        return origin(self.rows[0])

    @property
    def newest(self) -> str:
        """When the last of them was begun."""
        return max(row["started_at"] for row in self.rows)

    @property
    def notes(self) -> list[str]:
        return [note for row in self.rows for note in notes_of(row)]

    def metric(self, name: str) -> list[MetricDict | None]:
        return [row["metrics"].get(name) for row in self.rows]

    def over_seeds(self, name: str) -> SeedMean | None:
        """Return a metric's mean over the seeds; None where no row has it."""
        return over_seeds(self.metric(name))


def groups(rows: Iterable[Row]) -> list[Group]:
    """Put cells together that differ in their seed alone, in the order of dataset, encoder, space, adapter,
    variant and loss; encoders stand as they come about: towers that never met, random weights, trained ones; those of
    one stage, spaces and adapters as their registries have them (`mmgap.analysis.spec_order`).

    What other code made is a group of its own (`mmgap.rows.row.comparable`); of one cell the newest group comes first.
    """
    found: dict[tuple[str, str], Group] = {}
    for row in rows:
        place = canonical_json({**row["cell"], "seed": None}), comparable(row)
        found.setdefault(place, Group()).rows.append(row)
    for group in found.values():
        group.rows.sort(key=lambda row: row["cell"]["seed"])

    met = {axis for group in found.values() for axis in REGISTRIES if group.cell.get(axis)}
    known = {axis: shown_specs(axis) if axis in met else [] for axis in REGISTRIES}

    def order(group: Group) -> tuple[Any, ...]:
        cell = group.cell
        loss = cell["loss"] or ""
        rank = ORDER.index(loss) if loss in ORDER else len(ORDER)
        variant = [(name, _natural(value)) for name, value in sorted(cell["variant"].items())]
        return (
            cell["dataset"] or "",
            stage(group.rows[0]),
            spec_place(cell["encoder"], known["encoder"]),
            spec_place(cell.get("space"), known["space"]),
            spec_place(cell.get("adapter"), known["adapter"]),
            variant,
            rank,
            loss,
        )

    return sorted(sorted(found.values(), key=lambda group: group.newest, reverse=True), key=order)


def newest_along(axis: str, rows: Iterable[Row]) -> list[dict[str | None, Row]]:
    """Return cells that differ in one axis alone: its value, or None, → the first seed of the newest group of each.

    Args:
        axis: "space", "adapter" …
        rows: finished ones of one experiment.
    """
    together: dict[str, list[Group]] = {}
    for group in groups(rows):
        together.setdefault(canonical_json({**group.cell, axis: None, "seed": None}), []).append(group)
    return [{group.cell.get(axis): group.rows[0] for group in reversed(members)} for members in together.values()]


def _natural(value: Any) -> tuple[bool, float, str]:
    """Numbers by size, before everything else by name."""
    number = isinstance(value, (int, float))
    return not number, float(value) if number else 0.0, str(value)


def metric_names(members: Iterable[Group]) -> list[str]:
    """Return the metrics of all rows, in the order they were recorded; those that count the items are no results."""
    names = dict.fromkeys(name for group in members for row in group.rows for name in row["metrics"])
    return [name for name in names if name not in ITEMS]


def pool_size(names: Iterable[str]) -> int | None:
    """Return 90 where it was measured, as in the thesis; else the largest pool, None where there is none."""
    recalls = filter(None, map(recall_name, names))
    found = {recall.pool for recall in recalls if recall.plain and recall.pool is not None}
    return POOL if POOL in found else max(found, default=None)
