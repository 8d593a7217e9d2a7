"""The whole loss of CyCLIP (Goel et al., 2022)."""

from __future__ import annotations

import torch

from mmgap.losses.ce import ce
from mmgap.losses.cyclip_inter import cyclip_inter
from mmgap.losses.cyclip_intra import cyclip_intra
from mmgap.losses.reductions import OverPairs
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True)
def cyclip(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    lambda_inter: float = 1.0,
    lambda_intra: float = 1.0,
    reduction: OverPairs = "pair",
    logit_scale: Scale = 100.0,
) -> torch.Tensor:
    """Return the whole CyCLIP loss, ``ce + λ₁·cyclip_inter + λ₂·cyclip_intra``.

    It holds ``ce`` already; to weigh the parts freely, write ``ce+0.25*cyclip_inter+…`` instead. The paper's own
    setting is ``cyclip(lambda_inter=0.25,lambda_intra=0.25,reduction=row)``.

    Reduction: that of its parts. Range: [0, ∞).

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        lambda_inter, lambda_intra: λ₁ and λ₂.
        reduction: of the two cyclic terms, ``"pair"`` or ``"row"``.
        logit_scale: e^τ of ``ce``.

    >>> cyclip(torch.ones(4, 1), torch.ones(4, 1))  # ln 4
    tensor(1.3863)
    """
    return (
        ce(x, y, logit_scale=logit_scale)
        + lambda_inter * cyclip_inter(x, y, reduction=reduction)
        + lambda_intra * cyclip_intra(x, y, reduction=reduction)
    )
