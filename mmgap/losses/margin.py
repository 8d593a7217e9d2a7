"""The pairwise margin loss (thesis eq. 2.1; Hadsell, Chopra & LeCun, 2006)."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import squared_distances
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True, uses_scale=False)
def margin(x: torch.Tensor, y: torch.Tensor, *, m: float = 1.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``½·mean_i D_ii² + ½·mean_{i≠j} max(0, m − D_ij)²`` with ``D_ij = ‖x_i − y_j‖``.

    Pairs (i = j) are similar and drawn together; the others are dissimilar and pushed apart until ``m`` away.
    The halves are those of the paper.

    Reduction: mean over the N similar pairs plus mean over the N(N−1) dissimilar ones, so that neither drowns the
    other. Range: [0, 2 + m²/2].

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        m: margin, a distance; on the unit sphere distances lie in [0, 2].
        logit_scale: ignored.

    >>> margin(torch.eye(4), torch.eye(4)), margin(torch.ones(4, 1), torch.ones(4, 1))
    (tensor(0.), tensor(0.5000))
    """
    n = len(x)

    def part(block: RowBlock) -> torch.Tensor:
        squared = squared_distances(block.rows(x), y)
        apart = block.others(squared)
        distance = torch.where(apart > 0, apart, 1).sqrt() * (apart > 0)  # the root has no gradient at 0
        return block.pairs(squared).sum() / n + (m - distance).clamp(min=0).square().sum() / (n * (n - 1))

    return over_rows(part, n).sum() / 2
