"""The variance loss of the thesis, L_σ."""

from __future__ import annotations

from typing import Literal

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import one_of
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True, uses_scale=False)
def var(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    beta: float = 1.0,
    over: Literal["all", "rows"] = "all",
    logit_scale: Scale | None = None,
) -> torch.Tensor:
    """Return ``−β·(S_I² + S_D²)``: the variance of the unmatched image-text cosines plus that of the matched ones.

    Both are biased variances (divided by their count). The sign is the printed one, so that minimising it *spreads*
    the cosines; the thesis's text speaks of lowering the variance, which is a negative β (or ``-var`` in a sum).

    Reduction: variances over the batch. Range: [−2β, 0] for β ≥ 0, 0 where all cosines of either kind are equal.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        beta: scale and sign.
        over: ``"all"``: S_I² over all N(N−1) unmatched cosines at once, which reproduces the printed tables;
            ``"rows"``: the mean over images of the variance among their N−1 unmatched texts, as the text has it.
        logit_scale: ignored.

    >>> var(torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor(-0.5000)
    """
    one_of("over", over, "all", "rows")
    n, matched = len(x), (x * y).sum(1)
    centre = (x.sum(0) @ y.sum(0) - matched.sum()) / (n * (n - 1))

    def part(block: RowBlock) -> torch.Tensor:
        unmatched = block.others(block.rows(x) @ y.T)
        around = unmatched.mean(dim=1, keepdim=True) if over == "rows" else centre
        return (unmatched - around).square().sum()

    spread = over_rows(part, n).sum() / (n * (n - 1))
    return -beta * (spread + matched.var(correction=0))
