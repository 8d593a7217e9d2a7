"""What must be known of what a search found: what its chances mean, of whose data, and how the space was fitted."""

from __future__ import annotations

from collections.abc import Sequence

from mmgap.app.search.found import Found
from mmgap.app.search.known_pairs import KnownPairs, Modality
from mmgap.app.search.search_column import SearchQuery
from mmgap.app.search.searcher import AS_IS, Searcher
from mmgap.core.messages import N_, Message

#: Said where one modality alone was found as is, though both were searched.
ONE_ALONE: dict[Modality, str] = {
    "image": N_(
        "Of images and texts together the first are images alone as the vectors are: images are nearer each other than"
        " to what is said of them. A space that closes the gap need not change that."
    ),
    "text": N_(
        "Of images and texts together the first are texts alone as the vectors are: texts are nearer each other than to"
        " the images they are of. A space that closes the gap need not change that."
    ),
}


def search_notes(
    searcher: Searcher, query: SearchQuery, what: Sequence[Modality], columns: Sequence[Found]
) -> list[str]:
    """Return the notes, each once.

    Args:
        searcher: that searched.
        query: that was asked.
        what: modalities that were searched.
        columns: what was found.
    """
    found = list[str]()
    kinds = {hit.modality for hit in columns[0].hits}
    if len(what) > 1 and kinds == {query.by} and columns[0].column == AS_IS:
        found.append(ONE_ALONE[query.by])
    for modality in what:
        by_column = [column.chances(query.by, modality) for column in searcher.columns.values()]
        told = [one.whole for one in by_column if one.whole is not None]
        if told:
            found.append(_meaning(searcher.known, told[0].queries))
        found += [one.why_not for one in by_column if one.why_not]
    return list(dict.fromkeys([*found, *searcher.shown.notes, *searcher.source.dataset.footnotes]))


def _meaning(known: KnownPairs, queries: int) -> Message:
    """What a chance is."""
    if known.pairs is known.searched:
        return Message(
            "Chance: how often such a candidate was the match of {n} queries among the pairs themselves, those of its"
            " own half left out. It presumes that what is asked for is there.",
            n=queries,
        )
    return Message(
        "Chance: how often such a candidate was the match of {n} held-out queries whose own match was there, too. It"
        " presumes that what is asked for is there, and asked for as these are.",
        n=queries,
    )
