"""What representations of one dataset are good for, side by side, and how alike the layers of two of them are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mmgap.analysis.derived_results import write_results
from mmgap.analysis.groups import groups
from mmgap.core.cache import Cache, canonical_json, key_digest
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row, slug

if TYPE_CHECKING:
    import numpy as np

FOLDER, FORMAT = "transfer", 1


@dataclass(frozen=True)
class TransferFindings:
    """The representations of one dataset.

    Attributes:
        rows: encoders as they are first, then trained ones; of several seeds the first.
    """

    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """The dataset."""
        return str(self.rows[0]["cell"]["dataset"])

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """All rows, where there are several: they share their figures."""
        return [self.rows] if len(self.rows) > 1 else []

    def write(self, folder: Path) -> None:
        """Write ``transfer/<dataset>-….json`` below the report's folder."""
        cell = {name: self.rows[0]["cell"][name] for name in ("dataset", "variant")}
        name = f"{slug(self.title)[:100]}-{key_digest(cell)[:8]}.json"
        found = [{**{n: row["cell"][n] for n in ("encoder", "loss")}, "metrics": row["metrics"]} for row in self.rows]
        write_results(folder / PurePosixPath(FOLDER) / name, {"format": FORMAT, **cell, "representations": found})


def transfer_findings(rows: Iterable[Row], _folder: Path, _cache: Cache) -> list[TransferFindings]:
    """Return what was found of each dataset, in the order of `mmgap.analysis.groups.groups`.

    Args:
        rows: finished ones of the experiment.
    """
    together: dict[str, dict[tuple[str, str], Row]] = {}
    for group in groups(rows):
        cell = group.cell
        members = together.setdefault(canonical_json({n: cell[n] for n in ("dataset", "variant")}), {})
        members.setdefault((cell["encoder"], cell["loss"]), group.rows[0])  # the newest code's comes first
    return [
        TransferFindings(tuple(sorted(members.values(), key=lambda row: row["cell"]["loss"] != INITIAL)))
        for members in together.values()
    ]


def layers_between(a: Items, b: Items, side: str) -> np.ndarray | None:
    """Return debiased CKA of the layers of two rows, (layers of a, layers of b); None for other items.

    Args:
        a, b: arrays of both rows (`mmgap.evaluation.item_arrays.TRANSFER_ARRAYS`).
        side: "image" or "text".
    """
    import numpy as np

    from mmgap.metrics.minibatch_similarity import MinibatchCka

    if not np.array_equal(a.get("layer_items", ()), b.get("layer_items", ())) or "layer_items" not in a:
        return None
    first, second = (_layers(one, side) for one in (a, b))
    cka = MinibatchCka(list(first), list(second))
    cka.add(first, second)
    return cka.matrix()


def layer_names(items: Items, side: str) -> list[str]:
    """Return the names of the layers of a row's tower, from its inputs on."""
    return texts_of(items[f"layer_names_{side}"])


def _layers(items: Items, side: str) -> dict[str, np.ndarray]:
    import numpy as np

    parts = np.split(items[f"layers_{side}"], np.cumsum(items[f"layer_widths_{side}"])[:-1], axis=1)
    return dict(zip(layer_names(items, side), parts, strict=True))
