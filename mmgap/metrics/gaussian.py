"""Gaussian kernels between rows, in float64, a tile of the similarity matrix at a time: no N×N memory."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.core.progress import progress_bar
from mmgap.metrics import exact_products

TILE = 1024

#: Squared distances below this share of the largest squared norm are taken again, from the difference of their rows.
NEAR = 1e-3

#: Rows at most on which a median distance is taken: evenly spaced ones where there are more.
MEDIAN_ROWS = 2000
#: Rows of these whose distances are made at a time.
MEDIAN_BLOCK = 128


def squared_distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """‖a_i − b_j‖², (rows of a, rows of b), float64, never negative."""
    a, b = a.double(), b.double()
    return (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * (a @ b.T)).clamp_min_(0)


def spread_rows(*sets: torch.Tensor) -> np.ndarray:
    """The rows of all sets one after the other, thinned to `MEDIAN_ROWS` evenly spaced ones; float64."""
    n = sum(map(len, sets))
    rows = torch.from_numpy(np.linspace(0, n - 1, min(n, MEDIAN_ROWS)).round().astype(np.int64))
    picked, start = [], 0
    for v in sets:
        inside = rows[(rows >= start) & (rows < start + len(v))] - start
        picked.append(v[inside.to(v.device)].double().cpu())
        start += len(v)
    return torch.cat(picked).numpy()


def median_squared_distance(*sets: torch.Tensor) -> float:
    """Median squared distance over the pairs i < j of the pooled rows that do not coincide; 0 where all do."""
    rows = spread_rows(*sets)
    norms = np.einsum("nd,nd->n", rows, rows)
    distances, end = np.empty(len(rows) * (len(rows) - 1) // 2), 0
    for first in range(0, len(rows), MEDIAN_BLOCK):  # so few that their products stay in cache
        doubled = (2 * rows[first : first + MEDIAN_BLOCK]) @ rows[first:].T
        for i, products in enumerate(doubled, start=first):
            start, end = end, end + len(rows) - i - 1
            np.subtract(norms[i] + norms[i + 1 :], products[i + 1 - first :], out=distances[start:end])
    near = np.flatnonzero(distances < NEAR * norms.max())
    if len(near):
        again, points = np.stack(np.triu_indices(len(rows), 1), axis=1)[near], torch.from_numpy(rows)
        distances[near] = exact_products.pair_products(points, points, again)[1]
    apart = distances[near] > 0
    if not apart.all():
        distances = np.delete(distances, near[~apart])
    return float(np.median(distances, overwrite_input=True)) if len(distances) else 0.0


def gaussian_row_sums(x: torch.Tensor, y: torch.Tensor | None, gamma: float) -> torch.Tensor:
    """Σ_j exp(−γ‖x_i − y_j‖²) for every i, (rows of x,), float64.

    Without ``y`` the sum runs over the other rows of ``x``: j = i is left out, and each pair is computed once.
    """
    sums = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    for i in progress_bar(range(0, len(x), TILE), desc="kernel"):
        rows = x[i : i + TILE]
        if y is not None:
            for j in range(0, len(y), TILE):
                sums[i : i + TILE] += squared_distances(rows, y[j : j + TILE]).mul_(-gamma).exp_().sum(1)
            continue
        sums[i : i + TILE] += squared_distances(rows, rows).mul_(-gamma).exp_().fill_diagonal_(0).sum(1)
        for j in range(i + TILE, len(x), TILE):
            tile = squared_distances(rows, x[j : j + TILE]).mul_(-gamma).exp_()
            sums[i : i + TILE] += tile.sum(1)
            sums[j : j + TILE] += tile.sum(0)
    return sums
