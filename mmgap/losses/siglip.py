"""The sigmoid loss of SigLIP."""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, learned=("bias",))
def siglip(
    x: torch.Tensor, y: torch.Tensor, *, bias: float | torch.Tensor = -10.0, logit_scale: Scale = 10.0
) -> torch.Tensor:
    """Return the sigmoid loss of all pairs of the batch (Zhai et al., 2023).

    ``−(1/N)·Σ_{i,j} log σ(z_ij·(logit_scale·<x_i,y_j> + bias))``, z = 1 for pairs, −1 elsewhere.

    Reduction: *sum* over the N² entries, over N. Range: (0, ∞). Every entry is a yes-or-no question of its own, so
    there is no softmax over the batch as in `ce`.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        bias: added to every logit; −10 offsets the many negatives at the start. In a parsed loss it is a parameter
            that starts at this value.
        logit_scale: e^τ.

    >>> siglip(torch.ones(1, 1), torch.ones(1, 1))  # its logit is 10 - 10
    tensor(0.6931)
    """

    def part(block: RowBlock) -> torch.Tensor:
        logits = logit_scale * (block.rows(x) @ y.T) + bias
        return softplus(logits).sum() - block.pairs(logits).sum()

    return over_rows(part, len(x)).sum() / len(x)
