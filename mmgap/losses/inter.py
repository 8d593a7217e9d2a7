"""The orthogonal loss of the thesis between modalities (eq. 5.2)."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import OverBatch, over_batch
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def inter(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    alpha: float = 0.0,
    reduction: OverBatch = "mean",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Return the orthogonal loss between modalities, ``(2/N²)·(Σ_{i≠j} |<x_i,y_j>| − α·Σ_i |<x_i,y_i>|)``.

    Reduction: as `intra`, counted twice so that both have one scale. Range: [−2α/N, 2(N−1)/N] for α ≥ 0.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        alpha: weight of the matched pairs; above 0 it rewards |cosine| 1, opposite pairs as much as equal ones.
        reduction: ``"mean"`` or ``"sum"``.
        logit_scale: ignored.

    >>> inter(torch.eye(4), torch.eye(4)), inter(torch.ones(4, 1), torch.ones(4, 1))
    (tensor(0.), tensor(1.5000))
    """

    def part(block: RowBlock) -> torch.Tensor:
        cosines = block.rows(x) @ y.T
        return block.others(cosines).abs().sum() - alpha * block.pairs(cosines).abs().sum()

    return over_batch(2 * over_rows(part, len(x)).sum(), len(x), reduction)
