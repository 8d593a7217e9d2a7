"""The orthogonal loss of the thesis within each modality (eq. 5.1)."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import OverBatch, over_batch
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def intra(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    alpha: float = 0.0,
    reduction: OverBatch = "mean",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Return the orthogonal loss within each modality.

    ``(1/N²)·(Σ_{i≠j} |<x_i,x_j>| + Σ_{i≠j} |<y_i,y_j>|) − 2α/N``.

    Reduction: sum over both modalities, over N² (the diagonal is left out but counted); ``"sum"`` is N² times that.
    Range at α = 0: [0, 2(N−1)/N], 0 where all vectors of a modality are orthogonal. See `anti` for its sibling
    without the absolute value, whose least value asks for opposite vectors too.

    Args:
        x, y: (N, d) unit rows.
        alpha: weight of the diagonal, a constant on unit vectors (no gradient).
        reduction: ``"mean"`` or ``"sum"``.
        logit_scale: ignored.

    >>> intra(torch.eye(4), torch.eye(4)), intra(torch.ones(4, 1), torch.ones(4, 1))
    (tensor(0.), tensor(1.5000))
    """

    def part(block: RowBlock) -> torch.Tensor:
        return torch.stack([block.others(block.rows(v) @ v.T).abs().sum() for v in (x, y)]).sum()

    within = over_rows(part, len(x)).sum()
    return over_batch(within - 2 * alpha * len(x), len(x), reduction)
