"""Which pictures belong to a row, or to several, and must be drawn: one newer than its row is up to date."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from mmgap.analysis.groups import groups
from mmgap.core.cache import Cache
from mmgap.evaluation.item_arrays import Items
from mmgap.report.blocks import Figure, Gallery
from mmgap.report.earlier_findings import take_file
from mmgap.report.figures.drawn_pictures import Outcome, ToDraw, draw, draw_all
from mmgap.report.figures.figure_entries import figures
from mmgap.report.figures.kinds import FigureKind
from mmgap.report.figures.picture_subjects import EXPLORED, Subject
from mmgap.report.metric_table import measured_items
from mmgap.report.sections import section_of
from mmgap.report.translation import translated
from mmgap.rows.row import Row

FOLDER = "figures"

#: Raised when a drawing changes: figures of older code are drawn again.
DRAWING = 2


def galleries(
    rows: Iterable[Row],
    folder: Path,
    language: str,
    cache: Cache,
    *,
    compared: Iterable[tuple[Row, ...]] = (),
    local: bool = False,
    labels: tuple[str, ...] = (),
    earlier: Collection[Path] = (),
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
        labels: ids of items that stand by name on maps and heat-maps.
        earlier: folders of earlier reports, whose pictures are taken of rows whose arrays are gone.
    """
    folders = [folder, *earlier]
    together = groups(rows)
    seeds = {row["key"]: group.rows for group in together for row in group.rows}
    compared = list(compared)
    beside = {row["key"] for rows in compared for row in rows}
    subjects = [Subject((group.rows[0],)) for group in together]
    subjects += [
        Subject(rows, tuple(one for row in rows for one in seeds.get(row["key"], (row,)))) for rows in compared
    ]
    kinds = [_wanted(subject, subject.key in beside, local) for subject in subjects]
    files = [_to_draw(subject, own, folder, language, labels) for subject, own in zip(subjects, kinds, strict=True)]
    new = {
        subject.key: ToDraw(subject, own, language, cache, labels)
        for subject, own in zip(subjects, files, strict=True)
        if own
    }
    outcomes = dict(zip(new, draw_all(list(new.values())), strict=True))
    shown = {
        subject.key: _figures(subject, own, outcomes.get(subject.key, {}), folders, language, labels)
        for subject, own in zip(subjects, kinds, strict=True)
    }
    return {key: Gallery(tuple(found), detail=True) for key, found in shown.items() if found}


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
        draw(kind, items, title, language, files)
    return [path for files in paths.values() for path in files]


def _wanted(subject: Subject, beside: bool, local: bool) -> list[FigureKind]:
    """The kinds of pictures that are shown of a subject, be they there or not."""
    kinds = [kind for kind in subject.kinds if local or not kind.local]
    return [kind for kind in kinds if not (beside and kind.alone)]


def _to_draw(
    subject: Subject, kinds: list[FigureKind], folder: Path, language: str, labels: tuple[str, ...]
) -> dict[str, tuple[Path, ...]]:
    """The files, by kind, of the pictures that are absent or older than what they show."""
    found = {}
    for kind in kinds:
        paths = tuple(folder / FOLDER / file for file in subject.files(kind, language, DRAWING, labels))
        if not all(path.exists() for path in paths) or _older(paths, subject.measured(seeds=kind.seeds)):
            found[kind.name] = paths
    return found


def _figures(
    subject: Subject,
    kinds: list[FigureKind],
    outcomes: Mapping[str, Outcome],
    folders: Sequence[Path],
    language: str,
    labels: tuple[str, ...],
) -> list[Figure]:
    shown = []
    for kind in kinds:
        files = subject.files(kind, language, DRAWING, labels)
        match outcomes.get(kind.name, "drawn"):
            case "empty":
                continue
            case "gone" if not (files := _drawn_before(subject, kind, folders, language, labels)):
                continue
        places_of = {PurePosixPath(file).suffix: PurePosixPath(FOLDER) / file for file in files}
        alt = f"{translated(subject.title, language)}: {translated(kind.alt, language)}"
        picture = places_of[kind.suffixes[0]]
        vector, explored = (places_of.get(suffix) for suffix in (".svg", EXPLORED))
        shown.append(Figure(picture, _caption(kind, subject, language), alt, vector, explored))
    return shown


def _drawn_before(
    subject: Subject, kind: FigureKind, folders: Sequence[Path], language: str, labels: tuple[str, ...]
) -> tuple[str, ...]:
    """The files of a picture that an earlier report drew, of a row whose arrays are gone since; none where none did."""
    drawings = range(DRAWING, 0, -1)
    for source, labelled, drawing in itertools.product(folders, dict.fromkeys((labels, ())), drawings):
        named = subject.files(kind, language, drawing, labelled)
        there = tuple(file for file in named if take_file(source, Path(FOLDER, file), folders[0]))
        if any(file.endswith(kind.suffixes[0]) for file in there):
            return there
    return ()


def _older(paths: Iterable[Path], started: float) -> bool:
    """Whether any of the files is not newer than the second in which a row began: rows know no fractions of it."""
    return min(path.stat().st_mtime for path in paths) < started + 1


def _caption(kind: FigureKind, subject: Subject, language: str) -> str:
    row = subject.rows[0]
    where = translated(subject.title, language)
    if kind.counted and "n_images" in row["inputs"]:
        images, texts = measured_items(row)
        where += f" ({images} {translated('images', language)}, {texts} {translated('texts', language)})"
    seeds = sorted({one["cell"]["seed"] for one in subject.shown(seeds=True)}) if kind.seeds else [row["cell"]["seed"]]
    named = translated("seed", language) if len(seeds) == 1 else translated("seeds", language)
    return f"{where}, {named} {', '.join(map(str, seeds))}. {translated(kind.caption, language)}"
