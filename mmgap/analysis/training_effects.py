"""What each loss did, kept as JSON beside the report: the figures outlive the arrays they were made from.

What was computed from the same rows is not computed again; a row that was measured again has another start.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mmgap.analysis.groups import Group, metric_names, pool_size
from mmgap.analysis.training_families import Family, families
from mmgap.core.cache import Cache
from mmgap.core.integrity import read_sealed_json, write_sealed_json
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row, changed_code

if TYPE_CHECKING:
    import numpy as np

FOLDER = "training"

#: Raised when the files, or the rules by which they are made, change: older ones are made again.
FORMAT = 2

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

    def against(self, loss: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Loss → its changes against this one."""
        return {entry["loss"]: entry["changes"] for entry in self.contrasts if entry["against"] == loss}


def effects(rows: Iterable[Row], folder: Path, cache: Cache) -> list[Effects]:
    """The effects of the finished rows of training.

    Args:
        rows: of any experiments.
        folder: of the report, where earlier files are looked for.
        cache: where the per-item arrays lie.
    """
    return [_effects(family, folder, cache) for family in families(rows)]


def write(found: Effects, folder: Path) -> None:
    """Write ``training/<encoder>-<dataset>-….json`` below the report's folder; without contrasts there is none."""
    if not found.contrasts:
        (folder / found.file).unlink(missing_ok=True)
        return
    cell = found.family.cell
    content = {
        "format": FORMAT,
        **{name: cell[name] for name in ("encoder", "dataset", "space", "variant") if name in cell},
        "contrasts": found.contrasts,
    }
    write_sealed_json(folder / found.file, content)


def _effects(family: Family, folder: Path, cache: Cache) -> Effects:
    made = Effects(family, _metrics(family))
    known = _earlier(folder / made.file)

    @functools.cache
    def runs(loss: str) -> dict[int, dict[str, np.ndarray]] | None:
        return _runs(family.members[loss], cache)

    members = family.members
    for against in (loss for loss in AGAINST if loss in members):
        for loss in (loss for loss in members if loss not in (against, INITIAL)):
            rows = [[row["key"], row["started_at"]] for side in (against, loss) for row in members[side].rows]
            if entry := known.get((against, loss, str(rows))):
                made.contrasts.append(entry)
            elif changed := _changed([*members[against].rows, *members[loss].rows]):
                made.problems.append(f"{loss}, {against}: {', '.join(changed)}")
            else:
                _contrast(made, against, loss, rows, runs)
    if any(entry not in known.values() for entry in made.contrasts) or len(known) != len(made.contrasts):
        from mmgap.analysis.loss_contrasts import adjust

        adjust(made.contrasts)
    return made


def _contrast(made: Effects, against: str, loss: str, rows: list[list[str]], runs: Any) -> None:
    """Add one contrast, or the reason why there is none."""
    from mmgap.analysis.loss_contrasts import changes

    before, after = runs(against), runs(loss)
    absent = [name for name, found in ((against, before), (loss, after)) if found is None]
    made.gone += [name for name in absent if name not in made.gone]
    if absent:
        return
    try:
        found = changes(before, after, made.metrics)
    except ValueError as error:
        made.problems.append(f"{loss}, {against}: {error}")
        return
    if found:
        made.contrasts.append({"against": against, "loss": loss, "rows": rows, "changes": found})


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
    ending = f"_pool{pool}" if pool else ""
    return "gap_corrected", *(f"{way}_r1{ending}{which}" for way in ("t2i", "i2t") for which in ("_own", ""))


def _runs(group: Group, cache: Cache) -> dict[int, dict[str, np.ndarray]] | None:
    """Seed → arrays; None where any of them are gone."""
    found: dict[int, dict[str, np.ndarray]] = {}
    for row in group.rows:
        arrays = cache.read("items", {"row": row["key"]}) if row["items"] else {}
        if arrays is None:
            return None
        found[row["cell"]["seed"]] = arrays
    return found


def _earlier(path: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Contrasts by what they compare, as an earlier report left them."""
    try:
        content = read_sealed_json(path, dict[str, Any])
        if content["format"] != FORMAT:
            return {}
        return {(entry["against"], entry["loss"], str(entry["rows"])): entry for entry in content["contrasts"]}
    except (ValueError, TypeError, KeyError):  # none yet, damaged, or somebody's edit: it is written again
        return {}
