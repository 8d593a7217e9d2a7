"""Which pictures belong to a row, and whether they must be drawn: one that lies there already is up to date.

A picture's name holds the row's key, its language and the version of the drawing code: everything that changes it.
matplotlib is imported when something is drawn, so a report without news costs none of it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tqdm import tqdm

from mmgap.cache import Cache
from mmgap.report.labels import word
from mmgap.report.model import Figure, Gallery
from mmgap.report.tables import groups
from mmgap.row import Row, cell_slug

if TYPE_CHECKING:
    import numpy as np

#: Raised when a drawing changes: pictures of older code are drawn again.
DRAWING = 1

FOLDER = "figures"


@dataclass(frozen=True)
class Picture:
    """One kind of picture.

    Attributes:
        name: in file names, and its caption is the word ``cap_<name>``.
        path: ``module:function`` of ``(items, title, language) -> matplotlib Figure``.
        needs: arrays it is drawn from; a row whose items lack one goes without.
        vector: also as SVG.
        only: (name, value) of the variant it belongs to; None for every row of the experiment.
    """

    name: str
    path: str
    needs: tuple[str, ...]
    vector: bool = False
    only: tuple[str, str] | None = None

    def of(self, row: Row) -> bool:
        """Whether the row has this picture."""
        return self.only is None or row["cell"]["variant"].get(self.only[0]) == self.only[1]

    def files(self, row: Row, language: str) -> tuple[str, ...]:
        stem = re.sub(r"[^a-z0-9]+", "-", f"{row['cell']['experiment']}-{cell_slug(row['cell'])}".lower())[:90].strip(
            "-"
        )
        base = f"{stem}-{row['key'][:12]}-{self.name}-{language}{DRAWING}"
        return tuple(base + suffix for suffix in self.suffixes)

    @property
    def suffixes(self) -> tuple[str, ...]:
        return (".png", ".svg") if self.vector else (".png",)


SPACE = (
    Picture(
        "cosines",
        "mmgap.report.plots:cosines",
        ("edges", "histogram_image", "histogram_text", "histogram_matched", "histogram_unmatched"),
        vector=True,
    ),
    Picture("map", "mmgap.report.plots:pair_map", ("map_image", "map_text", "map_ids")),
    Picture("similarity", "mmgap.report.plots:similarity", ("similarity", "sample_ids")),
)

#: experiment → its pictures; an experiment without an entry has none.
PICTURES: dict[str, tuple[Picture, ...]] = {
    "measure": SPACE,
    "train": SPACE,
    "theory": (
        Picture("concentrations", "mmgap.report.sphere:figure_5_1", (), only=("table", "5.1")),
        Picture("separations", "mmgap.report.sphere:figure_5_2", (), only=("table", "5.2")),
    ),
    "dimensions": (Picture("dimensions", "mmgap.report.annex_e:figure_e", (), vector=True),),
    "cones": (
        Picture("cone", "mmgap.report.cones:cone_map", ("vectors", "kind")),
        Picture("cone_cosines", "mmgap.report.cones:cone_histogram", ("vectors", "kind"), vector=True),
    ),
    "depth": (Picture("depth", "mmgap.report.cones:depths", ("relu", "sigmoid", "tanh", "linear"), vector=True),),
}


def galleries(rows: Iterable[Row], folder: Path, language: str, cache: Cache) -> dict[str, Gallery]:
    """Row key → its pictures, drawn where they are missing; of several seeds the first is shown.

    Args:
        rows: finished rows.
        folder: of the report; pictures go to ``figures/`` in it.
        language: of titles and labels.
        cache: where the per-item arrays lie.
    """
    made: dict[str, Gallery] = {}
    shown = [group.rows[0] for group in groups(rows) if group.rows[0]["cell"]["experiment"] in PICTURES]
    for row in tqdm(shown, desc="pictures", delay=2, leave=False):
        figures = _figures(row, folder, language, cache)
        if figures:
            made[row["key"]] = Gallery(tuple(figures))
    return made


def draw_space(items: Mapping[str, np.ndarray], folder: Path, title: str, language: str) -> list[Path]:
    """Draw the pictures of a measured space that no row stands for, and give back their paths.

    Args:
        items: as `mmgap.metrics.items.picture_items` makes them.
        folder: made where it is absent; pictures of the same name are replaced.
        title: what was measured.
        language: "en" or "es".
    """
    paths = {kind: [folder / f"{kind.name}{suffix}" for suffix in kind.suffixes] for kind in SPACE}
    for kind, files in paths.items():
        _draw(kind, items, title, language, files)
    return [path for files in paths.values() for path in files]


def title(row: Row) -> str:
    """``encoder · dataset · loss``: what stands over a picture."""
    cell = row["cell"]
    parts = [cell["encoder"], cell["dataset"], None if cell["loss"] == "initial" else cell["loss"]]
    return " · ".join(part for part in parts if part) or cell["experiment"]


def _figures(row: Row, folder: Path, language: str, cache: Cache) -> list[Figure]:
    kinds = [kind for kind in PICTURES[row["cell"]["experiment"]] if kind.of(row)]
    wanted = {kind: kind.files(row, language) for kind in kinds}
    absent = {kind for kind, files in wanted.items() if not all((folder / FOLDER / file).exists() for file in files)}
    items = cache.read("items", {"row": row["key"]}) if absent and row["items"] else {}
    figures = []
    for kind, files in wanted.items():
        if kind in absent:
            if items is None or not all(name in items for name in kind.needs):
                continue
            _draw(kind, items, title(row), language, [folder / FOLDER / file for file in files])
        paths = [PurePosixPath(FOLDER) / file for file in files]
        alt = f"{title(row)}: {word(f'fig_{kind.name}', language)}"
        figures.append(Figure(paths[0], _caption(kind, row, language), alt, paths[1] if kind.vector else None))
    return figures


def _draw(kind: Picture, items: Mapping[str, np.ndarray], title: str, language: str, files: Iterable[Path]) -> None:
    from mmgap.report.lettering import save

    module, _, function = kind.path.partition(":")
    drawn = getattr(importlib.import_module(module), function)(items, title, language)
    for file in files:
        save(drawn, file)


def _caption(kind: Picture, row: Row, language: str) -> str:
    inputs, where = row["inputs"], title(row)
    if "n_images" in inputs:
        where += f" ({inputs['n_images']} {word('images', language)}, {inputs['n_texts']} {word('texts', language)})"
    return f"{where}, {word('seed', language)} {row['cell']['seed']}. {word(f'cap_{kind.name}', language)}"
