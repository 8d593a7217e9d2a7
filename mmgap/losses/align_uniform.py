"""Alignment and uniformity (Wang & Isola, 2020) as losses."""

from __future__ import annotations

import math

import torch

from mmgap.losses.term import Scale, loss, off_diagonal, squared_distances


@loss()
def align(x: torch.Tensor, y: torch.Tensor, *, alpha: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """``mean_i ‖x_i − y_i‖^α``; at α = 2 it is the misalignment that mmgap measures.

    Reduction: mean over the N pairs. Range: [0, 2^α], 0 iff all pairs are equal. Alone it is least in a collapsed
    space; add `uniform`.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        alpha: exponent, at least 1.
        logit_scale: ignored.
    """
    if alpha < 1:
        raise ValueError(
            f"align: alpha must be at least 1 (the gradient is infinite at equal pairs below), got {alpha}"
        )
    return torch.linalg.vector_norm(x - y, dim=1).pow(alpha).mean()


@loss(at_least=2)
def uniform(x: torch.Tensor, y: torch.Tensor, *, t: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """``½·log mean_{i<j} e^{−t‖x_i−x_j‖²}`` plus the same for y: the uniformity that mmgap measures.

    Reduction: log-mean-exp over the N(N−1)/2 pairs of a modality, mean of both modalities.
    Range: [−2t·N/(N−1), 0], 0 iff each modality is one point, least for regular simplices.

    Args:
        x, y: (N, d) unit rows, N ≥ 2.
        t: how fast closeness fades with distance.
        logit_scale: ignored.
    """
    pairs = len(x) * (len(x) - 1)
    logs = [torch.logsumexp(-t * off_diagonal(squared_distances(v, v)).flatten(), 0) for v in (x, y)]
    return torch.stack(logs).mean() - math.log(pairs)
