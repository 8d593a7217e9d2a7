"""Orthogonal projection loss, with one class per image-text pair."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True, uses_scale=False)
def opl(x: torch.Tensor, y: torch.Tensor, *, gamma: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``(1 − mean of same-class cosines) + γ·mean |cosine| across classes``, over all 2N vectors.

    From Ranasinghe et al. (2021). A class is a pair, {x_i, y_i}, so the first mean is that of the matched cosines,
    and the second runs over image-image, text-text and image-text entries with i ≠ j. The absolute value is taken
    entry by entry, as in the authors' code.

    Reduction: mean over the N same-class and the 4N(N−1) other entries. Range: [0, 2 + γ]. Unlike `intra` plus
    `inter` it is a mean, and it draws pairs together.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        gamma: weight of the orthogonality across classes.
        logit_scale: ignored.

    >>> opl(torch.eye(4), torch.eye(4)), opl(torch.ones(4, 1), torch.ones(4, 1))
    (tensor(0.), tensor(2.))
    """
    n = len(x)

    def part(block: RowBlock) -> torch.Tensor:
        matrices = [(1, x, x), (1, y, y), (2, x, y)]
        return torch.stack([k * block.others(block.rows(a) @ b.T).abs().sum() for k, a, b in matrices]).sum()

    apart = over_rows(part, n).sum()
    return (1 - (x * y).sum(1).mean()) + gamma * apart / (4 * n * (n - 1))
