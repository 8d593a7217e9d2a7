"""How many unmatched cosines each image and each text has in each bin: what thresholds and their intervals rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mmgap.core.progress import progress_bar
from mmgap.metrics.cosines import unmatched_of
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.tiles import product_dtype

#: About so many bins between the least and the largest cosine.
BINS = 400

_CHUNK_ELEMENTS = 1 << 22


@dataclass(frozen=True, eq=False)
class CosineCounts:
    """Matched cosines, and unmatched ones by image, by text and by bin.

    Attributes:
        step: width of a bin, 1, 2 or 5 times a power of ten; every edge is a multiple of it.
        first: the lowest edge is ``first · step``.
        matched: (M,) cosine of each text with the image that owns it.
        of_image: (N, B) int64 unmatched cosines of each image in the bins ``[edges[b], edges[b + 1])``.
        of_text: (M, B) likewise of each text.
    """

    step: float
    first: int
    matched: np.ndarray
    of_image: np.ndarray
    of_text: np.ndarray

    @property
    def edges(self) -> np.ndarray:
        """(B + 1,) the edges of the bins; the last bin holds the largest cosine."""
        return np.round((self.first + np.arange(self.of_image.shape[1] + 1)) * self.step, 12)

    def place(self, cosine: float) -> int:
        """Return the bin whose lower edge is nearest to a cosine, from 0 to B: thresholds are edges.

        A cosine outside is at the end: 0 counts everything, B nothing.
        """
        return int(np.clip(round(cosine / self.step) - self.first, 0, self.of_image.shape[1]))


def cosine_counts(crossed: Cross, bins: int = BINS) -> CosineCounts:
    """Return the counts of a pass over unit rows.

    Args:
        crossed: of `mmgap.metrics.pass_cross.cross`.
        bins: about how many there are.

    Raises:
        ValueError: every image is relevant to every text, so that no pair is unmatched; nobody can tell the owners.

    >>> from mmgap.metrics.pass_cross import cross
    >>> from mmgap.metrics.relevance import relevance_of
    >>> import torch
    >>> x = torch.eye(3, dtype=torch.float64)
    >>> found = cosine_counts(cross(x, x, relevance_of(None, 3, 3)), bins=2)
    >>> found.step, found.edges.tolist(), found.of_image.sum(axis=0).tolist(), found.matched.tolist()
    (0.5, [0.0, 0.5, 1.0, 1.5], [6, 0, 0], [1.0, 1.0, 1.0])
    """
    unmatched = unmatched_of(crossed)
    low, high = min(unmatched.minimum, crossed.matched.min()), max(unmatched.maximum, crossed.matched.max())
    step = nice_step((high - low) / bins)
    first = math.floor(low / step)
    width = math.floor(high / step) - first + 1
    images, texts, relation = crossed.images, crossed.texts, crossed.relevance
    dtype = product_dtype(images, texts)
    columns = texts.to(dtype).T
    of_image = np.zeros((len(images), width), dtype=np.int64)
    of_text = np.zeros((len(texts), width), dtype=np.int64)
    rows = max(1, _CHUNK_ELEMENTS // len(texts))
    for start in progress_bar(range(0, len(images), rows), desc="thresholds"):
        stop = min(start + rows, len(images))
        scores = (images[start:stop].to(dtype) @ columns).cpu().numpy()
        scores *= 1 / step
        place = np.floor(scores, out=scores).astype(np.int64)
        place -= first
        np.clip(place, 0, width - 1, out=place)
        here = relation.pairs[relation.image_start[start] : relation.image_start[stop]]
        place[here[:, 0] - start, here[:, 1]] = width  # a bin for what is matched, dropped below
        of_row, of_column = np.arange(stop - start)[:, None] * (width + 1), np.arange(len(texts)) * (width + 1)
        place += of_row
        counts = np.bincount(place.ravel(), minlength=(stop - start) * (width + 1))
        of_image[start:stop] = counts.reshape(stop - start, width + 1)[:, :width]
        place += of_column - of_row
        counts = np.bincount(place.ravel(), minlength=len(texts) * (width + 1))
        of_text += counts.reshape(len(texts), width + 1)[:, :width]
    own = relation.pairs[relation.by_text]
    mine = own[:, 0] == relation.known_owner[own[:, 1]]
    return CosineCounts(step, first, crossed.matched[relation.by_text][mine], of_image, of_text)


def nice_step(width: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least ``width``, at most 0.5 and at least 1e-6.

    >>> nice_step(0.0023), nice_step(0.0), nice_step(9.0)
    (0.005, 1e-06, 0.5)
    """
    width = min(max(width, 1e-6), 0.5)
    power = 10.0 ** math.floor(math.log10(width) + 1e-9)
    found = next(times * power for times in (1, 2, 5, 10) if times * power >= width * (1 - 1e-9))
    return float(f"{min(found, 0.5):.12g}")
