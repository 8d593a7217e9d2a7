"""What the playground shows of two sets of vectors: terms of the loss, metrics, histograms, points, the landscape.

All numbers are those of `mmgap.measure` and `mmgap.losses`; a number that is not finite is None.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmgap.losses.expression import read
from mmgap.losses.total import LossSum
from mmgap.metrics.cosines import unmatched_of
from mmgap.metrics.exact_products import pair_products
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import hits
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import normalised

#: Bins of the histograms, and the shifts λ of the landscape.
BINS = 60
SHIFTS = np.linspace(-1, 3, 41)


@dataclass(frozen=True)
class Measured:
    """Metrics by the names of `mmgap.measure`, and the shares of cosines in `BINS` equal bins of [−1, 1]."""

    metrics: dict[str, float]
    histogram: dict[str, list[float]]


def measured(x: np.ndarray, y: np.ndarray) -> Measured:
    """Return the metrics and histograms of (n, d) images and texts, text i being that of image i; n ≥ 2."""
    images, texts = (
        normalised(v, name, at_least=2, exact_rows=EXACT_ROWS) for v, name in ((x, "images"), (y, "texts"))
    )
    own = relevance_of(None, len(x), len(y))
    crossed = cross(images.tensor, texts.tensor, own, bins=BINS)
    within_images, within_texts = within(images.tensor, bins=BINS), within(texts.tensor, bins=BINS)
    unmatched = unmatched_of(crossed)
    cosines, distances = pair_products(images.tensor, texts.tensor, own.pairs)
    metrics = {
        "gap": modality_gap(images, texts),
        "misalignment": float(distances.mean()),
        "uniformity": (within_images.uniformity + within_texts.uniformity) / 2,
        "t2i_r1": float(hits(crossed.t2i, 1).mean()),
        "i2t_r1": float(hits(crossed.i2t, 1).mean()),
        "cosine_matched_mean": float(cosines.mean()),
        "cosine_unmatched_mean": unmatched.mean,
    }
    counts = {
        "image_image": within_images.moments.counts,
        "text_text": within_texts.moments.counts,
        "matched": crossed.matched_moments.counts,
        "unmatched": unmatched.counts,
    }
    return Measured(metrics, {name: (count / count.sum()).tolist() for name, count in counts.items()})


def histogram_of(found: Measured) -> dict[str, list[float]]:
    """Return the histograms with the edges of their bins."""
    return {"edges": np.linspace(-1, 1, BINS + 1).tolist(), **found.histogram}


def terms_of(loss: LossSum, values: dict[str, float]) -> list[dict[str, Any]]:
    """Return the terms of a sum with their weights and values, in the order of the expression."""
    return [
        {"name": part.name, "label": part.label, "weight": part.weight, "value": finite(values[part.name])}
        for part in read(loss.name)
    ]


def points(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return both sets and their means on the first three axes; in two dimensions the third is 0."""
    return {
        "images": _packed(_on_three_axes(x)),
        "texts": _packed(_on_three_axes(y)),
        "image_mean": _on_three_axes(x.mean(axis=0)).tolist(),
        "text_mean": _on_three_axes(y.mean(axis=0)).tolist(),
        "projected": x.shape[1] > 3,
    }


def shifted(
    x: np.ndarray, y: np.ndarray, shift: float, loss: LossSum, scale: float
) -> tuple[float | None, float | None]:
    """Return loss and gap after a shift λ along the gap: at 0 all is as it is, at 1 the means have met.

    Images move by −½λΔ, texts by +½λΔ, Δ being the mean of the images less that of the texts, and are normalised.

    Source: Liang et al., "Mind the gap" (NeurIPS 2022), section 4.2.
    """
    a, b = torch.from_numpy(x), torch.from_numpy(y)
    half = shift / 2 * (a.mean(0) - b.mean(0))
    with torch.no_grad():
        moved = [torch.nn.functional.normalize(v, dim=1) for v in (a - half, b + half)]
        return finite(float(loss(*moved, logit_scale=scale))), finite(
            float((moved[0].mean(0) - moved[1].mean(0)).norm())
        )


def finite(value: float) -> float | None:
    """Return the value, or None where it is not finite, which JSON cannot say."""
    return value if math.isfinite(value) else None


def _on_three_axes(v: np.ndarray) -> np.ndarray:
    seen = v[..., :3]
    return np.concatenate([seen, np.zeros((*v.shape[:-1], 1))], axis=-1) if v.shape[-1] == 2 else seen


def _packed(v: np.ndarray) -> dict[str, Any]:
    """(n, 3) numbers as base64 of little-endian float32."""
    return {"n": len(v), "f4": base64.b64encode(v.astype("<f4").tobytes()).decode()}
