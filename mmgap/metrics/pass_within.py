"""One pass over the half i < j of X·Xᵀ: kernel sums, moments and histogram of the cosines of one modality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import torch

from mmgap.metrics import exact_products
from mmgap.metrics._problem import Gaussian, WithinProblem, check_exponent
from mmgap.metrics.tiles import (
    BINS,
    FLAT,
    Blocks,
    CosineMoments,
    dealt,
    moments_of_sums,
    product_dtype,
    reducers_for,
    sweep,
    workers_for,
)
from mmgap.metrics.unit_rows import Rows, as_rows


@dataclass(frozen=True)
class Within:
    """What `within` returns: `CosineMoments` over i < j, and what the uniformity is made of.

    ``kernel_sums[i] = Σ_j exp(−t‖x_i − x_j‖²)`` over the ``partners[i]`` other rows j, float64 and int64, both (N,):
    all but i, or those of another image where the owners of texts are given. ``gaussian_sum`` is
    ``Σ_{i≠j} exp(−γ‖x_i − x_j‖²)``, None where nobody asked.
    """

    moments: CosineMoments
    kernel_sums: np.ndarray
    partners: np.ndarray
    gaussian_sum: float | None

    @property
    def uniformity(self) -> float:
        """Logarithm of the mean kernel over all pairs of partners."""
        return float(np.log(self.kernel_sums.sum() / self.partners.sum()))

    @property
    def uniformity_with_diagonal(self) -> float:
        """The same with each row a partner of its own."""
        n = len(self.partners)
        return float(np.log((self.kernel_sums.sum() + n) / (self.partners.sum() + n)))


def within(
    x: torch.Tensor | Rows,
    *,
    owner: np.ndarray | None = None,
    t: float = 2.0,
    gamma: float | None = None,
    bins: int = BINS,
    dtype: torch.dtype | None = None,
    reducers: ModuleType | None = None,
) -> Within:
    """Everything that is read from X·Xᵀ.

    The mean is exact, from an O(N·d) form. It also reveals the mean rounding error of the products, which is taken
    out of the kernel: a nearly collapsed set would show it.

    Args:
        x: (N, d) rows of unit norm within tolerance, N ≥ 2.
        owner: (N,) label of the image each text came with: texts of one image are no partners of each other in the
            kernel sums; moments and histogram hold all pairs.
        t: of the Gaussian kernel, 0 < t ≤ 100.
        gamma: of another one, whose sum over all pairs is wanted too, 0 < γ ≤ 100.
        bins: of the histogram on [−1, 1].
        dtype: of the products; `product_dtype` where None. With bfloat16 moments are within
            `mmgap.metrics.rounded_products.product_error`, the uniformity within 4t times that.
        reducers: `_numba_reducers` or `_torch_reducers`; by the device where None.

    Raises:
        ValueError: t or γ out of range; all texts are those of one image.
    """
    check_exponent(t, "t")
    if owner is not None and (owner == owner[0]).all():
        raise ValueError("all texts belong to one image: no pair of texts of two images is left for their uniformity")
    rows = as_rows(x)
    x, n, pairs = rows.tensor, len(rows), len(rows) * (len(rows) - 1) // 2
    blocks = Blocks(x, dtype or product_dtype(x))
    other = None if gamma is None else Gaussian.of(rows, rows, gamma)
    problem = WithinProblem(torch.exp(-t * rows.squared_norms), rows.mean_within, t, bins, other)
    order = [(i, j) for i in range(blocks.count) for j in range(i, blocks.count)]
    reducers = reducers or reducers_for(x)
    states = [reducers.within_sums(problem, blocks.size) for _ in range(workers_for(blocks, blocks, reducers))]
    sweep(blocks, blocks, dealt(order, len(states)), [state.add for state in states], "within")
    for other in states[1:]:
        states[0].merge(other)
    sums, kernel, others = states[0].finish()
    moments = moments_of_sums(sums, pairs, problem.centre, x, x)
    if dtype is None and blocks.dtype == torch.float32 and moments.std < FLAT:
        return within(rows, owner=owner, t=t, gamma=gamma, bins=bins, dtype=torch.float64, reducers=reducers)
    bias = sums.total / pairs
    kernel_sums, partners = kernel * np.exp(-2 * t * bias), np.full(n, n - 1)
    for pair in _siblings(owner) if owner is not None else ():
        ends = pair.ravel()
        kernel_sums -= np.bincount(
            ends, np.repeat(np.exp(-t * exact_products.pair_products(x, x, pair)[1]), 2), minlength=n
        )
        partners -= np.bincount(ends, minlength=n)
    gaussian_sum = None if gamma is None else 2 * others * float(np.exp(-2 * gamma * bias))
    return Within(moments, kernel_sums, partners, gaussian_sum)


def _siblings(owner: np.ndarray) -> Iterator[np.ndarray]:
    """All pairs of texts of one image, in (P, 2) parts of at most one pair a text."""
    order = np.argsort(owner, kind="stable")
    for apart in range(1, int(np.unique(owner, return_counts=True)[1].max())):
        pair = np.stack([order[:-apart], order[apart:]], axis=1)
        yield pair[owner[pair[:, 0]] == owner[pair[:, 1]]]
