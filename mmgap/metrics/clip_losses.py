"""The contrastive loss as a metric: how surprised the similarities are by the right partner."""

from __future__ import annotations

from typing import Any

from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.unit_rows import Vectors, same_width, unit_rows


def clip_loss(x: Vectors, y: Vectors, *, logit_scale: float = 100.0, relevance: Any = None) -> float:
    """Symmetric cross-entropy of ``logit_scale·⟨x_i, y_j⟩`` against the relevant pairs, over the full set.

    The mean of both directions; of several positives the probabilities add up: ``−log Σ p``. Not negative;
    ``ln N`` for a collapsed space. The term to train with is `mmgap.losses.ce`, which takes gradients.

    Args:
        x, y: (N, d) image and (M, d) text vectors, unit rows.
        logit_scale: inverse temperature, 0 < scale ≤ 300.
        relevance: as `mmgap.metrics.recall_at_k`.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, or a scale out of range.

    >>> import numpy as np
    >>> round(clip_loss(np.ones((8, 1)), np.ones((8, 1))), 6)  # ln 8
    2.079442
    """
    x, y = unit_rows(x, "images"), unit_rows(y, "texts")
    same_width(x, y)
    measured = cross(x.tensor, y.tensor, relevance_of(relevance, len(x), len(y)), logit_scale=logit_scale)
    assert measured.softmax is not None
    return measured.softmax.loss
