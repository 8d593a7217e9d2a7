"""Strips of the similarity matrix: a few block rows against all block columns, which is one step of a streamed pass.

A strip needs nothing of the strips before it and gives back sums alone, so any process can compute it; added up in
order they give the same bits, whoever computed them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import local
from typing import Any, TypeAlias, cast

import torch

from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.metrics.tiles import Blocks

#: Block rows of a strip: each column block is read once for all of them.
BLOCK_ROWS = 4

#: What is called when a tile has been read, or with how many have been.
Tick: TypeAlias = Callable[..., Any]


def blocks_of(rows: StreamedRows, dtype: torch.dtype) -> Blocks:
    """Return rows on disk in the blocks of a pass."""
    return Blocks(cast(torch.Tensor, rows), dtype)


def strip_count(blocks: Blocks) -> int:
    """Return how many strips there are of these block rows."""
    return -(-blocks.count // BLOCK_ROWS)


def block_rows(blocks: Blocks, number: int) -> range:
    """Return the numbers of the block rows of a strip."""
    return range(number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, blocks.count))


@contextmanager
def tile_workers() -> Iterator[tuple[ThreadPoolExecutor, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]]]:
    """Yield threads, and what multiplies two blocks on one of them.

    The tile is that thread's until it asks for the next.
    """
    threads, own = torch.get_num_threads(), local()

    def tile_of(block: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        if getattr(own, "tile", None) is None:
            own.tile = torch.empty(len(block), len(other), dtype=block.dtype)
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            return torch.mm(block, other.T, out=own.tile)

    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool, tile_of
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)
