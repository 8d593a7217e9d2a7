"""Products with an exact O(N·d) form, in float64 and in chunks: norms, relevant pairs, the mean over all pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from mmgap.metrics.covariances import mean_row
from mmgap.metrics.matrices import chunk_rows


def squared_norms(v: torch.Tensor) -> torch.Tensor:
    """(rows,) float64 squared Euclidean norms."""
    out, step = torch.empty(len(v), dtype=torch.float64, device=v.device), chunk_rows(v)
    for i in range(0, len(v), step):  # into one array: small results kept among chunks leave holes in memory
        out[i : i + step] = v[i : i + step].double().square().sum(dim=1)
    return out


def mean_within(v: torch.Tensor) -> float:
    """Return the mean of ``<v_i, v_j>`` over i ≠ j, from ``‖Σv‖² − Σ‖v_i‖²``."""
    own = torch.zeros((), dtype=torch.float64, device=v.device)
    for rows in v.split(chunk_rows(v)):
        own += rows.double().square().sum()
    return mean_between(len(v), mean_row(v), own)


def mean_between(n: int, mean: torch.Tensor, own: torch.Tensor) -> float:
    """Return `mean_within` of n rows from their mean row and the sum of their squared norms."""
    return float((n * n * mean.square().sum() - own) / (n * (n - 1)))


def pair_products(x: torch.Tensor, y: torch.Tensor, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``<x_i, y_j>`` and ``‖x_i − y_j‖²`` of each pair (i, j): two (P,) float64 arrays."""
    index = torch.from_numpy(pairs).to(x.device)
    products, distances = torch.empty(2, len(pairs), dtype=torch.float64, device=x.device)
    step = chunk_rows(x)
    for start in range(0, len(pairs), step):
        some = slice(start, start + step)
        image, text = index[some].T
        a, b = x.index_select(0, image).double(), y.index_select(0, text).double()
        products[some] = torch.linalg.vecdot(a, b)
        a -= b
        distances[some] = torch.linalg.vecdot(a, a)
    return products.cpu().numpy(), distances.cpu().numpy()


def product(x: torch.Tensor, i: int, y: torch.Tensor, j: int) -> float:
    """``<x_i, y_j>`` in float64."""
    return float(x[i].double() @ y[j].double())


def duplicate_rows(v: torch.Tensor) -> int:
    """Rows equal to an earlier row, told by a 64-bit hash of their bits."""
    hashes, start = torch.empty(len(v), dtype=torch.int64, device=v.device), 0
    for some in row_hashes(v):
        hashes[start : start + len(some)] = some
        start += len(some)
    return len(v) - len(torch.unique(hashes))


def row_hashes(v: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield a 64-bit hash of the bits of each row, int64, for some rows at a time."""
    bits = {torch.float64: torch.int64, torch.float32: torch.int32}.get(v.dtype, torch.int16)
    weights = np.random.default_rng(0).integers(-(2**62), 2**62, v.shape[1]) | 1
    odd = torch.from_numpy(weights).to(v.device)
    for rows in v.split(chunk_rows(v)):
        yield ((rows + 0.0).view(bits).long() * odd).sum(dim=1)
