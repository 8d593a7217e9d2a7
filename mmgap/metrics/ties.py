"""How near two scores are to count as tied: rounding must not decide who stands above whom."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.metrics import exact_products

#: Scores nearer than this are tied, for every dtype.
TIE = 4 * float(np.finfo(np.float32).eps)
#: Largest product of norms of raw vectors: beyond, float32 would overflow.
LARGEST_PRODUCT = 1e30


def tie_width(x: torch.Tensor, y: torch.Tensor, raw: bool) -> float:
    """`TIE`, and for raw vectors as much relative to the largest norms. Raises `ValueError` where they overflow."""
    if not raw:
        return TIE
    largest = float(torch.sqrt(exact_products.squared_norms(x).max() * exact_products.squared_norms(y).max()))
    if not largest < LARGEST_PRODUCT:
        raise ValueError(f"raw products reach {largest:.3g}, beyond {LARGEST_PRODUCT:g}: scale the vectors down")
    return TIE * largest
