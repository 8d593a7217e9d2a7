"""One pass over the half i < j of X·Xᵀ: kernel means, moments and histogram of the cosines of one modality."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import torch

from mmgap.metrics import exact
from mmgap.metrics._problem import WithinProblem
from mmgap.metrics.tiles import (
    BINS,
    FLAT,
    Blocks,
    Moments,
    dealt,
    moments_of_sums,
    product_dtype,
    reducers_for,
    sweep,
    workers_for,
)

#: Largest t of a kernel mean: beyond, exponentials would leave float64.
LARGEST_T = 100.0


@dataclass(frozen=True)
class Within:
    """`Moments` over i < j, and (N,) ``kernel[i] = mean_{j≠i} exp(−t‖x_i − x_j‖²)``, float64."""

    moments: Moments
    kernel: np.ndarray


def within(
    x: torch.Tensor,
    *,
    t: float = 2.0,
    bins: int = BINS,
    dtype: torch.dtype | None = None,
    reducers: ModuleType | None = None,
) -> Within:
    """Everything that is read from X·Xᵀ.

    The mean is exact, from an O(N·d) form. It also reveals the mean rounding error of the products, which is taken
    out of the kernel: a nearly collapsed set would show it.

    Args:
        x: (N, d) rows of unit norm within tolerance, N ≥ 2.
        t: of the Gaussian kernel, 0 < t ≤ 100.
        bins: of the histogram on [−1, 1].
        dtype: of the products; `product_dtype` where None.
        reducers: `_numba_reducers` or `_torch_reducers`; by the device where None.
    """
    if not 0 < t <= LARGEST_T:
        raise ValueError(f"t must be in (0, {LARGEST_T:g}], got {t}")
    n, pairs = len(x), len(x) * (len(x) - 1) // 2
    blocks = Blocks(x, dtype or product_dtype(x))
    problem = WithinProblem(torch.exp(-t * exact.squared_norms(x)), exact.mean_within(x), t, bins)
    order = [(i, j) for i in range(blocks.count) for j in range(i, blocks.count)]
    reducers = reducers or reducers_for(x)
    states = [reducers.Within(problem, blocks.size) for _ in range(workers_for(blocks, blocks, reducers))]
    sweep(blocks, blocks, dealt(order, len(states)), [state.add for state in states], "within")
    for other in states[1:]:
        states[0].merge(other)
    sums, kernel = states[0].finish()
    moments = moments_of_sums(sums, pairs, problem.centre, x, x)
    if dtype is None and blocks.dtype == torch.float32 and moments.std < FLAT:
        return within(x, t=t, bins=bins, dtype=torch.float64, reducers=reducers)
    unbias = np.exp(-2 * t * sums.total / pairs)
    return Within(moments, kernel * unbias / (n - 1))
