"""Everything at once: one dict of numbers for people, one `Measurement` with the items behind them for the harness."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from mmgap.core.defaults import HUBS_AT, POOL, RECALLS_AT
from mmgap.core.messages import N_
from mmgap.core.threads import one_thread, side_by_side
from mmgap.evaluation.measurement import Measurement
from mmgap.metrics.cosines import CosineHistograms, unmatched_of
from mmgap.metrics.exact_products import duplicate_rows, pair_products
from mmgap.metrics.frechet import frechet_squared
from mmgap.metrics.gap import means_over_pairs, modality_gap
from mmgap.metrics.hubness import hub_metrics, places_of
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.recalls import recall_hits_both
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.tiles import EXACT_ROWS, reducers_for
from mmgap.metrics.unit_rows import UnitRows, Vectors, normalised, same_width
from mmgap.stats.gaps import GapEstimate, gap_estimate

#: Why hubs are left out of products in bfloat16.
CONFUSED = N_("needs to know which items are nearest, and products in bfloat16 confuse them: measure without --dtype")

_log = logging.getLogger("mmgap")


def measure(
    x: Vectors,
    y: Vectors,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    relevance: Any = None,
    owner: Any = None,
    seed: int = 0,
) -> dict[str, float]:
    """Return the scalar metrics of a set of image vectors and a set of text vectors, all at once.

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
        t2i_r10``, these six with ``_pool{n}``, all twelve with ``_own``, ``hubness_i2t, hubness_t2i,
        never_retrieved_i2t, never_retrieved_t2i`` (of k = 10, see `mmgap.metrics.hubness`), ``clip_loss,
        norm_deviation`` (largest |‖v‖ − 1| seen).

        Recalls count any relevant item, those with ``_own`` the own pairs alone: the image that owns the text, or any
        of an image's own texts. They are the same where nothing is shared; where g images share a caption, own pairs
        make I→T reach at most 1/g at k = 1. ``misalignment, cosine_matched_mean, cosine_matched_std, l2i, rmg`` are
        over own pairs; where more pairs are relevant, their values over all of those stand beside them with ``_any``.
        ``clip_loss`` and ``cosine_unmatched_mean`` go by relevance. ``uniformity_text`` leaves out pairs of captions
        of one image. ``gap_corrected`` and ``gap_p`` are the gap without the noise of its two means, and the p of no
        gap at all, see `mmgap.stats.gap_estimate`. Left out, with a reason logged: pools where N < n, hubness where all
        items are found equally often, and pools and ``_own`` where nobody can tell which image owns which text (the
        five are then over all relevant pairs).

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
    x: Vectors,
    y: Vectors,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    relevance: Any = None,
    owner: Any = None,
    seed: int = 0,
    kernels: tuple[float, float] | None = None,
    once: bool = False,
    dtype: torch.dtype | None = None,
) -> Measurement:
    """Return `measure`, and everything behind its numbers; arguments and errors are the same.

    ``kernels`` are γ and t of two further Gaussian kernels that the passes sum, as `mmgap.metrics.pass_cross.cross`
    takes them. ``once`` says that the process measures nothing else: a small set is then read without compiled code,
    which takes longer to load; sums differ in their last bits. ``dtype`` is that of the products; bfloat16 leaves hubs
    out (`mmgap.evaluation.rounded_measuring` says how far the others may be off).
    """
    if pool < 1:
        raise ValueError(f"pool must be at least 1, got {pool}")
    x, y = both_normalised(x, y)
    same_width(x, y)
    side_by_side(lambda: x.mean_within, lambda: y.mean_within)  # what the passes ask of all rows, once
    relation = relevance_of(relevance, len(x), len(y), owner)
    own = relation if relation.owner is None else relation.own
    gamma, reducers = None if kernels is None else kernels[0], reducers_for(x.tensor, y.tensor, once=once)
    confused = dtype == torch.bfloat16
    with nullcontext() if reducers.ON_THREADS else one_thread():  # a GPU, or one tile, has no use for several
        image = within(x, gamma=gamma, dtype=dtype, reducers=reducers)
        text = within(y, owner=_siblings(relation), gamma=gamma, dtype=dtype, reducers=reducers)
        crossed = cross(
            x,
            y,
            relation,
            logit_scale=logit_scale,
            deepest=max(RECALLS_AT),
            gaussians=kernels,
            nearest=0 if confused else HUBS_AT,
            dtype=dtype,
            reducers=reducers,
        )
    unmatched = unmatched_of(crossed)
    per_query, omitted, crossed_own = recall_hits_both(crossed, pool, dtype)
    assert crossed.softmax is not None  # asked for by a logit scale
    rank_x, rank_y, (estimate, unclear), frechet, places, (matched, distances), copies_x, copies_y = side_by_side(
        lambda: effective_rank(x),  # what takes longest first
        lambda: effective_rank(y),
        lambda: _estimate(x, y, relation, seed),
        lambda: frechet_squared(x, y),  # of the covariances that the ranks have told
        lambda: {} if confused else places_of(crossed, HUBS_AT),
        lambda: _of_pairs(crossed, own),
        lambda: duplicate_rows(x.tensor),
        lambda: duplicate_rows(y.tensor),
    )
    hubs, even = ({}, {"hubness, never_retrieved": CONFUSED}) if confused else hub_metrics(places)
    omitted |= unclear | even
    for family, reason in omitted.items():
        _log.warning("%s left out: %s", family, reason)
    cones = image.moments.mean, text.moments.mean
    pairs, of_any = means_over_pairs(matched, distances, cones), {}
    if own is not relation:
        anyhow = means_over_pairs(crossed.matched, crossed.distances, cones)
        of_any = {f"{key}_any": value for key, value in anyhow.items()}
    metrics = {
        "gap": modality_gap(x, y),
        **({} if estimate is None else {"gap_corrected": estimate.noiseless, "gap_p": estimate.p_value}),
        "misalignment": pairs.pop("misalignment"),
        "uniformity": (image.uniformity + text.uniformity) / 2,
        "uniformity_image": image.uniformity,
        "uniformity_text": text.uniformity,
        "rmg": pairs.pop("rmg"),
        "l2i": pairs.pop("l2i"),
        "frechet2": frechet,
        "effective_rank_image": rank_x,
        "effective_rank_text": rank_y,
        "cosine_image_mean": image.moments.mean,
        "cosine_text_mean": text.moments.mean,
        **pairs,
        "cosine_unmatched_mean": unmatched.mean,
        **of_any,
        **{key: float(values.mean()) for key, values in per_query.items()},
        **hubs,
        "clip_loss": crossed.softmax.loss,
        "norm_deviation": max(x.deviation, y.deviation),
    }
    counts = (m.counts for m in (image.moments, text.moments, crossed.matched_moments, unmatched))
    return Measurement(
        metrics=metrics,
        images=x,
        texts=y,
        relevance=relation,
        image=image,
        text=text,
        cross=crossed,
        cross_own=crossed_own,
        gap=estimate,
        matched_own=None if own.owner is None else matched[own.by_text],
        places=places,
        hits=per_query,
        histograms=CosineHistograms(np.linspace(-1, 1, len(unmatched.counts) + 1), *counts),
        duplicates=(copies_x, copies_y),
        omitted=omitted,
    )


