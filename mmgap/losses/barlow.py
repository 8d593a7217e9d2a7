"""Barlow Twins (Zbontar et al., 2021) between the modalities: each dimension agrees with itself and no other."""

from __future__ import annotations

import torch

from mmgap.losses.term import Scale, loss

#: Smallest variance that is divided by, so that a dimension without any has a finite gradient.
_LEAST = 1e-12


@loss(at_least=2, symmetric=True, uses_scale=False)
def barlow(
    x: torch.Tensor, y: torch.Tensor, *, redundancy: float = 0.005, logit_scale: Scale | None = None
) -> torch.Tensor:
    """Return ``Σ_i (1 − C_ii)² + λ·Σ_{i≠j} C_ij²``, C the correlations of x's dimensions with y's over the batch.

    From Zbontar et al. (https://arxiv.org/abs/2103.03230), their two views of a picture being an image and its text.
    Every dimension is centred and divided by its (biased) standard deviation first, so that the loss sees neither the
    modality gap nor the lengths: it helps to align what the dimensions mean, without negatives. It knows the axes:
    a joint rotation changes it. Beside another loss the authors' framework weighs it by 0.024, being a sum:
    ``ce+0.024*barlow``.

    Reduction: *sum* over the d² entries. Range: [0, ∞); 0 iff matching dimensions are wholly correlated and all others
    not at all; d where the dimensions are constant.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i; N ≥ 2.
        redundancy: λ, weight of the entries off the diagonal.
        logit_scale: ignored.

    >>> print(f"{barlow(torch.eye(4), torch.eye(4), redundancy=0):.4f}")
    0.0000
    """
    correlations = _standard(x).T @ _standard(y) / len(x)
    own = correlations.diagonal()
    others = correlations.square().sum() - own.square().sum()
    return (1 - own).square().sum() + redundancy * others


def _standard(v: torch.Tensor) -> torch.Tensor:
    centred = v - v.mean(0)
    return centred / centred.square().mean(0).clamp(min=_LEAST).sqrt()
