"""A matrix V·Vᵀ some rows at a time: what a loss is told of a large batch besides its vectors, without N² numbers."""

from __future__ import annotations

from typing import TypeAlias

import torch


class RowProducts:
    """Stands for the (N, N) products of N rows with one another; only those that are asked for are computed.

    Slices of it are (b, N) tensors, as those of the matrix itself are. Rows carry no gradient.

    Args:
        rows: (N, k), dense or sparse (CSR), floating.

    Raises:
        ValueError: not two dimensions.

    >>> V = RowProducts(torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]))
    >>> V.shape, V[1:3]
    (torch.Size([3, 3]), tensor([[0.6000, 1.0000, 0.8000],
            [0.0000, 0.8000, 1.0000]]))
    """

    def __init__(self, rows: torch.Tensor) -> None:
        if rows.ndim != 2:
            raise ValueError(f"rows must have shape (N, k), got {tuple(rows.shape)}")
        self.rows = rows.detach()

    @property
    def shape(self) -> torch.Size:
        """(N, N)."""
        return torch.Size((len(self.rows), len(self.rows)))

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> RowProducts:
        """Return the same on a device, and in a dtype."""
        return RowProducts(self.rows.to(device=device, dtype=dtype or self.rows.dtype))

    def __getitem__(self, some: slice) -> torch.Tensor:
        return (self.rows @ self._dense(some).T).T

    def _dense(self, some: slice) -> torch.Tensor:
        start, stop, _ = some.indices(len(self.rows))
        if self.rows.layout == torch.strided:
            return self.rows[start:stop]
        bounds = self.rows.crow_indices()[start : stop + 1]
        inside = slice(int(bounds[0]), int(bounds[-1]))
        shape = stop - start, self.rows.shape[1]
        columns, values = self.rows.col_indices()[inside], self.rows.values()[inside]
        return torch.sparse_csr_tensor(bounds - bounds[0], columns, values, shape).to_dense()


#: What a loss may be given of a batch besides its vectors: a tensor, or products that are computed in parts.
Given: TypeAlias = torch.Tensor | RowProducts
