"""Which pictures belong to a row, or to two, and whether they must be drawn: one newer than its row is up to date.

A picture's name holds the key of what it shows, its language and the version of the drawing code. A row that was
measured again has the same key: pictures older than it are drawn again, under the same name.
matplotlib is imported when something is drawn, so a report without news costs none of it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tqdm import tqdm

from mmgap.cache import Cache, key_digest
from mmgap.report.labels import word
from mmgap.report.model import Figure, Gallery
from mmgap.report.tables import groups, measured_items
from mmgap.row import Row, cell_slug

if TYPE_CHECKING:
    import numpy as np

#: Raised when a drawing changes: pictures of older code are drawn again.
DRAWING = 1

FOLDER = "figures"

#: Below it: pictures that must not leave this machine.
LOCAL = "local"


@dataclass(frozen=True)
class Picture:
    """One kind of picture.

    Attributes:
        name: in file names, and its caption is the word ``cap_<name>``.
        path: ``module:function`` of ``(items, title, language) -> matplotlib Figure``.
        needs: arrays it is drawn from; a row whose items lack one, or whose first of these is empty, goes without.
        vector: also as SVG.
        only: (name, value) of the variant it belongs to; None for every row of the experiment.
        local: it shows what may not be published, so it is drawn for local reports alone, in a folder of its own.
    """

    name: str
    path: str
    needs: tuple[str, ...]
    vector: bool = False
    only: tuple[str, str] | None = None
    local: bool = False

    def of(self, row: Row) -> bool:
        """Whether the row has this picture."""
        return self.only is None or row["cell"]["variant"].get(self.only[0]) == self.only[1]

    def can_be_drawn(self, items: Mapping[str, np.ndarray]) -> bool:
        """Whether these arrays hold what it shows."""
        return all(name in items for name in self.needs) and not (self.needs and items[self.needs[0]].size == 0)

    def files(self, subject: Subject, language: str) -> tuple[str, ...]:
        base = f"{subject.stem}-{subject.key[:12]}-{self.name}-{language}{DRAWING}"
        return tuple(f"{LOCAL}/{base}{suffix}" if self.local else base + suffix for suffix in self.suffixes)

    @property
    def suffixes(self) -> tuple[str, ...]:
        return (".png", ".svg") if self.vector else (".png",)


@dataclass(frozen=True)
class Subject:
    """What pictures show: one row, or a second one against the first."""

    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """The row's own, or one for the pair."""
        return self.rows[0]["key"] if len(self.rows) == 1 else pair_key(*self.rows)

    @property
    def measured(self) -> float:
        """When the newest of its rows began, in seconds since 1970; what is older shows an earlier measurement."""
        return max(datetime.fromisoformat(row["started_at"]).timestamp() for row in self.rows)

    @property
    def stem(self) -> str:
        cell = self.rows[-1]["cell"]
        return re.sub(r"[^a-z0-9]+", "-", f"{cell['experiment']}-{cell_slug(cell)}".lower())[:90].strip("-")

    @property
    def title(self) -> str:
        """``encoder · dataset · loss``, or ``encoder → encoder · dataset``: what stands over a picture."""
        cells = [row["cell"] for row in self.rows]
        encoders = " → ".join(cell["encoder"] for cell in cells if cell["encoder"])
        parts = [encoders, cells[0]["dataset"], None if cells[0]["loss"] == "initial" else cells[0]["loss"]]
        return " · ".join(part for part in parts if part) or cells[0]["experiment"]

    @property
    def kinds(self) -> list[Picture]:
        """The pictures there can be of it."""
        table = PICTURES if len(self.rows) == 1 else PAIR_PICTURES
        return [kind for kind in table.get(self.rows[0]["cell"]["experiment"], ()) if kind.of(self.rows[0])]

    def items(self, cache: Cache) -> Mapping[str, np.ndarray] | None:
        """The row's arrays; of a pair ``a.<name>``, ``b.<name>`` and the encoders' names; None where any are gone."""
        found = [cache.read("items", {"row": row["key"]}) if row["items"] else {} for row in self.rows]
        if len(found) == 1 or None in found:
            return found[0] if len(found) == 1 else None
        return {
            f"{side}.{name}": array
            for side, row, arrays in zip("ab", self.rows, found, strict=True)
            for name, array in {**(arrays or {}), "encoder": _bytes(str(row["cell"]["encoder"]))}.items()
        }