def both_normalised(images: Vectors, texts: Vectors) -> tuple[UnitRows, UnitRows]:
    """Return two or more images and texts divided by their norms, small sets in float64.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.normalised`.
    """
    x, y = side_by_side(
        lambda: normalised(images, "images", at_least=2, exact_rows=EXACT_ROWS),
        lambda: normalised(texts, "texts", at_least=2, exact_rows=EXACT_ROWS),
    )
    return x, y


def _of_pairs(crossed: Cross, own: Relevance) -> tuple[np.ndarray, np.ndarray]:
    """Products and squared distances of own pairs: those of the pass, where no others are relevant."""
    if own is crossed.relevance:
        return crossed.matched, crossed.distances
    return pair_products(crossed.images, crossed.texts, own.pairs)


def _estimate(x: UnitRows, y: UnitRows, relation: Relevance, seed: int) -> tuple[GapEstimate | None, dict[str, str]]:
    """The corrected gap, or None with the reason why it is left out."""
    try:
        return gap_estimate(x, y, owner=relation.known_owner, clusters=relation.clusters, seed=seed), {}
    except ValueError as error:  # nobody knows the owners, or all images are linked by captions
        return None, {"gap_corrected": error.args[0]}


def _siblings(relation: Relevance) -> np.ndarray | None:
    """The owners, where some image owns several texts."""
    return None if relation.one_text_each else relation.owner
