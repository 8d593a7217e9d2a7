"""Items that a reader asks to be labelled: which of them a picture shows, and which no picture does."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from mmgap.analysis.groups import groups
from mmgap.analysis.row_items import read_items
from mmgap.core.cache import Cache
from mmgap.core.messages import counted
from mmgap.core.text_arrays import texts_of
from mmgap.report.figures.figure_entries import figures
from mmgap.report.sections import section_of
from mmgap.report.translation import translated
from mmgap.rows.row import Row


def places_of(ids: Sequence[str], labels: Collection[str]) -> list[int]:
    """Return where the labelled items stand among these ids; a file is known by its name alone, too.

    >>> places_of(["birds/owl.png", "birds/tit.png", "owl"], {"owl.png", "owl"})
    [0, 2]
    """
    return [place for place, name in enumerate(ids) if name in labels or PurePosixPath(name).name in labels]


def unshown(rows: Iterable[Row], labels: Collection[str], cache: Cache, language: str) -> list[str]:
    """Return one sentence for each label that no picture of these rows shows, with ids that are much like it.

    Args:
        rows: finished rows.
        labels: ids of items.
        cache: where the rows' arrays lie.
        language: "en" or "es".
    """
    if not labels:
        return []
    shown = dict.fromkeys(name for group in groups(rows) for name in _ids(group.rows[0], cache))
    told = []
    for label in labels:
        if places_of(list(shown), {label}):
            continue
        near = difflib.get_close_matches(label, shown, n=3, cutoff=0.5)
        if near:
            hint = translated("Did you mean {ids}?", language, ids=translated(" or ", language).join(map(repr, near)))
        else:
            hint = translated(
                counted(
                    "Pictures show {n} item, a sample of each data set.",
                    "Pictures show {n} items, a sample of each data set.",
                    n=len(shown),
                ),
                language,
            )
        told.append(f"{translated('No picture shows an item {id}.', language, id=repr(label))} {hint}")
    return told


def _ids(row: Row, cache: Cache) -> list[str]:
    """The ids that the pictures of a row show."""
    section = section_of(row["cell"]["experiment"])
    named = section.figures, section.experiment
    kinds = [*figures(*named), *figures(*named, several=True)]
    arrays = dict.fromkeys(kind.ids for kind in kinds if kind.ids)
    held = (read_items(row, cache) or {}) if arrays else {}
    return [name for array in arrays if array in held for name in texts_of(held[array])]
