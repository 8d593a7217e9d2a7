"""Search in one space: the first things that a query finds, with their scores and chances."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mmgap.app.search.known_chances import Chances, known_chances
from mmgap.app.search.known_pairs import KnownPairs, Modality
from mmgap.app.search.match_chance import AMONG
from mmgap.app.search.searched_rows import SearchedRows


@dataclass(frozen=True)
class Hit:
    """One thing found.

    Attributes:
        modality: of it.
        place: of it among those searched.
        score: of the query with it: the cosine, or what the space's scorer says.
        chance: that it is a match, in [0, 1]; None where that is not known.
    """

    modality: Modality
    place: int
    score: float
    chance: float | None


@dataclass(frozen=True, eq=False)
class SearchQuery:
    """What is asked.

    Attributes:
        vector: (d,) as it is, before any space.
        by: its modality.
        itself: its own place among the items of its modality, where it is one of them; it is not found.
        image: place of the image that it is, or that it is a caption of; None where it is neither.
    """

    vector: np.ndarray
    by: Modality
    itself: int | None = None
    image: int | None = None


class SearchColumn:
    """Search in one space.

    Args:
        rows: what is searched, in the space.
        known: pairs that the chance of a match is fitted on.
    """

    def __init__(self, rows: SearchedRows, known: KnownPairs) -> None:
        self.rows, self.known = rows, known
        self._lock, self._chances = threading.RLock(), dict[tuple[Modality, Modality], Chances]()

    def find(self, query: SearchQuery, what: Sequence[Modality], k: int) -> list[Hit]:
        """Return the first k things of these modalities that a query finds, best first; k is at most `AMONG`."""
        asked = self.rows.extended_queries(self.rows.mapped_side(query.vector[None], query.by), query.by, what)
        half = self.known.half_of(query.image)
        hits: list[Hit] = []
        for modality in what:
            itself = query.itself if modality == query.by else None
            scores, items = self._first(asked, query.by, modality, itself)
            judge = self.chances(query.by, modality).for_half(half)
            chances = [None] * len(items) if judge is None else judge(scores[None])[0].tolist()
            found = zip(items.tolist(), scores.tolist(), chances, strict=True)
            hits += [Hit(modality, item, score, chance) for item, score, chance in found if item >= 0]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def scored(self, query: SearchQuery, images: Iterable[int]) -> list[Hit]:
        """Return chosen images with their scores, best first; without a chance."""
        rows = self.rows
        asked = rows.extended_queries(rows.mapped_side(query.vector[None], query.by), query.by, ("image",))[0]
        items = rows.index(query.by, "image").rows
        found = [Hit("image", place, float(items[place] @ asked), None) for place in images]
        return sorted(found, key=lambda hit: -hit.score)

    def chances(self, by: Modality, what: Modality) -> Chances:
        """Return the chances of a match."""
        with self._lock:
            if (by, what) not in self._chances:
                self._chances[by, what] = known_chances(self.rows, self.known, by, what)
            return self._chances[by, what]

    def _first(
        self, asked: np.ndarray, by: Modality, what: Modality, itself: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores and items, (k,) each, of the first `AMONG` without the query itself."""
        scores, items = (found[0] for found in self.rows.index(by, what).search(asked, AMONG + (itself is not None)))
        keep = np.flatnonzero(items != (-2 if itself is None else itself))[:AMONG]
        return scores[keep], items[keep]
