"""What measuring a space gives: the numbers, and what each item contributed to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap.metrics.cosines import CosineHistograms
from mmgap.metrics.nearest import Places
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.pass_within import Within
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.retrieval import Direction
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats.gaps import GapEstimate


@dataclass(frozen=True)
class Measurement:
    """The numbers of `mmgap.measure` and what each item contributed, of which intervals, tests and plots are made.

    Attributes:
        metrics: as `mmgap.measure` returns them.
        images, texts: (N, d) and (M, d), normalised.
        relevance: the relation of images and texts that was measured.
        image, text: moments and histogram of the cosines within a modality, and per item the kernel sum over its
            partners: ``uniformity_text`` is the logarithm of the sum of both over all items.
        cross: matched (P,) and unmatched cosines, ranks and ties of each query, loss terms of each query.
        cross_own: the same of own pairs alone, ``cross`` itself where there are no others; None where nobody can tell
            the owners.
        gap: the corrected gap with its interval and p; None where it is left out.
        matched_own: (M,) cosine of each text with the image that owns it, None where nobody can tell the owners.
        places: by direction, who holds the nearest places of each query, of which N_k is counted.
        hits: per query the probability of a hit, by the key of its mean in ``metrics`` (``"t2i_r1_pool90_own"``).
        histograms: the four cosine histograms.
        duplicates: image rows, and text rows, equal to an earlier one.
        omitted: key (or family of keys) → why it is missing.
    """

    metrics: dict[str, float]
    images: UnitRows
    texts: UnitRows
    relevance: Relevance
    image: Within
    text: Within
    cross: Cross
    cross_own: Cross | None
    gap: GapEstimate | None
    matched_own: np.ndarray | None
    places: dict[Direction, Places]
    hits: dict[str, np.ndarray]
    histograms: CosineHistograms
    duplicates: tuple[int, int]
    omitted: dict[str, str]

    @property
    def known_matched(self) -> np.ndarray:
        """``matched_own`` of a space whose owners are known."""
        assert self.matched_own is not None
        return self.matched_own
