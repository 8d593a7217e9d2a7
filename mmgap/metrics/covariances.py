"""Mean and covariance of many rows in float64, a chunk of rows at a time: memory O(d² + chunk)."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from mmgap.metrics.matrices import chunk_rows

_CHUNK_ELEMENTS = 1 << 20

#: The least eigenvalue over the largest of a covariance whose square root loses no digits that count.
WELL_CONDITIONED = 1e-6


def mean_row(v: torch.Tensor) -> torch.Tensor:
    """Return the mean of the rows, (d,) float64, taken around the first row: equal rows give exactly that row."""
    origin = v[0].double()
    total = torch.zeros_like(origin)
    for rows in v.split(chunk_rows(v)):
        total += (rows - origin).sum(dim=0)
    return origin + total / len(v)


def centred_chunks(v: torch.Tensor, mean: torch.Tensor, rows: int | None = None) -> Iterator[torch.Tensor]:
    """Yield consecutive rows of ``v`` less the mean row, float64: exact zeros where all rows are equal.

    By default about 8 MB at a time, which stay in cache, and at least 2·d rows.
    """
    for chunk in v.split(rows or max(2 * v.shape[1], _CHUNK_ELEMENTS // v.shape[1])):
        yield chunk - mean


def scatter(v: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """Return whichever product of the centred rows with themselves is smaller, the d×d or the N×N one, float64."""
    n, d = v.shape
    if n <= d:
        return symmetric_product((v[:] - mean).T)
    product = torch.zeros(d, d, dtype=torch.float64, device=v.device)
    for rows in centred_chunks(v, mean):
        product += symmetric_product(rows)
    return product


def symmetric_product(rows: torch.Tensor) -> torch.Tensor:
    """Return ``rowsᵀ·rows``; on the CPU by NumPy, which computes one half and copies it."""
    return torch.from_numpy(rows.numpy().T @ rows.numpy()) if rows.device.type == "cpu" else rows.T @ rows


def factor(v: torch.Tensor, mean: torch.Tensor, product: torch.Tensor, spectrum: torch.Tensor) -> torch.Tensor:
    """Return a matrix F of min(N, d) rows with FᵀF = the covariance of the rows (N − 1), float64.

    It is the Cholesky factor where the covariance is far from singular. Elsewhere F is the triangle of a QR
    decomposition that takes in one chunk after the other: unlike a root of the d×d covariance it loses no digits, a
    singular value of F is right to 1e-16 of the largest, its square to 1e-32, so singular covariances (N ≤ d, or rows
    in a subspace) need no threshold.
    """
    n, d = v.shape
    if n > d and spectrum[0] > WELL_CONDITIONED * spectrum[-1]:
        return torch.linalg.cholesky(product, upper=True) / (n - 1) ** 0.5
    found: torch.Tensor | None = None
    for rows in centred_chunks(v, mean, 16 * d):
        stacked = rows if found is None else torch.cat([found, rows])
        found = torch.linalg.qr(stacked, mode="r").R if len(stacked) > d else stacked
    assert found is not None  # the door lets no empty input through
    return found / (n - 1) ** 0.5
