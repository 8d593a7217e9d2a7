"""Effective rank: how many dimensions a set of vectors really uses."""

from __future__ import annotations

import torch

from mmgap.metrics.unit_rows import Vectors, any_rows

_COINCIDE = 4 * torch.finfo(torch.float64).eps


def effective_rank(x: Vectors, *, raw: bool = False) -> float:
    """exp of the entropy of the normalised eigenvalues of the centred covariance.

    Rotating the vectors, moving them all by a constant or scaling them all does not change it. It falls towards 1
    when a space collapses onto a line, long before retrieval shows it.

    Args:
        x: (N, d), N ≥ 2, unit rows.
        raw: take vectors of any norm.

    Returns:
        A number in [1, min(N − 1, d)]; 1 for a zero covariance (all rows equal to within float64 rounding).

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`.

    Source: Roy & Vetterli, "The effective rank: a measure of effective dimensionality" (EUSIPCO 2007), applied to
    the covariance instead of the data matrix.

    >>> import numpy as np
    >>> from mmgap.metrics.rank import effective_rank
    >>> round(effective_rank(np.vstack([np.eye(4), -np.eye(4)])), 6)
    4.0
    """
    rows = any_rows(x, "x", at_least=2, raw=raw)
    total = rows.spectrum.sum()
    if total <= _COINCIDE**2 * rows.mean.square().sum():
        return 1.0
    rank = float(torch.special.entr(rows.spectrum / total).sum().exp())
    return min(max(rank, 1.0), float(min(len(rows) - 1, rows.width)))
