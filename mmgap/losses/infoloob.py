"""InfoLOOB: the contrastive loss whose denominator leaves the positive out."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True)
def infoloob(x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale = 30.0) -> torch.Tensor:
    """Return ``(1/L)·mean_i (log Σ_{j≠i} e^{L·s_ij} − L·s_ii)`` with L the logit scale, mean of both directions.

    As in CLOOB (Fürst et al., 2022) it is multiplied by the temperature 1/L; unlike there, the directions are
    averaged rather than added, and no Hopfield retrieval comes before. Leaving the positive out keeps the gradient
    of a well-placed pair from fading, as it does in `ce`.

    Reduction: mean over the N rows and over both directions. Range: [−2 + ln(N−1)/L, 2 + ln(N−1)/L].

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        logit_scale: L = e^τ.

    >>> infoloob(torch.eye(4), torch.eye(4))  # (ln 3)/30 - 1
    tensor(-0.9634)
    """

    def part(block: RowBlock) -> torch.Tensor:
        forth, back = (logit_scale * cosines for cosines in block.both_ways(x, y))
        rivals = (torch.logsumexp(block.others(forth), 1) + torch.logsumexp(block.others(back), 1)) / 2
        return (rivals - block.pairs(forth)).sum()

    return over_rows(part, len(x)).sum() / len(x) / logit_scale
