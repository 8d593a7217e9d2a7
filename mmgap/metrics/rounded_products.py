"""How far the products of a pass may be from those of the rows as they are: bounds, not estimates."""

from __future__ import annotations

import torch

from mmgap.metrics.exact_products import squared_norms
from mmgap.metrics.matrices import chunk_rows

#: Half a unit in the last place of float32, relative.
HALF_UNIT = torch.finfo(torch.float32).eps / 2


def product_error(x: torch.Tensor, y: torch.Tensor, dtype: torch.dtype) -> float:
    """Return a bound on ``|s − <x_i, y_j>|`` over all pairs, s being what is multiplied in a dtype.

    Rows are rounded to it, and products added up in float32 (float64 where it is that). With a row's rounding error δ,
    ``|<x̂, ŷ> − <x, y>| ≤ ‖δ_x‖·‖y‖ + ‖x̂‖·‖δ_y‖``, and a sum of d products is within ``d·u/(1 − d·u)`` of its size in
    any order. The norms of δ are measured, so rows that a dtype holds exactly lose nothing.

    Args:
        x, y: (N, d) and (M, d) on one device.
        dtype: float64, float32 or bfloat16, that blocks of rows are cast to.

    Source: Higham, "Accuracy and stability of numerical algorithms" (2002), section 3.1.

    >>> x = torch.nn.functional.normalize(torch.arange(1.0, 9.0).view(2, 4))
    >>> product_error(x, x, torch.float32) < 5e-7, 1e-4 < product_error(x, x, torch.bfloat16) < 2 * 2**-8
    (True, True)
    """
    unit = torch.finfo(torch.float64).eps / 2 if dtype == torch.float64 else HALF_UNIT
    summed = x.shape[1] * unit / (1 - x.shape[1] * unit)
    (of_x, norm_x), (of_y, norm_y) = (_rounding(v, dtype) for v in (x, y))
    longer_x, longer_y = norm_x + of_x, norm_y + of_y
    return of_x * norm_y + longer_x * of_y + summed * longer_x * longer_y


def _rounding(v: torch.Tensor, dtype: torch.dtype) -> tuple[float, float]:
    """The largest norm of what rounding takes from a row, and the largest norm of a row."""
    lost = [squared_norms(rows.double() - rows.to(dtype).double()).max() for rows in v.split(chunk_rows(v))]
    return float(torch.stack(lost).max().sqrt()), float(squared_norms(v).max().sqrt())
