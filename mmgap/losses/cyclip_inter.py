"""The consistency of CyCLIP between modalities (Goel et al., 2022)."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import OverPairs, over_pairs
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def cyclip_inter(
    x: torch.Tensor, y: torch.Tensor, *, reduction: OverPairs = "pair", logit_scale: Scale | None = None
) -> torch.Tensor:
    """Return the cross-modal consistency ``mean_{j,k} (<x_j,y_k> − <x_k,y_j>)²``.

    Reduction: mean over all N² index pairs; ``"row"`` is N times that. Range (``"pair"``): [0, 4), 0 iff the
    similarity matrix is symmetric. Invariant under a joint rotation.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        reduction: ``"pair"`` or ``"row"``.
        logit_scale: ignored; the paper multiplies by it and divides its square out again.

    >>> cyclip_inter(torch.eye(2), torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))
    tensor(2.)
    """

    def part(block: RowBlock) -> torch.Tensor:
        forth, back = block.both_ways(x, y)
        return (forth - back).square().sum()

    return over_pairs(over_rows(part, len(x)).sum(), len(x), reduction)
