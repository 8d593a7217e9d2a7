"""The orthogonal and antipodal losses of the thesis (eq. 5.1-5.2): push the vectors of a batch apart.

Eq. 5.1-5.2 are plain sums (``reduction="sum"``); its tables 5.3-5.4 show those sums over N², which is the default
(``"mean"``), so that the value hardly depends on the batch: at N = 90 the two differ by a factor of 8,100.
"""

from __future__ import annotations

from typing import Literal

import torch

from mmgap.losses.term import Scale, loss, off_diagonal, one_of

Reduction = Literal["mean", "sum"]


@loss()
def intra(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    alpha: float = 0.0,
    reduction: Reduction = "mean",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Orthogonal loss within each modality: ``(1/N²)·(Σ_{i≠j} |<x_i,x_j>| + Σ_{i≠j} |<y_i,y_j>|) − 2α/N``.

    Reduction: sum over both modalities, over N² (the diagonal is left out but counted); ``"sum"`` is N² times that.
    Range at α = 0: [0, 2(N−1)/N], 0 where all vectors of a modality are orthogonal. See `anti` for its sibling
    without the absolute value, whose least value asks for opposite vectors too.

    Args:
        x, y: (N, d) unit rows.
        alpha: weight of the diagonal, a constant on unit vectors (no gradient).
        reduction: ``"mean"`` or ``"sum"``.
        logit_scale: ignored.
    """
    within = off_diagonal(x @ x.T).abs().sum() + off_diagonal(y @ y.T).abs().sum()
    return _reduced(within - 2 * alpha * len(x), len(x), reduction)


@loss()
def inter(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    alpha: float = 0.0,
    reduction: Reduction = "mean",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Orthogonal loss between modalities: ``(2/N²)·(Σ_{i≠j} |<x_i,y_j>| − α·Σ_i |<x_i,y_i>|)``.

    Reduction: as `intra`, counted twice so that both have one scale. Range: [−2α/N, 2(N−1)/N] for α ≥ 0.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        alpha: weight of the matched pairs; above 0 it rewards |cosine| 1, opposite pairs as much as equal ones.
        reduction: ``"mean"`` or ``"sum"``.
        logit_scale: ignored.
    """
    cosines = x @ y.T
    apart = off_diagonal(cosines).abs().sum() - alpha * cosines.diagonal().abs().sum()
    return _reduced(2 * apart, len(x), reduction)


@loss()
def anti(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    alpha: float = 0.0,
    reduction: Reduction = "mean",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Antipodal loss within each modality: `intra` without the absolute value.

    ``(1/N²)·Σ_modality Σ_{i≠j} <v_i,v_j> − 2α/N``, by ``Σ_{i≠j} <v_i,v_j> = ‖Σ v_i‖² − Σ ‖v_i‖²``: O(N·d) time and
    no N×N matrix. It draws each modality's mean to zero, and with it the gap between the two means.

    Reduction: as `intra`. Range at α = 0: [−2/N, 2(N−1)/N], least where both means are zero.

    Args:
        x, y: (N, d) unit rows.
        alpha: weight of the diagonal, a constant on unit vectors (no gradient).
        reduction: ``"mean"`` or ``"sum"``.
        logit_scale: ignored.
    """
    within = torch.stack([v.sum(0).square().sum() - v.square().sum() for v in (x, y)]).sum()
    return _reduced(within - 2 * alpha * len(x), len(x), reduction)


def _reduced(total: torch.Tensor, n: int, reduction: str) -> torch.Tensor:
    return total / n**2 if one_of("reduction", reduction, "mean", "sum") == "mean" else total
