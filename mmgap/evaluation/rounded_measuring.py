"""How far the numbers of a measurement may be off, where its products were rounded: bounds, not estimates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmgap.evaluation.measurement import Measurement
from mmgap.metrics.pass_cross import Cross, Ranks
from mmgap.metrics.pass_within import Within
from mmgap.metrics.recalls import recall_hits
from mmgap.metrics.rounded_products import product_error
from mmgap.stats.interval import Interval

#: The exponent of the uniformity that is measured.
_T = 2.0


def cosine_error(found: Measurement) -> float:
    """Return a bound on how far any cosine may be from that of the given rows."""
    return product_error(found.images.tensor, found.texts.tensor, found.cross.dtype)


def rounding_bounds(found: Measurement, *, logit_scale: float, pool: int) -> dict[str, Interval]:
    """Return between which values the exact ones lie, by metric: those that rest on products in bfloat16.

    They are the recalls (between all ties lost and all ties won), the uniformities and the CLIP loss; all others come
    from forms of O(N·d) in float64.

    Args:
        found: of `mmgap.evaluation.measuring.measure_all` with ``dtype=torch.bfloat16``, own pairs alone being right.
        logit_scale, pool: as it was asked.

    >>> import numpy as np
    >>> import torch
    >>> from mmgap.evaluation.measuring import measure_all
    >>> x, y = np.random.default_rng(0).normal(size=(2, 40, 8))
    >>> found = measure_all(x, y + x, pool=20, dtype=torch.bfloat16)
    >>> bounds = rounding_bounds(found, logit_scale=100.0, pool=20)
    >>> exact = measure_all(x, y + x, pool=20).metrics
    >>> all(one.low <= exact[name] <= one.high for name, one in bounds.items())
    True
    """
    dtype, n = found.cross.dtype, len(found.images)
    x, y = found.images.tensor, found.texts.tensor
    image, text = (_uniformity(within, product_error(v, v, dtype)) for within, v in ((found.image, x), (found.text, y)))
    off = 2 * logit_scale * cosine_error(found)
    loss = found.metrics["clip_loss"]
    worst, best = (_recalls(found.cross, pool, lost) for lost in (True, False))
    ends = {
        "uniformity": tuple((a + b) / 2 for a, b in zip(image, text, strict=True)),
        "uniformity_image": image,
        "uniformity_text": text,
        **{key + own: (worst[key], best[key]) for own in ("", "_own") for key in worst},
        "clip_loss": (max(0.0, loss - off), loss + off),
    }
    return {
        key: Interval(found.metrics[key], low, high, 1.0, n, "rounding of products")
        for key, (low, high) in ends.items()
    }


def _uniformity(within: Within, error: float) -> tuple[float, float]:
    """Each kernel is off by a factor of at most e^{4te}; those of texts of one image were taken out exactly."""
    rest, pairs, n = within.kernel_sums.sum(), within.partners.sum(), len(within.partners)
    siblings = n * (n - 1) - pairs  # kernels that are at most 1 each
    factors = np.exp(np.array([-1, 1]) * 4 * _T * error)
    low, high = np.log(np.maximum(rest * factors + siblings * (factors - 1), np.exp(-4 * _T) * pairs) / pairs)
    return float(low), float(high)


def _recalls(crossed: Cross, pool: int, lost: bool) -> dict[str, float]:
    """Every recall where each tie is lost, or won."""
    i2t, t2i = (
        Ranks(ranks.above + ranks.tied * lost, np.zeros_like(ranks.tied), ranks.positives)
        for ranks in (crossed.i2t, crossed.t2i)
    )
    joint = crossed.rivals_by_owner
    sure = replace(crossed, i2t=i2t, t2i=t2i, rivals_by_owner=None if joint is None else _untied(joint, lost))
    return {key: float(values.mean()) for key, values in recall_hits(sure, pool)[0].items()}


def _untied(joint: np.ndarray, lost: bool) -> np.ndarray:
    """Rivals by owner, as `Cross` has them, with each tied text above the query's positive, or below."""
    out, most = np.zeros_like(joint), joint.shape[1] - 1
    for above in range(most + 1):
        for tied in range(joint.shape[2]):
            place = min(above + tied, most) if lost else above
            if place:
                out[:, place, 0] += joint[:, above, tied]
    return out
