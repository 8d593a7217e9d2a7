"""Uniformity across modalities (Fahim et al., 2024) as a loss: no image near the text of another."""

from __future__ import annotations

import math

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import squared_distances
from mmgap.losses.term import Scale, loss


@loss(at_least=2, symmetric=True, rotation_invariant=True, uses_scale=False)
def xuniform(x: torch.Tensor, y: torch.Tensor, *, t: float = 2.0, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``log mean_{i≠j} e^{−t‖x_i−y_j‖²}``: how near unmatched images and texts lie.

    The part of the loss CUAXU that `uniform` lacks (Fahim et al., https://arxiv.org/abs/2405.18570); the whole is
    ``ce+align+uniform+xuniform``. It helps where `align` and `uniform` draw both modalities over the same sphere and
    unmatched pairs should still be kept apart; alone it is least with the modalities at opposite poles, which is the
    widest gap there is.

    Reduction: log-mean-exp over the N(N−1) unmatched entries. Range: [−4t, 0], 0 iff all of them coincide.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        t: how fast closeness fades with distance.
        logit_scale: ignored.

    >>> xuniform(torch.eye(2), torch.eye(2))
    tensor(-4.)
    """

    def part(block: RowBlock) -> torch.Tensor:
        return torch.logsumexp(-t * block.others(squared_distances(block.rows(x), y)).flatten(), 0)

    return torch.logsumexp(over_rows(part, len(x)), 0) - math.log(len(x) * (len(x) - 1))
