"""Strips of images × texts: what each gives for the texts of a block column, for its own images, and over its pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch

from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.strips import Tick, block_rows, blocks_of, strip_count, tile_workers
from mmgap.evaluation.streaming.tile_units import CrossPart, CrossUnits, ItemSums, NearLists, PassSums
from mmgap.metrics.tiles import Blocks


@dataclass
class Columns:
    """What a strip gives for the texts of one block column."""

    texts: ItemSums
    near: NearLists | None

    def add(self, other: Columns) -> None:
        """Take in what another strip gives for the same texts."""
        self.texts.add(other.texts)
        if self.near is not None and other.near is not None:
            self.near.merge(other.near)


@dataclass
class Strip:
    """What a strip gives for its own images, and over all of its pairs.

    Attributes:
        rows: the images of the strip.
        images, near: what was counted of them.
        joint: (images, above, tied) other images by their rivals, as `mmgap.metrics.pass_cross.Cross` has them.
    """

    rows: range
    sums: PassSums
    images: ItemSums
    near: NearLists | None
    joint: np.ndarray | None


class CrossStrip(Protocol):
    """A strip as it is computed, or as it came from elsewhere: first its columns, then itself."""

    def columns(self) -> Iterator[tuple[range, Columns]]:
        """Yield each block column from left to right."""

    def finish(self) -> Strip:
        """Return the rest, once all columns are there."""


class Bars(Protocol):
    """What nearest items of some texts must beat; tells what need not be kept."""

    def __call__(self, texts: range) -> np.ndarray | None: ...


@dataclass(frozen=True)
class CrossPass:
    """One pass over images × texts.

    Attributes:
        images, texts: on disk.
        units: what its tiles are asked.
        dtype: of the products.
    """

    images: StreamedRows
    texts: StreamedRows
    units: CrossUnits
    dtype: torch.dtype

    @cached_property
    def grid(self) -> tuple[Blocks, Blocks]:
        """The blocks of both sides, as a pass in memory cuts them."""
        return blocks_of(self.images, self.dtype), blocks_of(self.texts, self.dtype)

    @property
    def strips(self) -> int:
        """How many there are."""
        return strip_count(self.grid[0])

    def tiles(self, number: int) -> int:
        """Tiles of a strip."""
        return len(block_rows(self.grid[0], number)) * self.grid[1].count

    def strip(self, number: int, tick: Tick, bars: Bars | None = None) -> CrossStrip:
        """Return a strip, which is computed as its columns are asked for."""
        return _Computed(self, number, tick, bars)


class _Computed:
    def __init__(self, of: CrossPass, number: int, tick: Tick, bars: Bars | None) -> None:
        self.of, self.tick, self.bars = of, tick, bars
        blocks = of.grid[0]
        self.blocks = block_rows(blocks, number)
        rows = [blocks.rows(i) for i in self.blocks]
        self.sums = PassSums()
        self.images = [ItemSums.zeros(len(some)) for some in rows]
        self.near = [NearLists.empty(len(some), of.units.depth, of.dtype) for some in rows] if of.units.depth else []
        self.owned: list[tuple[np.ndarray, ...] | None] = [_counts(of.units, len(some)) for some in rows]

    def columns(self) -> Iterator[tuple[range, Columns]]:
        images, texts = self.of.grid
        rows = [images[i] for i in self.blocks]
        units, depth = self.of.units, self.of.units.depth
        with tile_workers() as (pool, tile_of):
            block = pool.submit(texts.__getitem__, 0)
            for j in range(texts.count):
                there, columns = block.result(), texts.rows(j)
                if j + 1 < texts.count:
                    block = pool.submit(texts.__getitem__, j + 1)
                bar = self.bars(columns) if self.bars and depth else None

                def part(
                    place: int, there: torch.Tensor = there, columns: range = columns, bar: Any = bar
                ) -> CrossPart:
                    here = images.rows(self.blocks[place])
                    bars = None if bar is None else (self.near[place].scores[:, -1].copy(), bar)
                    tile = tile_of(rows[place], there)
                    return units.tile(here, columns, tile, owned=self.owned[place], bars=bars)

                found = Columns(ItemSums.zeros(len(columns)), None)
                if depth:
                    found.near = NearLists.empty(len(columns), depth, self.of.dtype)
                for place, done in enumerate([pool.submit(part, place) for place in range(len(rows))]):
                    self._take(place, done.result(), found)
                    self.tick()
                yield columns, found

    def _take(self, place: int, part: CrossPart, columns: Columns) -> None:
        self.sums.add(part.sums)
        self.images[place].add(part.images)
        columns.texts.add(part.texts)
        if part.near is not None and columns.near is not None:
            self.near[place].merge(part.near[0])
            columns.near.merge(part.near[1])

    def finish(self) -> Strip:
        images = self.of.grid[0]
        rows = range(images.rows(self.blocks[0]).start, images.rows(self.blocks[-1]).stop)
        return Strip(
            rows=rows,
            sums=self.sums,
            images=ItemSums(*(np.concatenate(some) for some in zip(*self.images, strict=True))),
            near=_joined(self.near),
            joint=np.concatenate([owned[1] for owned in self.owned if owned]) if self.of.units.most else None,
        )


def _counts(units: CrossUnits, n: int) -> tuple[np.ndarray, ...] | None:
    """The carry and the counts by owner of some rows."""
    if not units.most:
        return None
    return np.zeros((n, 2), dtype=np.int32), np.zeros((n, units.cap + 1, units.most + 1), dtype=np.int32)


def _joined(lists: list[NearLists]) -> NearLists | None:
    if not lists:
        return None
    return NearLists(np.concatenate([some.scores for some in lists]), np.concatenate([some.items for some in lists]))
