"""Which pictures belong to a row, or to several, and whether they must be drawn: one newer than its row is up to date.

A picture's name holds the key of what it shows, its language and the version of the drawing code. A row that was
measured again has the same key: pictures older than it are drawn again, under the same name.
matplotlib is imported when something is drawn, so a report without news costs none of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from mmgap.analysis.groups import groups
from mmgap.analysis.row_items import key_of, read_all
from mmgap.core.cache import Cache, write_atomic
from mmgap.core.messages import Message
from mmgap.core.progress import progress_bar
from mmgap.evaluation.item_arrays import Items
from mmgap.report.blocks import Figure, Gallery
from mmgap.report.figures.figure_entries import figures
from mmgap.report.figures.kinds import FigureKind
from mmgap.report.metric_table import measured_items
from mmgap.report.sections import section_of
from mmgap.report.translation import translated
from mmgap.rows.row import Row, cell_slug

FOLDER = "figures"

#: Raised when a drawing changes: figures of older code are drawn again.
DRAWING = 2

#: What a page needs to draw it anew lies beside a picture.
EXPLORED = ".json"

#: Below the folder of figures: those that must not leave this machine.
LOCAL = "local"


@dataclass(frozen=True)
class Subject:
    """What pictures show: one row, or several side by side; with all seeds of these, where a kind shows them."""

    rows: tuple[Row, ...]
    seeds: tuple[Row, ...] = ()

    @property
    def key(self) -> str:
        """The row's own, or one for all of them."""
        return key_of(*self.rows)

    def shown(self, *, seeds: bool) -> tuple[Row, ...]:
        """Return what a kind shows: the rows, or all seeds of them."""
        return self.seeds if seeds and self.seeds else self.rows

    def measured(self, *, seeds: bool) -> float:
        """Return when the newest of these began, in seconds since 1970; what is older shows an earlier measurement."""
        return max(datetime.fromisoformat(row["started_at"]).timestamp() for row in self.shown(seeds=seeds))

    @property
    def stem(self) -> str:
        cell = self.rows[-1]["cell"]
        if len({row["cell"]["loss"] for row in self.rows}) > 1:
            cell = {**cell, "loss": None}
        if len({row["cell"].get("space") for row in self.rows}) > 1:
            cell = {**cell, "space": ""}
        return re.sub(r"[^a-z0-9]+", "-", f"{cell['experiment']}-{cell_slug(cell)}".lower())[:90].strip("-")

    @property
    def title(self) -> str:
        """``encoder · dataset · loss``, or ``encoder → encoder · dataset``: what stands over a picture.

        Of an experiment without any it is its section's title, which is translated where it is shown.
        """
        cells = [row["cell"] for row in self.rows]
        encoders = " → ".join(dict.fromkeys(cell["encoder"] for cell in cells if cell["encoder"]))
        losses = {cell["loss"] for cell in cells}
        parts = [encoders, cells[0]["dataset"], *(losses if len(losses) == 1 and losses != {"initial"} else ())]
        return " · ".join(part for part in parts if part) or Message(section_of(cells[0]["experiment"]).title)

    @property
    def kinds(self) -> list[FigureKind]:
        """The figures there can be of it."""
        section = section_of(self.rows[0]["cell"]["experiment"])
        found = figures(section.figures, section.experiment, several=len(self.rows) > 1)
        return [kind for kind in found if kind.of(self.rows[0])]

    def items(self, cache: Cache, *, seeds: bool = False) -> Any:
        """Return the row's arrays; of several rows a list, each with its arrays; None where any are gone."""
        found = read_all(self.shown(seeds=seeds), cache)
        return found[0].arrays if found and len(self.rows) == 1 else found

    def files(self, kind: FigureKind, language: str, drawing: int) -> tuple[str, ...]:
        """Return the files of one of its figures by the drawing code of a version, below the folder of figures."""
        base = f"{self.stem}-{self.key[:12]}-{kind.name}-{language}{drawing}"
        suffixes = (*kind.suffixes, *[EXPLORED] * (kind.interactive is not None))
        return tuple(f"{LOCAL}/{base}{suffix}" if kind.local else base + suffix for suffix in suffixes)


