"""Strips of the pairs of one modality: sums alone, over half of a symmetric matrix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import torch

from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.strips import Tick, block_rows, blocks_of, strip_count, tile_workers
from mmgap.evaluation.streaming.tile_units import PassSums, within_tile
from mmgap.metrics import exact_products
from mmgap.metrics.tiles import Blocks


@dataclass(frozen=True)
class _Weighed:
    """A padded block of rows, and (rows,) what the kernel sees of their lengths."""

    rows: torch.Tensor
    weights: torch.Tensor


@dataclass(frozen=True)
class WithinPass:
    """One pass over the pairs i < j of one modality.

    Attributes:
        rows: on disk.
        centre: the mean cosine of two rows.
        t: of the kernel.
        dtype: of the products.
    """

    rows: StreamedRows
    centre: float
    t: float
    dtype: torch.dtype

    @classmethod
    def of(cls, rows: StreamedRows, t: float, dtype: torch.dtype) -> WithinPass:
        """Return the pass over these rows."""
        return cls(rows, exact_products.mean_within(cast(torch.Tensor, rows)), t, dtype)

    @cached_property
    def blocks(self) -> Blocks:
        """Its blocks, as a pass in memory cuts them."""
        return blocks_of(self.rows, self.dtype)

    @property
    def strips(self) -> int:
        """How many there are."""
        return strip_count(self.blocks)

    def tiles(self, number: int) -> int:
        """Tiles of a strip."""
        return sum(self.blocks.count - i for i in block_rows(self.blocks, number))

    def _weighed(self, b: int) -> _Weighed:
        """A block, and exp(−t‖x_i‖²) of its rows."""
        block = self.blocks[b]
        squares = exact_products.squared_norms(block[: len(self.blocks.rows(b))])
        return _Weighed(block, torch.exp(-self.t * squares))

    def strip(self, number: int, tick: Tick) -> PassSums:
        """Return the sums of a strip."""
        blocks = self.blocks
        mine = block_rows(blocks, number)
        rows, sums = {i: self._weighed(i) for i in mine}, PassSums()
        with tile_workers() as (pool, tile_of):
            block = pool.submit(self._weighed, mine.start)
            for j in range(mine.start, blocks.count):
                there = block.result()
                if j + 1 < blocks.count:
                    block = pool.submit(self._weighed, j + 1)

                def part(i: int, j: int = j, there: _Weighed = there) -> Any:
                    here, tile = rows[i], tile_of(rows[i].rows, there.rows)
                    weights = here.weights, None if i == j else there.weights
                    return within_tile(*weights, self.centre, self.t, tile)

                for done in [pool.submit(part, i) for i in mine if i <= j]:
                    sums.add(*done.result())
                    tick()
        return sums
