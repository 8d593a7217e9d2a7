"""The contrastive loss of CLIP."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True)
def ce(x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale = 100.0) -> torch.Tensor:
    """Return the symmetric cross-entropy of ``logit_scale·<x_i, y_j>`` against the diagonal (Radford et al., 2021).

    Reduction: mean over the N rows and over both directions. Range: [0, ∞); ln N for a collapsed space, whatever
    the scale; 0 for one pair. Depends on the batch, whose other rows are the negatives.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        logit_scale: e^τ.

    >>> print(f"{ce(torch.ones(8, 1), torch.ones(8, 1)):.4f}")  # ln 8
    2.0794
    """
    logits = logit_scale * (x @ y.T)
    pair = torch.arange(len(x), device=x.device)
    return (cross_entropy(logits, pair) + cross_entropy(logits.T, pair)) / 2
