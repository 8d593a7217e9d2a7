"""The (N, N) matrices of a batch, some rows at a time: the memory of a loss grows with N, not with N²."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.utils.checkpoint import checkpoint

from mmgap.losses.reductions import off_diagonal
from mmgap.losses.sure_softmax import cross_entropies

#: Entries of a block, 128 MiB in float32: a batch of up to 5,792 pairs is one block.
ENTRIES = 2**25


@dataclass(frozen=True)
class RowBlock:
    """The rows from ``start`` to ``stop`` of an (N, N) matrix, whose diagonal belongs to the pairs."""

    start: int
    stop: int
    n: int

    @property
    def whole(self) -> bool:
        """Whether these are all rows."""
        return self.stop - self.start == self.n

    def rows(self, values: torch.Tensor) -> torch.Tensor:
        """Return the block's rows of (N, …) values."""
        return values if self.whole else values[self.start : self.stop]

    def pairs(self, matrix: torch.Tensor) -> torch.Tensor:
        """Return the block's entries of the diagonal, from its (b, N) rows."""
        return matrix.diagonal(self.start)

    def cross_entropies(self, logits: torch.Tensor) -> torch.Tensor:
        """Return −log of the softmax of each row's own entry, (b,), from (b, N) logits."""
        return cross_entropies(logits, self.start)

    def others(self, matrix: torch.Tensor) -> torch.Tensor:
        """Return the (b, N) rows without the entries of the diagonal, (b, N − 1)."""
        if self.whole:
            return off_diagonal(matrix)
        square = off_diagonal(matrix[:, self.start : self.stop])
        return torch.cat([matrix[:, : self.start], square, matrix[:, self.stop :]], dim=1)

    def both_ways(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the block's rows of ``x·yᵀ`` and of its transpose; of a whole batch there is one product."""
        forth = self.rows(x) @ y.T
        return forth, forth.T if self.whole else self.rows(y) @ x.T


def over_rows(part: Callable[[RowBlock], torch.Tensor], n: int) -> torch.Tensor:
    """Return what ``part`` makes of each block of rows, stacked: (blocks, …).

    Of several blocks none is kept: each is computed again when its gradient is asked for (Chen et al., 2016), which
    costs a product more and leaves N·d and one block in memory.

    >>> ones = torch.ones(3, 1)
    >>> over_rows(lambda block: block.others(block.rows(ones) @ ones.T).sum(), 3).sum()
    tensor(6.)
    """
    size = max(1, ENTRIES // n)
    if size >= n:
        return part(RowBlock(0, n, n))[None]
    blocks = [RowBlock(start, min(start + size, n), n) for start in range(0, n, size)]
    return torch.stack([checkpoint(part, block, use_reentrant=False) for block in blocks])
