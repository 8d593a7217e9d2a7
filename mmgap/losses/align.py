"""Alignment (Wang & Isola, 2020): matched pairs drawn together."""

from __future__ import annotations

import torch

from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def align(x: torch.Tensor, y: torch.Tensor, *, alpha: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``mean_i ‖x_i − y_i‖^α``; at α = 2 it is the misalignment that mmgap measures.

    Reduction: mean over the N pairs. Range: [0, 2^α], 0 iff all pairs are equal. Alone it is least in a collapsed
    space; add `uniform`.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        alpha: exponent, at least 1.
        logit_scale: ignored.

    >>> align(torch.eye(2), -torch.eye(2))
    tensor(4.)
    """
    if alpha < 1:
        raise ValueError(
            f"align: alpha must be at least 1 (the gradient is infinite at equal pairs below), got {alpha}"
        )
    distances: torch.Tensor = torch.linalg.vector_norm(x - y, dim=1)
    return distances.pow(alpha).mean()
