"""Queries whose matches are known: pairs of which some may be among what is searched, and what they match there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

#: Of a query, and of what is searched.
Modality: TypeAlias = Literal["image", "text"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Vectors of images and texts as they are, and which text belongs to which image.

    Attributes:
        images: (N, d).
        texts: (M, d').
        owner: (M,) the image of each text, in [0, N).
        names: (N,) of the images.
        words: (M,) captions; None where they are not known.
    """

    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray
    names: Sequence[str]
    words: Sequence[str] | None = None

    def rows(self, modality: Modality) -> np.ndarray:
        """Return the vectors of one modality."""
        return self.images if modality == "image" else self.texts

    @cached_property
    def texts_of_words(self) -> dict[str, list[int]]:
        """Words → the texts that say them, but for case and outer space."""
        found = defaultdict(list)
        for text, words in enumerate(self.words or ()):
            found[words.strip().casefold()].append(text)
        return dict(found)

    @cached_property
    def texts_of_image(self) -> dict[int, list[int]]:
        """Image → its texts."""
        found = defaultdict(list)
        for text, image in enumerate(self.owner):
            found[int(image)].append(text)
        return dict(found)


@dataclass(frozen=True)
class Asked:
    """A query whose matches are known.

    Attributes:
        row: the query among the known pairs.
        image: the known image that it is, or belongs to.
        itself: its place among the items searched, where it is one of them; else −1.
        matches: places of the items that it matches.
        joined: rows of the known pairs that it matches, too, and that are not among the items searched.
    """

    row: int
    image: int
    itself: int
    matches: frozenset[int]
    joined: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class KnownPairs:
    """Pairs that the chance of a match is fitted on: each is a query whose matches are known.

    The match of one that is not among what is searched joins it for that query: all else that could be taken for the
    match is what a user's query meets there.

    Attributes:
        pairs: with vectors as they are.
        searched: likewise, what is searched.
        image_place: (n,) of each known image among those searched, −1 where it is not there.
        text_place: (m,) likewise.
    """

    pairs: Pairs
    searched: Pairs
    image_place: np.ndarray
    text_place: np.ndarray

    @classmethod
    def themselves(cls, searched: Pairs) -> KnownPairs:
        """Return what is searched as its own known pairs, where there are no others."""
        return cls(searched, searched, np.arange(len(searched.images)), np.arange(len(searched.texts)))

    @classmethod
    def held_out(cls, pairs: Pairs, searched: Pairs) -> KnownPairs:
        """Return known pairs whose images are found among those searched by name, with their texts in that order."""
        place_of = {name: place for place, name in enumerate(searched.names)}
        image_place = np.array([place_of.get(name, -1) for name in pairs.names], dtype=np.int64)
        text_place = np.full(len(pairs.texts), -1, dtype=np.int64)
        for image, texts in pairs.texts_of_image.items():
            there = searched.texts_of_image.get(int(image_place[image]), [])
            text_place[texts[: len(there)]] = there[: len(texts)]
        return cls(pairs, searched, image_place, text_place)

    @cached_property
    def half(self) -> np.ndarray:
        """(n,) 0 or 1 for each image, drawn once and for all: the queries of one half are judged by the other's."""
        return np.random.default_rng(0).permutation(len(self.image_place)) % 2

    def half_of(self, place: int | None) -> int | None:
        """Return the half of an image among those searched; None where it is not known, or no image is meant."""
        if place is None or not (self.image_place == place).any():
            return None
        return int(self.half[np.argmax(self.image_place == place)])

    def asked(self, by: Modality, what: Modality, most: int) -> list[Asked]:
        """Return queries of one modality for items of one, at most so many, drawn once and for all.

        Which images match an image is not known: there are no such queries.
        """
        count = len(self.pairs.rows(by))
        chosen = np.arange(count) if count <= most else np.sort(np.random.default_rng(0).permutation(count)[:most])
        if by == "image":
            return [self._texts_of_image(int(k)) for k in chosen] if what == "text" else []
        return [self._images_of_text(int(k)) if what == "image" else self._texts_of_text(int(k)) for k in chosen]

    def _images_of_text(self, text: int) -> Asked:
        image = int(self.pairs.owner[text])
        found = {int(self.searched.owner[place]) for place in self._same_words(text)}
        joined = self._split([image], self.image_place, found)
        return Asked(text, image, -1, frozenset(found), joined)

    def _texts_of_image(self, image: int) -> Asked:
        own = self.pairs.texts_of_image.get(image, [])
        found = {place for text in own for place in self._same_words(text)}
        joined = self._split(own, self.text_place, found)
        return Asked(image, image, -1, frozenset(found), joined)

    def _texts_of_text(self, text: int) -> Asked:
        """The other captions of its image; none where there is no other one."""
        image, itself = int(self.pairs.owner[text]), int(self.text_place[text])
        others = [other for other in self.pairs.texts_of_image[image] if other != text]
        found = {place for one in (text, *others) for place in self._same_words(one)} if others else set()
        joined = self._split(others, self.text_place, found)
        return Asked(text, image, itself, frozenset(found - {itself}), joined)

    def _same_words(self, text: int) -> list[int]:
        """The texts searched that say the same."""
        if self.pairs.words is None:
            return []
        return self.searched.texts_of_words.get(self.pairs.words[text].strip().casefold(), [])

    @staticmethod
    def _split(rows: Sequence[int], place: np.ndarray, found: set[int]) -> tuple[int, ...]:
        """Add the places of those rows that are searched to ``found``; return the others."""
        found.update(int(place[row]) for row in rows if place[row] >= 0)
        return tuple(row for row in rows if place[row] < 0)
