"""The antipodal loss of the thesis within each modality."""

from __future__ import annotations

import torch

from mmgap.losses.reductions import OverBatch, over_batch
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def anti(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    alpha: float = 0.0,
    reduction: OverBatch = "mean",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Return the antipodal loss within each modality: `intra` without the absolute value.

    ``(1/N²)·Σ_modality Σ_{i≠j} <v_i,v_j> − 2α/N``, by ``Σ_{i≠j} <v_i,v_j> = ‖Σ v_i‖² − Σ ‖v_i‖²``: O(N·d) time and
    no N×N matrix. It draws each modality's mean to zero, and with it the gap between the two means.

    Reduction: as `intra`. Range at α = 0: [−2/N, 2(N−1)/N], least where both means are zero.

    Args:
        x, y: (N, d) unit rows.
        alpha: weight of the diagonal, a constant on unit vectors (no gradient).
        reduction: ``"mean"`` or ``"sum"``.
        logit_scale: ignored.

    >>> anti(torch.eye(4), torch.eye(4)), anti(torch.ones(4, 1), torch.ones(4, 1))
    (tensor(0.), tensor(1.5000))
    """
    within = torch.stack([v.sum(0).square().sum() - v.square().sum() for v in (x, y)]).sum()
    return over_batch(within - 2 * alpha * len(x), len(x), reduction)
