"""What each loss did: its changes against the encoder before training and against the thesis's own, kept as JSON."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from mmgap.analysis.derived_results import DerivedResults, Identity, version, write_results
from mmgap.analysis.groups import metric_names, pool_size
from mmgap.analysis.row_items import read_all
from mmgap.analysis.training_families import Family, families
from mmgap.core.cache import Cache
from mmgap.core.messages import joined
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.cell import INITIAL
from mmgap.rows.code_of_row import changed_code
from mmgap.rows.recall_names import RecallName
from mmgap.rows.row import Row

FOLDER = "training"

#: Raised when the files, or the rules by which they are made, change: older ones are made again.
FORMAT = 2

#: From so many seeds on a difference is a verdict on the loss; fewer say little of how much another seed would differ.
VERDICT_SEEDS = 3

#: What losses are set against: the encoder before training, and the thesis's own training.
AGAINST = (INITIAL, "ce")


@dataclass
class Effects:
    """The changes within one family.

    Attributes:
        family: whose.
        metrics: what is compared: the corrected gap and R@1 both ways, by own pairs and any-of, in pools where there
            are any.
        contrasts: each with ``against``, ``loss``, ``rows`` (key and start of each row behind it) and ``changes``,
            as `mmgap.analysis.loss_contrasts.changes` makes them.
        gone: losses whose arrays are no longer in the cache, as far as they were needed.
        problems: why losses could not be compared.
    """

    family: Family
    metrics: tuple[str, ...]
    contrasts: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def file(self) -> PurePosixPath:
        return PurePosixPath(FOLDER) / f"{self.family.stem}.json"

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """One training of each loss, where there are several to be shown together."""
        return [self.family.pictured] if len(self.family.pictured) > 1 else []

    def against(self, loss: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Return the changes of each loss against this one, by its name."""
        return {entry["loss"]: entry["changes"] for entry in self.contrasts if entry["against"] == loss}

    def write(self, folder: Path) -> None:
        """Write ``training/<encoder>-<dataset>-….json`` below the report's folder; without contrasts there is none."""
        if not self.contrasts:
            (folder / self.file).unlink(missing_ok=True)
            return
        cell = self.family.cell
        axes = {name: cell[name] for name in ("encoder", "dataset", "space", "variant") if name in cell}
        write_results(folder / self.file, {"format": FORMAT, **axes, "contrasts": self.contrasts})


def effects(rows: Iterable[Row], folder: Path, cache: Cache) -> list[Effects]:
    """Return the effects of the finished rows of training.

    Args:
        rows: of any experiments.
        folder: of the report, where earlier files are looked for.
        cache: where the per-item arrays lie.
    """
    return [_effects(family, folder, cache) for family in families(rows)]


def verdict(change: Mapping[str, Any]) -> str:
    """Return what a difference says of its loss: ``"higher"``, ``"lower"``, or ``"open"`` where its interval holds 0.

    ``"none"`` with fewer than three seeds: the difference and its interval stand without a verdict.
    """
    if change["seeds"] < VERDICT_SEEDS:
        return "none"
    if change["low"] <= 0 <= change["high"]:
        return "open"
    return "higher" if change["low"] > 0 else "lower"


def _effects(family: Family, folder: Path, cache: Cache) -> Effects:
    made = Effects(family, _metrics(family))
    earlier = DerivedResults([folder / made.file], FORMAT, _identity, "contrasts")

    @functools.cache
    def runs(loss: str) -> dict[int, Items] | None:
        found = read_all(family.members[loss].rows, cache)
        return None if found is None else {one.row["cell"]["seed"]: one.arrays for one in found}

    for against in (loss for loss in AGAINST if loss in family.members):
        for loss in (loss for loss in family.members if loss not in (against, INITIAL)):
            rows = [list(version(row)) for side in (against, loss) for row in family.members[side].rows]
            entry = {"against": against, "loss": loss, "rows": rows}
            if found := earlier.of(_identity(entry), partial(_contrast, made, entry, runs)):
                made.contrasts.append(found)
    if earlier.changed:
        from mmgap.analysis.loss_contrasts import adjust

        adjust(made.contrasts)
    return made


def _identity(contrast: dict[str, Any]) -> Identity:
    return contrast["against"], contrast["loss"], str(contrast["rows"])


def _contrast(
    made: Effects, entry: dict[str, Any], runs: Callable[[str], dict[int, Items] | None]
) -> dict[str, Any] | None:
    """One contrast; None, with the reason among the effects, where there is none."""
    from mmgap.analysis.loss_contrasts import changes

    against, loss = entry["against"], entry["loss"]
    if changed := _changed([*made.family.members[against].rows, *made.family.members[loss].rows]):
        made.problems.append(f"{loss}, {against}: {', '.join(changed)}")
        return None
    before, after = runs(against), runs(loss)
    if before is None or after is None:
        absent = [name for name, found in ((against, before), (loss, after)) if found is None]
        made.gone += [name for name in absent if name not in made.gone]
        return None
    try:
        found = changes(before, after, made.metrics)
    except ValueError as error:
        made.problems.append(joined(": ", [f"{loss}, {against}", error.args[0]]))
        return None
    return {**entry, "changes": found} if found else None


#: Inputs that only trained rows have to have.
_OF_TRAINING = ("recipe", "training_format", "training_splits")


def _changed(rows: list[Row]) -> list[str]:
    """The inputs that differ although only loss and seed may, and the code that does."""
    told = [{**row["inputs"], "recipe": _recipe(row), "weights_seed": None, "identities": None} for row in rows]
    found = []
    for name in dict.fromkeys(name for inputs in told for name in inputs):
        # what was not trained has no recipe
        speaking = [inputs for inputs in told if inputs.get(name) is not None] if name in _OF_TRAINING else told
        if any(inputs.get(name) != speaking[0].get(name) for inputs in speaking[1:]):
            found.append(name)
    code = [name for row in rows[1:] for name in changed_code(rows[0], row)]
    return list(dict.fromkeys([*found, *code]))


def _recipe(row: Row) -> dict[str, Any] | None:
    """How a row was trained, but for its loss and its seed; None where nothing was."""
    recipe = row["inputs"].get("recipe")
    return recipe and {name: value for name, value in recipe.items() if name not in ("loss", "seed")}


def _metrics(family: Family) -> tuple[str, ...]:
    pool = pool_size(metric_names(family.trained))
    recalls = [RecallName(way, 1, pool, relevance=which) for way in ("t2i", "i2t") for which in ("own", "")]
    return "gap_corrected", *map(str, recalls)
