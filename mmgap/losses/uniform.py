"""Uniformity (Wang & Isola, 2020) as a loss: each modality spread over the sphere."""

from __future__ import annotations

import math

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import squared_distances
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True, uses_scale=False)
def uniform(x: torch.Tensor, y: torch.Tensor, *, t: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``½·log mean_{i<j} e^{−t‖x_i−x_j‖²}`` plus the same for y: the uniformity that mmgap measures.

    Reduction: log-mean-exp over the N(N−1)/2 pairs of a modality, mean of both modalities.
    Range: [−2t·N/(N−1), 0], 0 iff each modality is one point, least for regular simplices.

    Args:
        x, y: (N, d) unit rows, N ≥ 2.
        t: how fast closeness fades with distance.
        logit_scale: ignored.

    >>> uniform(torch.eye(2), torch.eye(2))
    tensor(-4.)
    """

    def part(block: RowBlock) -> torch.Tensor:
        apart = [block.others(squared_distances(block.rows(v), v)) for v in (x, y)]
        return torch.stack([torch.logsumexp(-t * distances.flatten(), 0) for distances in apart])

    return torch.logsumexp(over_rows(part, len(x)), 0).mean() - math.log(len(x) * (len(x) - 1))
