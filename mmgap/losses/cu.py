"""Uniformity of the pairs' centroids: the pairs spread over the sphere, whatever lies between their two sides."""

from __future__ import annotations

import math

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import squared_distances
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True, uses_scale=False)
def cu(x: torch.Tensor, y: torch.Tensor, *, t: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``log mean_{i<j} e^{−t‖c_i−c_j‖²}`` of the centroids ``c = (x + y)/‖x + y‖``.

    L_CU of ModGap (https://arxiv.org/abs/2601.18525), whose other term, L_ATP, is `align`: the whole is
    ``ce+align+cu``. It helps where pairs are drawn together and must not end in one place: the centroids are spread,
    and each side follows its own. A pair of opposite sides has no centroid, and counts as the origin.

    Reduction: log-mean-exp over the N(N−1)/2 pairs of centroids. Range: [−2t·N/(N−1), 0], 0 iff they are one point.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        t: how fast closeness fades with distance.
        logit_scale: ignored.

    >>> cu(torch.eye(2), torch.eye(2))
    tensor(-4.)
    """
    centroids = torch.nn.functional.normalize(x + y, dim=1)

    def part(block: RowBlock) -> torch.Tensor:
        return torch.logsumexp(-t * block.others(squared_distances(block.rows(centroids), centroids)).flatten(), 0)

    return torch.logsumexp(over_rows(part, len(x)), 0) - math.log(len(x) * (len(x) - 1))
