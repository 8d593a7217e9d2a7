"""Everything at once: one dict of numbers for people, one `Measurement` with the items behind them for the harness."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmgap.metrics.cosines import CosineHistograms, unmatched_of
from mmgap.metrics.exact import duplicate_rows
from mmgap.metrics.frechet import frechet_squared
from mmgap.metrics.gap import l2i, misalignment, modality_gap, relative_modality_gap
from mmgap.metrics.inputs import Array, as_matrix, normalised, same_width
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.pass_within import Within, within
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.retrieval import DIRECTIONS, hits, pool_hits
from mmgap.metrics.tiles import EXACT_ROWS

_log = logging.getLogger("mmgap")

#: The k of the recalls that are measured.
RECALLS = (1, 5, 10)


@dataclass(frozen=True)
class Measurement:
    """The numbers of `measure` and what each item contributed, so that intervals, tests and plots need no second pass.

    Attributes:
        metrics: as `measure` returns them.
        relevance: the relation of images and texts that was measured.
        image, text: moments and histogram of the cosines within a modality, and per item the kernel mean whose mean
            over all items has ``uniformity_image``, ``uniformity_text`` as its logarithm.
        cross: matched (P,) and unmatched cosines, ranks and ties of each query, loss terms of each query.
        hits: per query the probability of a hit, by the key of its mean in ``metrics`` (``"t2i_r1_pool90"``).
        histograms: the four cosine histograms.
        duplicates: image rows, and text rows, equal to an earlier one.
        omitted: key (or family of keys) → why it is missing.
    """

    metrics: dict[str, float]
    relevance: Relevance
    image: Within
    text: Within
    cross: Cross
    hits: dict[str, np.ndarray]
    histograms: CosineHistograms
    duplicates: tuple[int, int]
    omitted: dict[str, str]


def measure(
    x: Array, y: Array, *, logit_scale: float = 100.0, pool: int = 90, relevance: Any = None, seed: int = 0
) -> dict[str, float]:
    """All scalar metrics of a set of image vectors and a set of text vectors, from one pass over their similarities.

    Every row is divided by its norm in float64 first; the single metrics of `mmgap.metrics`, which define each number,
    refuse what is not normalised.

    Args:
        x: (N, d) image vectors, NumPy or torch, float16, bfloat16, float32 or float64, N ≥ 2.
        y: (M, d) text vectors, M ≥ 2.
        logit_scale: of ``clip_loss``, 0 < scale ≤ 300.
        pool: n of the pool bridge, the keys ``…_pool{n}``.
        relevance: None (row i belongs to row i; needs N = M), (P, 2) index pairs (image, text), or a tuple of labels
            ``(image_groups, text_groups)``.
        seed: drives resampling only; nothing here is resampled, all of it is exact.

    Returns:
        Plain floats: ``gap, misalignment, uniformity, uniformity_image, uniformity_text, rmg, l2i, frechet2,
        effective_rank_image, effective_rank_text, cosine_image_mean, cosine_text_mean, cosine_matched_mean,
        cosine_matched_std, cosine_unmatched_mean, i2t_r1, i2t_r5, i2t_r10, t2i_r1, t2i_r5, t2i_r10``, these six with
        ``_pool{n}`` (left out, with a reason logged, where N < n or nobody can tell which texts a pooled image
        brings), ``clip_loss, norm_deviation`` (largest |‖v‖ − 1| seen).

    Raises:
        TypeError, ValueError: not a floating matrix, a non-finite or zero row (the first is named), fewer than two
            rows, different widths, counts or indices that do not fit, every pair relevant.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(2, 100, 8))
    >>> sorted(k for k in measure(x, y) if k.startswith("t2i"))
    ['t2i_r1', 't2i_r10', 't2i_r10_pool90', 't2i_r1_pool90', 't2i_r5', 't2i_r5_pool90']
    """
    return measure_all(x, y, logit_scale=logit_scale, pool=pool, relevance=relevance, seed=seed).metrics


def measure_all(
    x: Array,
    y: Array,
    *,
    logit_scale: float = 100.0,
    pool: int = 90,
    relevance: Any = None,
    owner: Any = None,
    seed: int = 0,
) -> Measurement:
    """`measure`, and everything behind its numbers.

    Args:
        x, y, logit_scale, pool, relevance, seed: as `measure`.
        owner: (M,) the image that each text came with, for pools of images with all their texts; read from
            ``relevance`` where that tells, see `mmgap.metrics.expected_recall_at_pool`.
    """
    if pool < 1:
        raise ValueError(f"pool must be at least 1, got {pool}")
    x, image_deviation = _normalised(x, "images")
    y, text_deviation = _normalised(y, "texts")
    same_width(x, y)
    relation = relevance_of(relevance, len(x), len(y), owner)
    image, text = within(x), within(y)
    crossed = cross(x, y, relation, logit_scale=logit_scale, deepest=max(RECALLS))
    unmatched = unmatched_of(crossed)
    per_query, omitted = recall_hits(crossed, pool)
    uniformity_image, uniformity_text = (float(np.log(w.kernel.mean())) for w in (image, text))
    assert crossed.i2t_loss is not None
    assert crossed.t2i_loss is not None
    metrics = {
        "gap": modality_gap(x, y),
        "misalignment": misalignment(x, y, relevance=relation),
        "uniformity": (uniformity_image + uniformity_text) / 2,
        "uniformity_image": uniformity_image,
        "uniformity_text": uniformity_text,
        "rmg": relative_modality_gap(x, y, relevance=relation),
        "l2i": l2i(x, y, relevance=relation),
        "frechet2": frechet_squared(x, y),
        "effective_rank_image": effective_rank(x),
        "effective_rank_text": effective_rank(y),
        "cosine_image_mean": image.moments.mean,
        "cosine_text_mean": text.moments.mean,
        "cosine_matched_mean": crossed.matched_moments.mean,
        "cosine_matched_std": crossed.matched_moments.std,
        "cosine_unmatched_mean": unmatched.mean,
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
        hits=per_query,
        histograms=CosineHistograms(np.linspace(-1, 1, len(unmatched.counts) + 1), *counts),
        duplicates=(duplicate_rows(x), duplicate_rows(y)),
        omitted=omitted,
    )


def _normalised(v: Array, name: str) -> tuple[torch.Tensor, float]:
    """`normalised`, and in float64 to the end where that costs little."""
    v = as_matrix(v, name, at_least=2)
    return normalised(v.double() if len(v) <= EXACT_ROWS else v, name)


def recall_hits(crossed: Cross, pool: int) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Per-query hits of the full set and of pools, by key; and the reasons for what is left out."""
    ranks = {"i2t": crossed.i2t, "t2i": crossed.t2i}
    found = {f"{direction}_r{k}": hits(ranks[direction], k) for direction in DIRECTIONS for k in RECALLS}
    omitted: dict[str, str] = {}
    for direction in DIRECTIONS:
        try:
            by_k = pool_hits(crossed, direction, pool, RECALLS)
        except ValueError as error:
            omitted[f"{direction}_pool{pool}"] = str(error)
            _log.warning("%s_r*_pool%d left out: %s", direction, pool, error)
            continue
        found |= {f"{direction}_r{k}_pool{pool}": values for k, values in by_k.items()}
    return found, omitted
