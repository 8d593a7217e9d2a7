"""Mean and covariance of many rows in float64, a chunk of rows at a time: memory O(d² + chunk)."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from mmgap.metrics.unit_rows import chunk_rows

_CHUNK_ELEMENTS = 1 << 22


def row_chunks(v: torch.Tensor, rows: int | None = None) -> Iterator[torch.Tensor]:
    """Consecutive rows of ``v`` as float64; by default about 32 MB at a time, and at least 2·d rows."""
    rows = rows or max(2 * v.shape[1], _CHUNK_ELEMENTS // v.shape[1])
    for start in range(0, len(v), rows):
        yield v[start : start + rows].double()


def mean_row(v: torch.Tensor) -> torch.Tensor:
    """Mean of the rows, (d,), float64. It is taken around the first row, so equal rows give exactly that row."""
    origin = v[0].double()
    total = torch.zeros_like(origin)
    for rows in row_chunks(v, chunk_rows(v)):
        total += (rows - origin).sum(dim=0)
    return origin + total / len(v)


def centred_chunks(v: torch.Tensor, rows: int | None = None) -> Iterator[torch.Tensor]:
    """`row_chunks` with the mean row taken off: exact zeros where all rows are equal."""
    mean = mean_row(v)
    for chunk in row_chunks(v, rows):
        yield chunk - mean


def total_variance(v: torch.Tensor) -> float:
    """Trace of the covariance of the rows (N − 1)."""
    return float(sum(rows.square().sum() for rows in centred_chunks(v))) / (len(v) - 1)


def covariance_spectrum(v: torch.Tensor) -> torch.Tensor:
    """Eigenvalues of the covariance of the rows (N − 1), (min(N, d),), ≥ 0, right to 1e-15 of the largest; float64.

    They come from whichever product of the centred rows with themselves is smaller, the d×d or the N×N one.
    """
    n, d = v.shape
    if n <= d:
        rows = next(centred_chunks(v, n))
        product = rows @ rows.T
    else:
        product = torch.zeros(d, d, dtype=torch.float64, device=v.device)
        for rows in centred_chunks(v):
            product.addmm_(rows.T, rows)
    return torch.linalg.eigvalsh(product).clamp_min(0) / (n - 1)


def covariance_factor(v: torch.Tensor) -> torch.Tensor:
    """A matrix F of min(N, d) rows with FᵀF = the covariance of the rows (N − 1), float64.

    F is the triangle of a QR decomposition that takes in one chunk after the other. Unlike a root of the d×d
    covariance it loses no digits: a singular value of F is right to 1e-16 of the largest, its square to 1e-32,
    so singular covariances (N ≤ d, or rows in a subspace) need no threshold. Where eigenvalues alone are needed,
    `covariance_spectrum` is faster.
    """
    factor: torch.Tensor | None = None
    for rows in centred_chunks(v):
        stacked = rows if factor is None else torch.cat([factor, rows])
        factor = torch.linalg.qr(stacked, mode="r").R if len(stacked) > v.shape[1] else stacked
    assert factor is not None  # `as_matrix` lets no empty input through
    return factor / (len(v) - 1) ** 0.5
