"""Cosines of pairs, of strangers and within a modality: moments and histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.tiles import BINS, CosineMoments
from mmgap.metrics.unit_rows import Vectors, same_width, unit_rows


@dataclass(frozen=True)
class Cone:
    """Mean, standard deviation and least cosine within one modality."""

    mean: float
    std: float
    minimum: float


@dataclass(frozen=True)
class CosineHistograms:
    """Counts (int64) in equal bins between ``edges`` on [−1, 1]; what rounding puts outside is in the end bins.

    Attributes:
        edges: (bins + 1,) float64.
        image, text: cosines within a modality over i < j; they add up to N(N − 1)/2 and M(M − 1)/2.
        matched: relevant pairs; P in all.
        unmatched: all other pairs of an image and a text; N·M − P.
    """

    edges: np.ndarray
    image: np.ndarray
    text: np.ndarray
    matched: np.ndarray
    unmatched: np.ndarray


def cone(x: Vectors) -> Cone:
    """The cone of one modality: mean, sd and least ``⟨x_i, x_j⟩`` over i < j.

    Trained encoders live in cones too (Liang et al., NeurIPS 2022, quote mean cosines of 0.56 for a ResNet, 0.47 for a
    ViT and 0.51 for a text transformer, on 5,000 COCO items); with random weights the cone is narrower still. The mean
    is exact from an O(N·d) form.

    Args:
        x: (N, d) vectors of one modality, unit rows, N ≥ 2.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`.

    >>> import numpy as np
    >>> round(cone(np.array([[1.0, 0.0], [0.6, 0.8], [0.8, 0.6]])).minimum, 6)
    0.6
    """
    m = within(unit_rows(x, "x", at_least=2).tensor).moments
    return Cone(m.mean, m.std, m.minimum)


def cross_moments(x: Vectors, y: Vectors, *, relevance: Any = None) -> tuple[CosineMoments, CosineMoments]:
    """`CosineMoments` of the matched and of the unmatched cosines of two modalities.

    Args:
        x, y: (N, d) image and (M, d) text vectors, unit rows.
        relevance: as `mmgap.metrics.recall_at_k`.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; every pair is relevant, so that none is
            unmatched.
    """
    measured = _measured(x, y, relevance, BINS)
    return measured.matched_moments, unmatched_of(measured)


def cosine_histograms(x: Vectors, y: Vectors, *, bins: int = BINS, relevance: Any = None) -> CosineHistograms:
    """The four histograms of a modality gap picture: image–image, text–text, matched and unmatched image–text.

    Args:
        x, y: (N, d) image and (M, d) text vectors, unit rows, at least two of each.
        bins: equal bins on [−1, 1], at least 1.
        relevance: as `mmgap.metrics.recall_at_k`.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, or bins < 1.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    x, y = unit_rows(x, "images", at_least=2), unit_rows(y, "texts", at_least=2)
    measured = _measured(x, y, relevance, bins)
    return CosineHistograms(
        edges=np.linspace(-1, 1, bins + 1),
        image=within(x.tensor, bins=bins).moments.counts,
        text=within(y.tensor, bins=bins).moments.counts,
        matched=measured.matched_moments.counts,
        unmatched=np.zeros(bins, dtype=np.int64) if measured.unmatched is None else measured.unmatched.counts,
    )


def unmatched_of(measured: Cross) -> CosineMoments:
    """The unmatched moments of a pass. Raises `ValueError` where every image is relevant to every text."""
    if measured.unmatched is None:
        raise ValueError("every image is relevant to every text: no pair is unmatched; check `relevance`")
    return measured.unmatched


def _measured(x: Vectors, y: Vectors, relevance: Any, bins: int) -> Cross:
    x, y = unit_rows(x, "images"), unit_rows(y, "texts")
    same_width(x, y)
    return cross(x.tensor, y.tensor, relevance_of(relevance, len(x), len(y)), bins=bins)
