"""What representations of one dataset are good for, side by side, and how alike the layers of two of them are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mmgap.analysis.derived_results import DerivedResults, Identity, version, write_results
from mmgap.analysis.groups import groups
from mmgap.analysis.row_items import read_all
from mmgap.core.cache import Cache, canonical_json, key_digest
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row, slug

if TYPE_CHECKING:
    import numpy as np

FOLDER, FORMAT = "transfer", 1

#: In nats.
LOG_2 = 0.6931


#: Towers, as metrics name them.
SIDES = ("image", "text")


@dataclass(frozen=True)
class Depth:
    """How alike layers are to those before training, by debiased CKA: 1 unchanged.

    Attributes:
        more: of each side, trainings that change the vectors more than the first layer.
        first, last: least and most of the first layer and of the vectors, over trainings and sides.
    """

    more: dict[str, int]
    first: tuple[float, float]
    last: tuple[float, float]


@dataclass(frozen=True)
class TransferFindings:
    """The representations of one dataset.

    Attributes:
        rows: encoders as they are first, then trained ones; of several seeds the first.
        between: of each two encoders as they are ``encoders``, and debiased CKA of their vectors on the same items,
            ``image`` and ``text``; without those whose arrays are gone.
    """

    rows: tuple[Row, ...]
    between: list[dict[str, Any]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The dataset."""
        return str(self.rows[0]["cell"]["dataset"])

    @property
    def trained(self) -> list[Row]:
        """Rows of trainings whose layers were compared with those before."""
        return [row for row in self.rows if "cka_image_last" in row["metrics"]]

    @property
    def depth(self) -> Depth:
        """How far down trainings change the towers; there is some row of `trained`."""
        firsts, lasts = ({side: self._alike(side, where) for side in SIDES} for where in ("first", "last"))
        more = {
            side: sum(first > last for first, last in zip(firsts[side], lasts[side], strict=True)) for side in SIDES
        }
        return Depth(more, *(_ends([one for found in both.values() for one in found]) for both in (firsts, lasts)))

    def _alike(self, side: str, where: str) -> list[float]:
        return [row["metrics"][f"cka_{side}_{where}"]["value"] for row in self.trained]

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """All rows, where there are several: they share their figures."""
        return [self.rows] if len(self.rows) > 1 else []

    def write(self, folder: Path) -> None:
        """Write ``transfer/<dataset>-….json`` below the report's folder."""
        found = [{**{n: row["cell"][n] for n in ("encoder", "loss")}, "metrics": row["metrics"]} for row in self.rows]
        told = {"format": FORMAT, **self._cell, "representations": found, "between": self.between}
        write_results(folder / self.file, told)

    @property
    def file(self) -> PurePosixPath:
        """Its file, below the report's folder."""
        return PurePosixPath(FOLDER) / f"{slug(self.title)[:100]}-{key_digest(self._cell)[:8]}.json"

    @property
    def _cell(self) -> dict[str, Any]:
        return {name: self.rows[0]["cell"][name] for name in ("dataset", "variant")}


def reaches_its_ceiling(row: Row) -> bool:
    """Return whether a bound on information lies within log 2 of the most that so many pairs can show."""
    metrics = row["metrics"]
    return metrics["information_bound"]["value"] > metrics["information_ceiling"]["value"] - LOG_2


def _ends(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def transfer_findings(rows: Iterable[Row], folder: Path, cache: Cache) -> list[TransferFindings]:
    """Return what was found of each dataset, in the order of `mmgap.analysis.groups.groups`.

    Args:
        rows: finished ones of the experiment.
        folder: of the report, where earlier findings lie.
        cache: where the rows' arrays lie.
    """
    together: dict[str, dict[tuple[str, str], Row]] = {}
    for group in groups(rows):
        cell = group.cell
        members = together.setdefault(canonical_json({n: cell[n] for n in ("dataset", "variant")}), {})
        members.setdefault((cell["encoder"], cell["loss"]), group.rows[0])  # the newest code's comes first
    found = [
        TransferFindings(tuple(sorted(members.values(), key=lambda row: row["cell"]["loss"] != INITIAL)))
        for members in together.values()
    ]
    for one in found:
        one.between.extend(_between(one, folder, cache))
    return found


def _between(found: TransferFindings, folder: Path, cache: Cache) -> list[dict[str, Any]]:
    earlier = DerivedResults([folder / found.file], FORMAT, _identity, "between")
    as_is = [row for row in found.rows if row["cell"]["loss"] == INITIAL]
    entries = []
    for pair in combinations(as_is, 2):
        entry = {
            "encoders": [row["cell"]["encoder"] for row in pair],
            "rows": [list(version(row)) for row in pair],
        }
        if (made := earlier.of(_identity(entry), partial(_entry, pair, entry, cache))) is not None:
            entries.append(made)
    return entries


def _identity(entry: dict[str, Any]) -> Identity:
    """The same whichever of the two stands first: so is what is found."""
    return str(sorted(map(str, entry["rows"])))


def _entry(pair: tuple[Row, Row], entry: dict[str, Any], cache: Cache) -> dict[str, Any] | None:
    """None where arrays are gone, or the layers are not of the same items."""
    if (items := read_all(pair, cache)) is None:
        return None
    a, b = (one.arrays for one in items)
    matrices = {side: layers_between(a, b, side) for side in ("image", "text")}
    if any(matrix is None for matrix in matrices.values()):
        return None
    return entry | {side: float(matrix[-1, -1]) for side, matrix in matrices.items() if matrix is not None}


def layers_between(a: Items, b: Items, side: str) -> np.ndarray | None:
    """Return debiased CKA of the layers of two rows, (layers of a, layers of b); None for other items.

    Args:
        a, b: arrays of both rows (`mmgap.evaluation.item_arrays.TRANSFER_ARRAYS`).
        side: "image" or "text".
    """
    import numpy as np

    from mmgap.metrics.minibatch_similarity import cka_between

    if not np.array_equal(a.get("layer_items", ()), b.get("layer_items", ())) or "layer_items" not in a:
        return None
    return cka_between(_layers(a, side), _layers(b, side))


def layer_names(items: Items, side: str) -> list[str]:
    """Return the names of the layers of a row's tower, from its inputs on."""
    return texts_of(items[f"layer_names_{side}"])


def _layers(items: Items, side: str) -> dict[str, np.ndarray]:
    import numpy as np

    parts = np.split(items[f"layers_{side}"], np.cumsum(items[f"layer_widths_{side}"])[:-1], axis=1)
    return dict(zip(layer_names(items, side), parts, strict=True))
