"""The modality gap itself as a penalty."""

from __future__ import annotations

import torch

from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def centroid(x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale | None = None) -> torch.Tensor:
    """Return ``‖mean x − mean y‖²``: the squared modality gap of the batch.

    Reduction: none beyond the means. Range: [0, 4], 0 for equal means, shuffled pairs included: add a loss that
    knows the pairs. A batch overstates the gap of the whole set by about ``(tr Cov x + tr Cov y)/N``.

    Args:
        x, y: (N, d) unit rows.
        logit_scale: ignored.

    >>> centroid(torch.eye(2), -torch.eye(2))
    tensor(2.)
    """
    return (x.mean(0) - y.mean(0)).square().sum()
