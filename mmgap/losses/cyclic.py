"""The cyclic consistency terms of CyCLIP (Goel et al., 2022), and their sum with the contrastive loss.

The paper multiplies by the batch size (``reduction="row"``, ``(1/N)·Σ``), so that its weights (0.25) depend on the
batch; the default here is the mean over the N² pairs (``"pair"``), which does not.
"""

from __future__ import annotations

from typing import Literal

import torch

from mmgap.losses.contrastive import ce
from mmgap.losses.term import Scale, loss, one_of

Reduction = Literal["pair", "row"]


@loss()
def cyclip_inter(
    x: torch.Tensor, y: torch.Tensor, *, reduction: Reduction = "pair", logit_scale: Scale | None = None
) -> torch.Tensor:
    """Cross-modal consistency: ``mean_{j,k} (<x_j,y_k> − <x_k,y_j>)²``.

    Reduction: mean over all N² index pairs; ``"row"`` is N times that. Range (``"pair"``): [0, 4), 0 iff the
    similarity matrix is symmetric. Invariant under a joint rotation.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        reduction: ``"pair"`` or ``"row"``.
        logit_scale: ignored; the paper multiplies by it and divides its square out again.
    """
    cosines = x @ y.T
    return _reduced(cosines - cosines.T, reduction)


@loss()
def cyclip_intra(
    x: torch.Tensor, y: torch.Tensor, *, reduction: Reduction = "pair", logit_scale: Scale | None = None
) -> torch.Tensor:
    """In-modal consistency: ``mean_{j,k} (<x_j,x_k> − <y_j,y_k>)²``.

    Reduction: mean over all N² index pairs; ``"row"`` is N times that. Range (``"pair"``): [0, 4), 0 iff both
    modalities have one Gram matrix. Invariant under a rotation of either modality alone.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        reduction: ``"pair"`` or ``"row"``.
        logit_scale: ignored; the paper multiplies by it and divides its square out again.
    """
    return _reduced(x @ x.T - y @ y.T, reduction)


@loss()
def cyclip(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    lambda_inter: float = 1.0,
    lambda_intra: float = 1.0,
    reduction: Reduction = "pair",
    logit_scale: Scale = 100.0,
) -> torch.Tensor:
    """The whole CyCLIP loss: ``ce + λ₁·cyclip_inter + λ₂·cyclip_intra``.

    It holds ``ce`` already; to weigh the parts freely, write ``ce+0.25*cyclip_inter+…`` instead. The paper's own
    setting is ``cyclip(lambda_inter=0.25,lambda_intra=0.25,reduction=row)``.

    Reduction: that of its parts. Range: [0, ∞).

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        lambda_inter, lambda_intra: λ₁ and λ₂.
        reduction: of the two cyclic terms, ``"pair"`` or ``"row"``.
        logit_scale: e^τ of ``ce``.
    """
    return (
        ce(x, y, logit_scale=logit_scale)
        + lambda_inter * cyclip_inter(x, y, reduction=reduction)
        + lambda_intra * cyclip_intra(x, y, reduction=reduction)
    )


def _reduced(difference: torch.Tensor, reduction: str) -> torch.Tensor:
    mean = difference.square().mean()
    return mean * len(difference) if one_of("reduction", reduction, "pair", "row") == "row" else mean
