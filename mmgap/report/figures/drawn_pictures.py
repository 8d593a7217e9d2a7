"""Pictures drawn into their files, those of many rows in as many processes as there are cores.

matplotlib is imported when something is drawn, so a report without news costs none of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mmgap.core.cache import Cache, write_atomic
from mmgap.core.worker_processes import in_processes
from mmgap.report.figures.kinds import FigureKind
from mmgap.report.figures.picture_subjects import EXPLORED, Subject
from mmgap.report.translation import translated

#: From so many pictures on processes are started: each of them imports matplotlib first.
WORTHWHILE = 24

#: What became of a picture: its files are there, its arrays show nothing, or these are no longer in the cache.
Outcome = Literal["drawn", "empty", "gone"]


@dataclass(frozen=True)
class ToDraw:
    """The pictures of one subject that have to be drawn: the files of each kind, by its name, and what is labelled."""

    subject: Subject
    files: dict[str, tuple[Path, ...]]
    language: str
    cache: Cache
    labels: tuple[str, ...] = ()


def draw_all(wanted: Sequence[ToDraw]) -> list[dict[str, Outcome]]:
    """Return what became of each subject's pictures, by the name of their kind; files of empty ones are removed."""
    pictures = sum(len(one.files) for one in wanted)
    return in_processes(draw_subject, wanted, desc="pictures", worthwhile=pictures >= WORTHWHILE)


def draw_subject(wanted: ToDraw) -> dict[str, Outcome]:
    """Draw the pictures of one subject and return what became of each, by the name of its kind."""
    kinds = [kind for kind in wanted.subject.kinds if kind.name in wanted.files]
    items = {seeds: wanted.subject.items(wanted.cache, seeds=seeds) for seeds in {kind.seeds for kind in kinds}}
    return {kind.name: _outcome(kind, items[kind.seeds], wanted) for kind in kinds}


def _outcome(kind: FigureKind, items: Any, wanted: ToDraw) -> Outcome:
    if items is None:
        return "gone"
    files = wanted.files[kind.name]
    if not kind.can_be_drawn(items):
        for file in files:
            file.unlink(missing_ok=True)
        return "empty"
    draw(kind, items, translated(wanted.subject.title, wanted.language), wanted.language, files, wanted.labels)
    return "drawn"


def draw(
    kind: FigureKind, items: Any, title: str, language: str, files: Iterable[Path], labels: Collection[str] = ()
) -> None:
    """Draw one kind of picture into its files, each of the form that its suffix says."""
    from mmgap.report.figures.style import save

    drawn = kind.drawn(items, title, language, labels)
    for file in files:
        if file.suffix == EXPLORED:
            plot = kind.explored(items, title, language)
            write_atomic(file, json.dumps(plot, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
        else:
            save(drawn, file)
