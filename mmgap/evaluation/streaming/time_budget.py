"""What measuring files costs, from the time of one block and one tile; how many queries a budget of seconds pays."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from mmgap.core.row_files import StoredPair
from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.strips import BLOCK_ROWS, blocks_of
from mmgap.evaluation.streaming.tile_units import CrossUnits, within_tile
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.tiles import product_dtype
from mmgap.stats.sign_flips import FLIPS

#: Queries of the smallest sample; fewer say little.
LEAST = 64
#: Share of a budget that is planned: machines do other things, too.
_PLANNED = 0.85
#: Patterns of signs that are timed.
_PATTERNS = 64
#: Passes over all rows for what has a form of O(N·d), and those with a product of d × d a row, in the time of a read.
_READS = 6


@dataclass(frozen=True)
class BlockCosts:
    """Seconds, measured here.

    Attributes:
        images, texts: rows of each; ``width`` their numbers, ``size`` the rows of a block.
        read: reading and normalising a block.
        moments: a block's part in a covariance.
        flips: a block's part in the patterns of signs behind ``gap_p``, where all of them have to be added up.
        cross, within: multiplying two blocks on one thread, and reading the tile.
        threads: that work at the same time.
    """

    images: int
    texts: int
    width: int
    size: int
    read: float
    moments: float
    flips: float
    cross: float
    within: float
    threads: int

    @property
    def blocks(self) -> tuple[int, int]:
        """Block rows of images and of texts."""
        return -(-self.images // self.size), -(-self.texts // self.size)

    @property
    def rows(self) -> float:
        """Seconds of what is computed of rows alone, without covariances."""
        return sum(self.blocks) * self.read * _READS

    @property
    def covariances(self) -> float:
        """Seconds of what needs covariances: Fréchet distance, effective ranks, the corrected gap."""
        return sum(self.blocks) * (self.moments * 3 + self.read * 10) + self.blocks[0] * self.flips

    @property
    def exact(self) -> float:
        """Seconds of measuring everything."""
        n, m = self.blocks
        across = n * m * self.cross + -(-n // BLOCK_ROWS) * m * self.read
        inside = sum(b * (b + 1) // 2 * self.within + b * b / BLOCK_ROWS / 2 * self.read for b in (n, m))
        return self.rows + self.covariances + (across + inside) / self.threads

    def of_queries(self, images: int) -> float:
        """Seconds of ranking so many images and their texts among all."""
        total = 0.0
        for queries, gallery in ((images, self.blocks[1]), (images * self.texts / self.images, self.blocks[0])):
            strips = -(-queries // (BLOCK_ROWS * self.size))
            total += gallery * (strips * self.read + queries / self.size * self.cross / self.threads)
        return total

    def affordable(self, seconds: float) -> tuple[int, bool]:
        """Return how many images can be drawn in a budget of seconds, `LEAST` at least, and whether it pays for the
        covariances, too: they get no more than half of it."""
        left = _PLANNED * seconds - self.rows
        pays = self.covariances <= left / 2
        left -= self.covariances if pays else 0.0
        fewest, most = LEAST, max(LEAST, self.images)
        while fewest < most:
            middle = (fewest + most + 1) // 2
            fewest, most = (middle, most) if self.of_queries(middle) <= left else (fewest, middle - 1)
        return min(fewest, self.images), pays


def block_costs(pair: StoredPair) -> BlockCosts:
    """Return what blocks of these files cost here: the second of two runs, with what is compiled ready."""
    images, texts = StreamedRows(pair.images), StreamedRows(pair.texts)
    dtype = product_dtype(cast(torch.Tensor, images), cast(torch.Tensor, texts))
    rows, columns = blocks_of(images, dtype), blocks_of(texts, dtype)
    here, there = rows.rows(0), columns.rows(0)
    kind = np.float64 if dtype == torch.float64 else np.float32
    of_image, of_text = (np.full(len(some), 2, dtype=kind) for some in (here, there))
    nothing = np.zeros((0, 2), dtype=np.int64)
    none = Relevance(
        len(here), len(there), nothing, np.zeros(len(here) + 1, dtype=np.int64), nothing[:, 0], nothing[:, 0], None
    )
    units = CrossUnits(none, 0.0, 100.0, (of_image, of_image, of_text, of_text), most=0, cap=0, depth=16)
    weights, threads = torch.ones(len(here), dtype=torch.float64), torch.get_num_threads()
    times: dict[str, float] = {}
    generator = np.random.default_rng(0)
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            for _ in range(2):
                marks = [time.perf_counter()]
                block, other = rows[0], columns[0]
                marks.append(time.perf_counter())
                wide = block.double().numpy()
                _ = wide.T @ wide
                marks.append(time.perf_counter())
                signs = generator.integers(0, 2, size=(_PATTERNS, len(block)), dtype=np.int8)
                _ = (2 * signs.astype(np.float32) - 1) @ block.float().numpy()
                marks.append(time.perf_counter())
                tile = torch.mm(block, other.T)
                units.tile(here, there, tile)
                marks.append(time.perf_counter())
                within_tile(weights, None, 0.0, 2.0, torch.mm(block, block.T))
                marks.append(time.perf_counter())
                times = dict(zip(("read", "moments", "flips", "cross", "within"), np.diff(marks).tolist(), strict=True))
    finally:
        torch.set_num_threads(threads)
    times["read"], times["within"] = times["read"] / 2, 2 * times["within"]  # two blocks; half a tile
    times["flips"] *= FLIPS / _PATTERNS
    return BlockCosts(len(pair.images), len(pair.texts), pair.images.width, rows.size, threads=threads, **times)
