"""The consistency of CyCLIP within modalities (Goel et al., 2022)."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.reductions import OverPairs, over_pairs
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def cyclip_intra(
    x: torch.Tensor, y: torch.Tensor, *, reduction: OverPairs = "pair", logit_scale: Scale | None = None
) -> torch.Tensor:
    """Return the in-modal consistency ``mean_{j,k} (<x_j,x_k> − <y_j,y_k>)²``.

    Reduction: mean over all N² index pairs; ``"row"`` is N times that. Range (``"pair"``): [0, 4), 0 iff both
    modalities have one Gram matrix. Invariant under a rotation of either modality alone.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        reduction: ``"pair"`` or ``"row"``.
        logit_scale: ignored; the paper multiplies by it and divides its square out again.

    >>> cyclip_intra(torch.eye(2), torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor(0.5000)
    """

    def part(block: RowBlock) -> torch.Tensor:
        return (block.rows(x) @ x.T - block.rows(y) @ y.T).square().sum()

    return over_pairs(over_rows(part, len(x)).sum(), len(x), reduction)
