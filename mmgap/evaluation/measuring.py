"""Everything at once: one dict of numbers for people, one `Measurement` with the items behind them for the harness."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmgap.core.defaults import POOL, RECALLS_AT
from mmgap.metrics import exact_products as exact
from mmgap.metrics.cosines import CosineHistograms, unmatched_of
from mmgap.metrics.frechet import frechet_squared
from mmgap.metrics.gap import l2i, misalignment, modality_gap, relative_modality_gap
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.pass_within import Within, within
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.recalls import recall_hits_both
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import Array, as_matrix, normalised, same_width
from mmgap.stats.gaps import GapEstimate, gap_estimate

_log = logging.getLogger("mmgap")


@dataclass(frozen=True)
class Measurement:
    """The numbers of `measure` and what each item contributed, of which intervals, tests and plots are made.

    Attributes:
        metrics: as `measure` returns them.
        relevance: the relation of images and texts that was measured.
        image, text: moments and histogram of the cosines within a modality, and per item the kernel sum over its
            partners: ``uniformity_text`` is the logarithm of the sum of both over all items.
        cross: matched (P,) and unmatched cosines, ranks and ties of each query, loss terms of each query.
        cross_own: the same of own pairs alone, ``cross`` itself where there are no others; None where nobody can tell
            the owners.
        gap: the corrected gap with its interval and p; None where it is left out.
        matched_own: (M,) cosine of each text with the image that owns it, None where nobody can tell the owners.
        hits: per query the probability of a hit, by the key of its mean in ``metrics`` (``"t2i_r1_pool90_own"``).
        histograms: the four cosine histograms.
        duplicates: image rows, and text rows, equal to an earlier one.
        omitted: key (or family of keys) → why it is missing.
    """

    metrics: dict[str, float]
    relevance: Relevance
    image: Within
    text: Within
    cross: Cross
    cross_own: Cross | None
    gap: GapEstimate | None
    matched_own: np.ndarray | None
    hits: dict[str, np.ndarray]
    histograms: CosineHistograms
    duplicates: tuple[int, int]
    omitted: dict[str, str]


def measure(
    x: Array,
    y: Array,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    relevance: Any = None,
    owner: Any = None,
    seed: int = 0,
) -> dict[str, float]:
    """The scalar metrics of a set of image vectors and a set of text vectors, all at once.

    One pass reads all similarities; where other pairs than own ones are relevant, a second one ranks own pairs. Every
    row is divided by its norm in float64 first; the single metrics of `mmgap.metrics`, which define the numbers, refuse
    what is not normalised.

    Args:
        x: (N, d) image vectors, NumPy or torch, float16, bfloat16, float32 or float64, N ≥ 2.
        y: (M, d) text vectors, M ≥ 2.
        logit_scale: of ``clip_loss``, 0 < scale ≤ 300.
        pool: n of the pool bridge, the keys ``…_pool{n}``.
        relevance: None (row i belongs to row i, which needs N = M, or to ``owner[i]``), (P, 2) index pairs (image,
            text), or a tuple of labels ``(image_groups, text_groups)``.
        owner: (M,) the image that each text came with; read from ``relevance`` where that tells, see
            `mmgap.metrics.expected_recall_at_pool`.
        seed: of the sign flips behind ``gap_p``; all else is exact.

    Returns:
        Plain floats: ``gap, gap_corrected, gap_p, misalignment, uniformity, uniformity_image, uniformity_text, rmg,
        l2i, frechet2, effective_rank_image, effective_rank_text, cosine_image_mean, cosine_text_mean,
        cosine_matched_mean, cosine_matched_std, cosine_unmatched_mean, i2t_r1, i2t_r5, i2t_r10, t2i_r1, t2i_r5,
        t2i_r10``, these six with ``_pool{n}``, all twelve with ``_own``, ``clip_loss, norm_deviation`` (largest |‖v‖
        − 1| seen).

        Recalls count any relevant item, those with ``_own`` the own pairs alone: the image that owns the text, or any
        of an image's own texts. They are the same where nothing is shared; where g images share a caption, own pairs
        make I→T reach at most 1/g at k = 1. ``misalignment, cosine_matched_mean, cosine_matched_std, l2i, rmg`` are
        over own pairs; where more pairs are relevant, their values over all of those stand beside them with ``_any``.
        ``clip_loss`` and ``cosine_unmatched_mean`` go by relevance. ``uniformity_text`` leaves out pairs of captions
        of one image. ``gap_corrected`` and ``gap_p`` are the gap without the noise of its two means, and the p of no
        gap at all, see `mmgap.stats.gap_estimate`. Left out, with a reason logged: pools where N < n, and pools and
        ``_own`` where nobody can tell which image owns which text (the five are then over all relevant pairs).

    Raises:
        TypeError, ValueError: not a floating matrix, a non-finite or zero row (the first is named), fewer than two
            rows, different widths, counts or indices that do not fit, every pair relevant, all texts of one image.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(2, 100, 8))
    >>> [key for key in measure(x, y) if key.startswith("t2i_r1") and "r10" not in key]
    ['t2i_r1', 't2i_r1_pool90', 't2i_r1_own', 't2i_r1_pool90_own']
    """
    return measure_all(x, y, logit_scale=logit_scale, pool=pool, relevance=relevance, owner=owner, seed=seed).metrics


def measure_all(
    x: Array,
    y: Array,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    relevance: Any = None,
    owner: Any = None,
    seed: int = 0,
) -> Measurement:
    """`measure`, and everything behind its numbers; arguments and errors are the same."""
    if pool < 1:
        raise ValueError(f"pool must be at least 1, got {pool}")
    x, image_deviation = _normalised(x, "images")
    y, text_deviation = _normalised(y, "texts")
    same_width(x, y)
    relation = relevance_of(relevance, len(x), len(y), owner)
    own = relation if relation.owner is None else relation.own
    image, text = within(x), within(y, owner=_siblings(relation))
    crossed = cross(x, y, relation, logit_scale=logit_scale, deepest=max(RECALLS_AT))
    unmatched = unmatched_of(crossed)
    per_query, omitted, crossed_own = recall_hits_both(x, y, crossed, pool)
    assert crossed.i2t_loss is not None
    assert crossed.t2i_loss is not None
    estimate = _estimate(x, y, relation, omitted, seed)
    for family, reason in omitted.items():
        _log.warning("%s left out: %s", family, reason)
    pairs = _of_pairs(x, y, own)
    metrics = {
        "gap": modality_gap(x, y),
        **({} if estimate is None else {"gap_corrected": estimate.corrected.value, "gap_p": estimate.p_value}),
        "misalignment": pairs.pop("misalignment"),
        "uniformity": (image.uniformity + text.uniformity) / 2,
        "uniformity_image": image.uniformity,
        "uniformity_text": text.uniformity,
        "rmg": pairs.pop("rmg"),
        "l2i": pairs.pop("l2i"),
        "frechet2": frechet_squared(x, y),
        "effective_rank_image": effective_rank(x),
        "effective_rank_text": effective_rank(y),
        "cosine_image_mean": image.moments.mean,
        "cosine_text_mean": text.moments.mean,
        **pairs,
        "cosine_unmatched_mean": unmatched.mean,
        **({f"{key}_any": value for key, value in _of_pairs(x, y, relation).items()} if own is not relation else {}),
        **{key: float(values.mean()) for key, values in per_query.items()},
        "clip_loss": float(crossed.i2t_loss.mean() + crossed.t2i_loss.mean()) / 2,
        "norm_deviation": max(image_deviation, text_deviation),
    }
    counts = (m.counts for m in (image.moments, text.moments, crossed.matched_moments, unmatched))
    return Measurement(
        metrics=metrics,
        relevance=relation,
        image=image,
        text=text,
        cross=crossed,
        cross_own=crossed_own,
        gap=estimate,
        matched_own=None if own.owner is None else exact.pair_products(x, y, own.pairs[own.by_text])[0],
        hits=per_query,
        histograms=CosineHistograms(np.linspace(-1, 1, len(unmatched.counts) + 1), *counts),
        duplicates=(exact.duplicate_rows(x), exact.duplicate_rows(y)),
        omitted=omitted,
    )


def _estimate(
    x: torch.Tensor, y: torch.Tensor, relation: Relevance, omitted: dict[str, str], seed: int
) -> GapEstimate | None:
    """The corrected gap, or None with the reason among ``omitted``."""
    try:
        return gap_estimate(x, y, owner=relation.known_owner, clusters=relation.clusters, seed=seed)
    except ValueError as error:  # nobody knows the owners, or all images are linked by captions
        omitted["gap_corrected"] = str(error)
        return None


def _siblings(relation: Relevance) -> np.ndarray | None:
    """The owners, where some image owns several texts."""
    return None if relation.one_text_each else relation.owner


def _of_pairs(x: torch.Tensor, y: torch.Tensor, relation: Relevance) -> dict[str, float]:
    """What is a mean over pairs of an image and a text."""
    matched = exact.pair_products(x, y, relation.pairs)[0]
    return {
        "misalignment": misalignment(x, y, relevance=relation),
        "rmg": relative_modality_gap(x, y, relevance=relation),
        "l2i": l2i(x, y, relevance=relation),
        "cosine_matched_mean": float(matched.mean()),
        "cosine_matched_std": float(matched.std()),
    }


def _normalised(v: Array, name: str) -> tuple[torch.Tensor, float]:
    """`normalised`, and in float64 to the end where that costs little."""
    v = as_matrix(v, name, at_least=2)
    return normalised(v.double() if len(v) <= EXACT_ROWS else v, name)
