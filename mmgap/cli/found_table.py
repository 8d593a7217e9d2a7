"""What ``mmgap search`` prints: what was found, as is and in the space side by side, and what the chance means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from mmgap.app.search.found_words import chance_text, score_text, shown_caption, shown_name
from mmgap.core.messages import N_
from mmgap.report.translation import translated

if TYPE_CHECKING:
    from mmgap.app.search.found import Found, LabelShare
    from mmgap.app.search.search_column import Hit
    from mmgap.app.search.searcher import Searcher

_MODALITIES = {"image": N_("image"), "text": N_("text")}


def found_table(searcher: Searcher, found: Sequence[Found], notes: Sequence[str], language: str = "en") -> str:
    """Return a table of what each column found, and the notes below it.

    Args:
        searcher: that found it.
        found: of its `find`.
        notes: of its `notes`.
        language: "en" or "es".
    """
    mixed = len({hit.modality for one in found for hit in one.hits}) > 1
    letters = 60 if len(found) == 1 else 36
    columns = [[_cells(searcher, one, hit, mixed, letters, language) for hit in one.hits] for one in found]
    empty = [""] * (4 + mixed)
    lines = [
        [str(rank), *(cell for cells in row for cell in cells or empty)]
        for rank, row in enumerate(zip_longest(*columns), start=1)
    ]
    heads = ["", *(head for one in found for head in _heads(one.column, mixed, language))]
    align = ("right", *((*("left",) * mixed, "right", "right", "left", "left") * len(found)))
    table = tabulate(lines, headers=heads, colalign=align if lines else None, disable_numparse=True)
    return "\n".join([table, "", *(f"- {translated(note, language)}" for note in notes)])


def labels_table(found: Mapping[str, Sequence[LabelShare]], language: str = "en", most: int = 10) -> str:
    """Return a table of the first labels of a picture, in each column."""
    heads = [head for name in found for head in (translated(name, language), *_translated(LABEL_HEADS, language))]
    rows = zip_longest(*(labels[:most] for labels in found.values()))
    lines = [[cell for one in row for cell in _label_cells(one)] for row in rows]
    return tabulate(lines, headers=heads, colalign=("left", "right", "right") * len(found), disable_numparse=True)


def plain_found(searcher: Searcher, found: Sequence[Found]) -> dict[str, list[dict[str, Any]]]:
    """Return what was found as plain values, by column, for JSON."""
    told = {}
    for one in found:
        told[one.column] = [
            {
                "rank": rank,
                "modality": hit.modality,
                "row": (about := searcher.described(hit)).row,
                "name": about.name,
                "caption": about.caption,
                "score": hit.score,
                "chance": hit.chance,
                "keyword": is_exact(one, hit),
            }
            for rank, hit in enumerate(one.hits, start=1)
        ]
    return told


def is_exact(found: Found, hit: Hit) -> bool:
    """Return whether the query is one of the keywords of an image that was found."""
    return hit.modality == "image" and hit.place in found.exact


#: Heads of a table of labels.
LABEL_HEADS = (N_("score"), N_("share"))

_HEADS = (N_("score"), N_("chance"), N_("name"), N_("caption"))


def _heads(column: str, mixed: bool, language: str) -> list[str]:
    first, *others = _translated(_HEADS, language)
    kind = [""] if mixed else []
    return [*kind, f"{translated(column, language)}: {first}", *others]


def _cells(searcher: Searcher, found: Found, hit: Hit, mixed: bool, letters: int, language: str) -> list[str]:
    about = searcher.described(hit)
    kind = [translated(_MODALITIES[hit.modality], language)] if mixed else []
    chance = chance_text(hit, is_exact(found, hit), language)
    return [*kind, score_text(hit.score), chance, shown_name(about.name, 24), shown_caption(about.caption, letters)]


def _label_cells(label: LabelShare | None) -> tuple[str, str, str]:
    if label is None:
        return "", "", ""
    share = "–" if label.share is None else f"{100 * label.share:.0f} %"
    return shown_name(label.label), score_text(label.score), share


def _translated(words: Sequence[str], language: str) -> list[str]:
    return [translated(word, language) for word in words]
