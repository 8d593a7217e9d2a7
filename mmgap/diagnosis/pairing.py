"""How well every text finds the image that it is said to belong to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmgap.core.disk_buckets import by_place
from mmgap.core.progress import progress_bar
from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.diagnosis.chosen_rows import ChosenRows, in_sizes
from mmgap.diagnosis.surveyed_rows import Numbers, SurveyedRows

#: Multiplications that a search may cost: seconds on two cores.
BUDGET = 1.5e11

#: Texts that search at most, and numbers of a block of images.
_TEXTS, _BLOCK = 5000, 1 << 23

#: The mean rank of own images stands so many standard errors above chance where files are paired.
MATCHED = 4.0

#: Recall at 1 over chance from which one can tell where rows went.
TELLING = 10


@dataclass(frozen=True, eq=False)
class Pairing:
    """What a search of texts among all images finds, on vectors whose modality's mean was taken off.

    Equal rows are one: an image that equals the own one, or whose text equals the query, is no rival.

    Attributes:
        images, texts: both sides.
        owner: (M,) image row of each text.
        asked: (q,) the texts that searched, in order; maybe a sample.
        best: (q,) the image that each found first.
        places: (q,) the share of rivals that the own image beats, in [0, 1]: 1/2 on average by chance.
    """

    images: SurveyedRows
    texts: SurveyedRows
    owner: Numbers
    asked: np.ndarray
    best: np.ndarray
    places: np.ndarray

    @cached_property
    def of_image(self) -> Numbers:
        """(N,) the first text (of those that equal it) of each image; −1 of an image without one."""
        n, m = len(self.images), len(self.texts)
        if not isinstance(self.owner, ScratchArray):
            found = np.full(n, -1, dtype=np.int64)
            found[self.owner[::-1]] = self.texts.equal[::-1]
            return found
        there = ScratchArray(n, np.int64)
        for some, images, texts in by_place(((self.owner[s], self.texts.equal[s]) for s in spans(m)), m, n):
            block = np.full(some.stop - some.start, -1, dtype=np.int64)
            block[images[::-1] - some.start] = texts[::-1]
            there[some] = block
        return there

    def hits(self, candidates: np.ndarray) -> np.ndarray:
        """(q,) whether the image that was found is the candidate, equals it, or has an equal text; the candidates are
        rows of images."""
        equal = self.images.equal[self.best] == self.images.equal[candidates]
        return np.asarray(equal | (self.of_image[self.best] == self.of_image[candidates]))

    def cosines(self, candidates: np.ndarray) -> np.ndarray:
        """(q,) cosines of the texts with these rows of images, means taken off; −1 of an image that cannot be used."""
        found = np.full(len(self.asked), -1.0)
        usable = self.images.usable(candidates)
        texts, images = self.texts.centred(self.asked[usable]), self.images.centred(candidates[usable])
        found[usable] = np.einsum("ij,ij->i", texts, images)
        return found

    @property
    def own(self) -> np.ndarray:
        """(q,) the image of each text that searched."""
        return self.owner[self.asked]

    @cached_property
    def recall(self) -> float:
        """The share of texts that find their own image first."""
        return float(self.hits(self.own).mean())

    @property
    def chance(self) -> float:
        """What `recall` would be by chance."""
        return 1 / max(self.images.distinct, 1)

    @cached_property
    def weight(self) -> float:
        """How many of the texts that searched are different ones: what a mean over them stands on."""
        return float(min(len(np.unique(self.texts.equal[self.asked])), len(np.unique(self.images.equal[self.own]))))

    @cached_property
    def standing(self) -> float:
        """The mean place of own images, in standard errors from chance."""
        return float((self.places.mean() - 0.5) * math.sqrt(12 * self.weight)) if len(self.places) else 0.0

    @property
    def matched(self) -> bool:
        """Whether own pairs match better than chance."""
        return self.standing > MATCHED


def usable_pairs(images: SurveyedRows, texts: SurveyedRows, owner: Numbers) -> ChosenRows:
    """Return the texts that are usable and whose images are."""
    return ChosenRows(len(texts), lambda some: texts.usable(some) & images.usable(owner[some]))


def pairing(images: SurveyedRows, texts: SurveyedRows, owner: Numbers) -> Pairing:
    """Search the images for every text, or for as many evenly spaced ones as the budget allows.

    Args:
        images, texts: of one width.
        owner: (M,) the image of each text.
    """
    gallery = images.usable_rows
    able = usable_pairs(images, texts, owner)
    affordable = int(BUDGET / (max(len(gallery), 1) * images.width))
    asked = able.evenly(max(100, min(_TEXTS, affordable)))
    found = Pairing(images, texts, owner, asked, np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked)))
    if not len(asked):
        return found
    queries, own = texts.centred(asked), owner[asked]
    own_scores = np.einsum("ij,ij->i", queries, images.centred(own))
    text_of, image_of = found.of_image[own], images.equal[own]
    best = np.full(len(asked), -np.inf, dtype=np.float32)
    beaten, rivals = np.zeros(len(asked)), np.zeros(len(asked))
    step = max(1, _BLOCK // max(len(asked), images.width))
    blocks = in_sizes(gallery.parts(), step)
    for rows in progress_bar(blocks, total=-(-len(gallery) // step), desc="texts among images", unit="block"):
        scores = queries @ images.centred(rows).T
        top = scores.argmax(axis=1)
        scored = scores[np.arange(len(asked)), top]
        better = scored > best
        best[better], found.best[better] = scored[better], rows[top[better]]
        rival = (images.equal[rows] != image_of[:, None]) & (found.of_image[rows] != text_of[:, None])
        beaten += np.count_nonzero((scores < own_scores[:, None]) & rival, axis=1)
        beaten += 0.5 * np.count_nonzero((scores == own_scores[:, None]) & rival, axis=1)
        rivals += np.count_nonzero(rival, axis=1)
    found.places[:] = np.divide(beaten, rivals, out=np.full(len(asked), 0.5), where=rivals > 0)
    return found