def pair_key(first: Row, second: Row) -> str:
    """The key of one row against another."""
    return key_digest({"a": first["key"], "b": second["key"]})


def _bytes(text: str) -> np.ndarray:
    import numpy as np

    return np.frombuffer(text.encode(), dtype=np.uint8)


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
    "practices": (
        *(
            Picture(name, f"mmgap.report.practices.heat:{name}", (name, "ids", "categories", "owner"))
            for name in ("image_text", "image_image", "text_text")
        ),
        *(
            Picture(name, f"mmgap.report.practices.maps:{name}", (name, "ids", "categories", "owner"))
            for name in ("map_pca", "map_tsne", "map_umap")
        ),
        Picture(
            "map_thumbnails",
            "mmgap.report.practices.thumbnails:map_thumbnails",
            ("map_pca", "thumbnails", "ids"),
            local=True,
        ),
    ),
}

_PAIR = tuple(f"{side}.{name}" for side in "ab" for name in ("diagonal", "owner", "ids", "categories"))

#: experiment → the pictures of one row against another.
PAIR_PICTURES: dict[str, tuple[Picture, ...]] = {
    "practices": (
        Picture("by_category", "mmgap.report.practices.bars:by_category", _PAIR, vector=True),
        Picture("by_image", "mmgap.report.practices.bars:by_image", _PAIR, vector=True),
    ),
}


def galleries(
    rows: Iterable[Row],
    folder: Path,
    language: str,
    cache: Cache,
    *,
    pairs: Iterable[tuple[Row, Row]] = (),
    local: bool = False,
) -> dict[str, Gallery]:
    """Key of a row or of a pair → its pictures, drawn where they are missing or older than the row.

    Of several seeds the first is shown.

    Args:
        rows: finished rows.
        folder: of the report; pictures go to ``figures/`` in it.
        language: of titles and labels.
        cache: where the per-item arrays lie.
        pairs: rows to be shown against each other, under `pair_key`.
        local: also those that must not be published.
    """
    made: dict[str, Gallery] = {}
    subjects = [Subject((group.rows[0],)) for group in groups(rows)] + [Subject(pair) for pair in pairs]
    for subject in tqdm([one for one in subjects if one.kinds], desc="pictures", delay=2, leave=False):
        kinds = [kind for kind in subject.kinds if local or not kind.local]
        if figures := _figures(subject, kinds, folder, language, cache):
            made[subject.key] = Gallery(tuple(figures))
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


def _figures(subject: Subject, kinds: list[Picture], folder: Path, language: str, cache: Cache) -> list[Figure]:
    wanted = {kind: kind.files(subject, language) for kind in kinds}
    places = {kind: [folder / FOLDER / file for file in files] for kind, files in wanted.items()}
    absent = {kind for kind, paths in places.items() if not all(path.exists() for path in paths)}
    old = {kind for kind, paths in places.items() if kind not in absent and _older(paths, subject.measured)}
    items = subject.items(cache) if absent | old else {}
    figures = []
    for kind, files in wanted.items():
        if items is not None and kind in absent | old:
            if not kind.can_be_drawn(items):
                for path in places[kind]:
                    path.unlink(missing_ok=True)
                continue
            _draw(kind, items, subject.title, language, places[kind])
        elif kind in absent:
            continue
        paths = [PurePosixPath(FOLDER) / file for file in files]
        alt = f"{subject.title}: {word(f'fig_{kind.name}', language)}"
        figures.append(Figure(paths[0], _caption(kind, subject, language), alt, paths[1] if kind.vector else None))
    return figures


def _older(paths: Iterable[Path], started: float) -> bool:
    """Whether any of the files is not newer than the second in which a row began: rows know no fractions of it."""
    return min(path.stat().st_mtime for path in paths) < started + 1


def _draw(kind: Picture, items: Mapping[str, np.ndarray], title: str, language: str, files: Iterable[Path]) -> None:
    from mmgap.report.lettering import save

    module, _, function = kind.path.partition(":")
    drawn = getattr(importlib.import_module(module), function)(items, title, language)
    for file in files:
        save(drawn, file)


def _caption(kind: Picture, subject: Subject, language: str) -> str:
    row = subject.rows[0]
    where = subject.title
    if "n_images" in row["inputs"]:
        images, texts = measured_items(row)
        where += f" ({images} {word('images', language)}, {texts} {word('texts', language)})"
    return f"{where}, {word('seed', language)} {row['cell']['seed']}. {word(f'cap_{kind.name}', language)}"
