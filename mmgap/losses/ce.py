"""The contrastive loss of CLIP, with one temperature for both directions or one each."""

from __future__ import annotations

import math

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, learned=("tilt",))
def ce(
    x: torch.Tensor, y: torch.Tensor, *, tilt: float | torch.Tensor | None = None, logit_scale: Scale = 100.0
) -> torch.Tensor:
    """Return the symmetric cross-entropy of ``logit_scale·<x_i, y_j>`` against the diagonal (Radford et al., 2021).

    Reduction: mean over the N rows and over both directions. Range: [0, ∞); ln N for a collapsed space, whatever
    the scale; 0 for one pair. Depends on the batch, whose other rows are the negatives.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        tilt: δ, where each direction has a scale of its own: ``logit_scale·e^δ`` from image to text,
            ``logit_scale·e^−δ`` from text to image. In a parsed loss that names it, ``ce(tilt=0)``, it is a parameter
            that starts at this value, so that with the logit scale both are learned; a limit on the logit scale holds
            for their geometric mean. None is 0, and nothing is learned.
        logit_scale: e^τ.

    >>> print(f"{ce(torch.ones(8, 1), torch.ones(8, 1)):.4f}")  # ln 8
    2.0794
    """
    one = x.new_ones(())
    factors = (one, one) if tilt is None else tilted(one, tilt)

    def part(block: RowBlock) -> torch.Tensor:
        logits = [
            logit_scale * cosines * factor for cosines, factor in zip(block.both_ways(x, y), factors, strict=True)
        ]
        return torch.stack([block.cross_entropies(way).sum() for way in logits]).sum()

    return over_rows(part, len(x)).sum() / (2 * len(x))


def tilted(scale: torch.Tensor, tilt: float | torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the scale for image to text and for text to image: times e^δ, and times e^−δ.

    >>> tilted(torch.tensor(20.0), 0)
    (tensor(20.), tensor(20.))
    """
    factor = tilt.exp() if isinstance(tilt, torch.Tensor) else math.exp(tilt)
    return scale * factor, scale / factor