def galleries(
    rows: Iterable[Row],
    folder: Path,
    language: str,
    cache: Cache,
    *,
    compared: Iterable[tuple[Row, ...]] = (),
    local: bool = False,
) -> dict[str, Gallery]:
    """Key of a row or of a pair → its pictures, drawn where they are missing or older than the row.

    Of several seeds the first is shown, but by kinds that show all of them.

    Args:
        rows: finished rows.
        folder: of the report; pictures go to ``figures/`` in it.
        language: of titles and labels.
        cache: where the per-item arrays lie.
        compared: rows to be shown against each other, or side by side; their key is that of
            `mmgap.analysis.row_items.key_of`.
        local: also those that must not be published.
    """
    made: dict[str, Gallery] = {}
    together = groups(rows)
    seeds = {row["key"]: group.rows for group in together for row in group.rows}
    subjects = [Subject((group.rows[0],)) for group in together]
    compared = list(compared)
    beside = {row["key"] for rows in compared for row in rows}
    subjects += [
        Subject(rows, tuple(one for row in rows for one in seeds.get(row["key"], (row,)))) for rows in compared
    ]
    for subject in progress_bar([one for one in subjects if one.kinds], desc="pictures"):
        kinds = [kind for kind in subject.kinds if local or not kind.local]
        if subject.key in beside:
            kinds = [kind for kind in kinds if not kind.alone]
        if shown := _figures(subject, kinds, folder, language, cache):
            made[subject.key] = Gallery(tuple(shown))
    return made


def draw_space(items: Items, folder: Path, title: str, language: str) -> list[Path]:
    """Draw the pictures of a measured space that no row stands for, and give back their paths.

    Args:
        items: as `mmgap.evaluation.picture_arrays.picture_items` makes them.
        folder: made where it is absent; pictures of the same name are replaced.
        title: what was measured.
        language: "en" or "es".
    """
    kinds = [kind for kind in figures(section_of("measure").figures, "measure") if kind.can_be_drawn(items)]
    paths = {kind: [folder / f"{kind.name}{suffix}" for suffix in kind.suffixes] for kind in kinds}
    for kind, files in paths.items():
        _draw(kind, items, title, language, files)
    return [path for files in paths.values() for path in files]


def _figures(subject: Subject, kinds: list[FigureKind], folder: Path, language: str, cache: Cache) -> list[Figure]:
    wanted = {kind: subject.files(kind, language, DRAWING) for kind in kinds}
    places = {kind: [folder / FOLDER / file for file in files] for kind, files in wanted.items()}
    absent = {kind for kind, paths in places.items() if not all(path.exists() for path in paths)}
    present = {kind: paths for kind, paths in places.items() if kind not in absent}
    old = {kind for kind, paths in present.items() if _older(paths, subject.measured(seeds=kind.seeds))}
    items = {seeds: subject.items(cache, seeds=seeds) for seeds in {kind.seeds for kind in absent | old}}
    shown = []
    for kind, files in wanted.items():
        if kind in absent | old and items[kind.seeds] is not None:
            if not kind.can_be_drawn(items[kind.seeds]):
                for path in places[kind]:
                    path.unlink(missing_ok=True)
                continue
            _draw(kind, items[kind.seeds], translated(subject.title, language), language, places[kind])
        elif kind in absent and not (files := _drawn_before(subject, kind, folder, language)):
            continue
        places_of = {PurePosixPath(file).suffix: PurePosixPath(FOLDER) / file for file in files}
        alt = f"{translated(subject.title, language)}: {translated(kind.alt, language)}"
        picture = places_of[kind.suffixes[0]]
        vector, explored = (places_of.get(suffix) for suffix in (".svg", EXPLORED))
        shown.append(Figure(picture, _caption(kind, subject, language), alt, vector, explored))
    return shown


def _drawn_before(subject: Subject, kind: FigureKind, folder: Path, language: str) -> tuple[str, ...]:
    """The files of a picture that an earlier report drew, of a row whose arrays are gone since; none where none did."""
    for drawing in range(DRAWING, 0, -1):
        there = tuple(file for file in subject.files(kind, language, drawing) if (folder / FOLDER / file).exists())
        if any(file.endswith(kind.suffixes[0]) for file in there):
            return there
    return ()


def _older(paths: Iterable[Path], started: float) -> bool:
    """Whether any of the files is not newer than the second in which a row began: rows know no fractions of it."""
    return min(path.stat().st_mtime for path in paths) < started + 1


def _draw(kind: FigureKind, items: Any, title: str, language: str, files: Iterable[Path]) -> None:
    from mmgap.report.figures.style import save

    drawn = kind.drawn(items, title, language)
    for file in files:
        if file.suffix == EXPLORED:
            plot = kind.explored(items, title, language)
            write_atomic(file, json.dumps(plot, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
        else:
            save(drawn, file)


def _caption(kind: FigureKind, subject: Subject, language: str) -> str:
    row = subject.rows[0]
    where = translated(subject.title, language)
    if kind.counted and "n_images" in row["inputs"]:
        images, texts = measured_items(row)
        where += f" ({images} {translated('images', language)}, {texts} {translated('texts', language)})"
    seeds = sorted({one["cell"]["seed"] for one in subject.shown(seeds=True)}) if kind.seeds else [row["cell"]["seed"]]
    named = translated("seed", language) if len(seeds) == 1 else translated("seeds", language)
    return f"{where}, {named} {', '.join(map(str, seeds))}. {translated(kind.caption, language)}"
