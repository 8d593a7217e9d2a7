"""The chances of matches in one space: fitted on pairs whose matches are known, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap.app.search.known_pairs import Asked, KnownPairs, Modality
from mmgap.app.search.match_chance import AMONG, MatchChance, NoChanceError
from mmgap.app.search.searched_rows import SearchedRows
from mmgap.app.search.vector_index import digest_of
from mmgap.core.cache import Cache
from mmgap.core.messages import N_, packed, unpacked
from mmgap.core.text_arrays import as_array, texts_of
from mmgap.datasets.base import digest

#: Part of every key; raised when the fit changes.
FORMAT = 1

#: Known queries that a fit is made on at most.
QUERIES = 2000

#: Why there is no chance where no match is known.
UNKNOWN = {
    ("image", "image"): N_("Which images match an image is not known, so no chance is told for images."),
    ("text", "text"): N_("No image has a second caption, so no chance is told for texts that a text finds."),
    ("text", "image"): N_("No pairs are known, so no chance is told."),
    ("image", "text"): N_("No pairs are known, so no chance is told."),
}

_PARTS = ("whole", "half0", "half1")


@dataclass(frozen=True)
class Chances:
    """The chance of a match for queries of one modality and items of one.

    Attributes:
        whole: fitted on all known pairs; None where it could not be.
        halves: fitted on each half of them.
        why_not: why there is none; "" where there is one.
    """

    whole: MatchChance | None
    halves: tuple[MatchChance | None, MatchChance | None] = (None, None)
    why_not: str = ""

    def for_half(self, half: int | None) -> MatchChance | None:
        """Return the one for a query of a half of the known pairs, which has not seen it; None: of neither."""
        return self.whole if half is None else self.halves[1 - half]


def known_chances(rows: SearchedRows, known: KnownPairs, by: Modality, what: Modality) -> Chances:
    """Return the chances of what queries of one modality find: from the cache, else fitted now."""
    asked = known.asked(by, what, QUERIES)
    if not any(one.matches or one.joined for one in asked):
        return Chances(None, why_not=UNKNOWN[by, what])
    key = {
        "chance_format": FORMAT,
        "searched": rows.index(by, what).digest,
        "kind": rows.kind,
        "space": rows.space,
        "by": by,
        "known": digest_of(known.pairs.images, known.pairs.texts, known.image_place, known.text_place),
        "words": digest([known.pairs.words, known.searched.words]),
    }
    kept = Cache().arrays("chances", key, lambda: _fitted(rows, known, asked, by, what))
    whole, first, second = (_part(kept, name) for name in _PARTS)
    return Chances(whole, (first, second), unpacked(texts_of(kept["why_not"])[0]))


def known_first(
    rows: SearchedRows, known: KnownPairs, asked: Sequence[Asked], by: Modality, what: Modality
) -> tuple[np.ndarray, np.ndarray]:
    """Return (Q, k) scores of the first candidates of known queries and which of them match, (Q, k) bool.

    Matches that join what is searched for their query are among the candidates; the query itself is not.

    Args:
        rows: what is searched.
        known: the pairs.
        asked: queries among them.
        by, what: modality of the queries, and of the candidates.
    """
    queries = rows.mapped_side(known.pairs.rows(by)[[one.row for one in asked]], by)
    queries = rows.extended_queries(queries, by, (what,))
    others = rows.extended(rows.mapped_side(known.pairs.rows(what), what), by)
    scores, matches = [], []
    for query, found, items, one in zip(queries, *rows.index(by, what).search(queries, AMONG + 1), asked, strict=True):
        keep = (items != one.itself) | (one.itself < 0)
        candidates = np.concatenate([found[keep], others[list(one.joined)] @ query])
        matching = np.concatenate([np.isin(items[keep], list(one.matches)), np.ones(len(one.joined), dtype=bool)])
        order = np.argsort(-candidates, kind="stable")[:AMONG]
        scores.append(candidates[order])
        matches.append(matching[order])
    return _filled(scores, -np.inf), _filled(matches, False)


def _fitted(
    rows: SearchedRows, known: KnownPairs, asked: Sequence[Asked], by: Modality, what: Modality
) -> dict[str, np.ndarray]:
    scores, matches = known_first(rows, known, asked, by, what)
    half = known.half[[one.image for one in asked]]
    kept, why_not = dict[str, np.ndarray](), ""
    for name, chosen in zip(_PARTS, (half >= 0, half == 0, half == 1), strict=True):
        try:
            found = MatchChance.fit(scores[chosen], matches[chosen])
        except NoChanceError as error:
            why_not = why_not or packed(error.args[0])
            continue
        kept |= {f"{name}.{field}": array for field, array in found.arrays().items()}
    return {**kept, "why_not": as_array([why_not])}


def _part(kept: dict[str, np.ndarray], name: str) -> MatchChance | None:
    arrays = {key.removeprefix(f"{name}."): array for key, array in kept.items() if key.startswith(f"{name}.")}
    return MatchChance.of(arrays) if arrays else None


def _filled(rows: Sequence[np.ndarray], empty: Any) -> np.ndarray:
    """(Q, k) of rows of different lengths."""
    made = np.full((len(rows), max(map(len, rows))), empty, dtype=rows[0].dtype)
    for place, row in enumerate(rows):
        made[place, : len(row)] = row
    return made
