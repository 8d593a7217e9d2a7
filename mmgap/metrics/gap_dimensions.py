"""Which dimensions carry the gap."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmgap.metrics.unit_rows import Vectors, any_rows, same_width


@dataclass(frozen=True)
class GapByDimension:
    """Squared gap, cut up by dimension.

    Attributes:
        gap_squared: ‖mean x − mean y‖².
        dimensions: all d dimension indices, the largest share first.
        shares: their shares of ``gap_squared``, descending, summing to 1; all 0 where the gap is 0.
    """

    gap_squared: float
    dimensions: tuple[int, ...]
    shares: tuple[float, ...]

    def top_share(self, k: int) -> float:
        """Share of gap² that the k largest dimensions carry, in [k/d, 1] where there is a gap."""
        if not 1 <= k <= len(self.shares):
            raise ValueError(f"k must be between 1 and {len(self.shares)} dimensions, got {k}")
        return float(sum(self.shares[:k]))


def gap_by_dimension(x: Vectors, y: Vectors, *, raw: bool = False) -> GapByDimension:
    """Share of gap² per dimension, the largest first.

    Unlike the gap itself this depends on the basis: it says whether a few coordinates of this very space carry the
    gap, as they do in CLIP, and is even after a random rotation.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows; not paired.
        raw: take vectors of any norm.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, or different widths.

    Source: Schrodi et al., "Two effects, one trigger" (ICLR 2025), who show the few dimensions.

    >>> import numpy as np
    >>> from mmgap.metrics.gap_dimensions import gap_by_dimension
    >>> cut = gap_by_dimension(np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.6, 0.8]]))
    >>> cut.dimensions, round(cut.top_share(2), 2)
    ((0, 2, 1), 0.82)
    """
    images, texts = any_rows(x, "x", raw=raw), any_rows(y, "y", raw=raw)
    same_width(images, texts)
    squares = (images.mean - texts.mean.to(images.mean)).square()
    total = squares.sum()
    sorted_squares, dimensions = torch.sort(squares, descending=True, stable=True)
    shares = sorted_squares / total if total > 0 else sorted_squares
    return GapByDimension(float(total), tuple(dimensions.tolist()), tuple(shares.tolist()))
