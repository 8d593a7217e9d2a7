"""Orthogonal projection loss, with one class per image-text pair."""

from __future__ import annotations

import torch

from mmgap.losses.reductions import off_diagonal
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
    across = x @ y.T
    apart = off_diagonal(x @ x.T).abs().sum() + off_diagonal(y @ y.T).abs().sum() + 2 * off_diagonal(across).abs().sum()
    return (1 - across.diagonal().mean()) + gamma * apart / (4 * n * (n - 1))
