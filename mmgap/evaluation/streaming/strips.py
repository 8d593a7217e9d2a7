"""Strips of the similarity matrix: a few block rows against all block columns, which is one step of a streamed pass.

A strip needs nothing of the strips before it and gives back sums alone, so any process can compute it; added up in
order they give the same bits, whoever computed them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import local
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import torch

from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.tile_units import CrossPart, CrossUnits, ItemSums, NearLists, PassSums, within_tile
from mmgap.metrics import exact_products
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.tiles import Blocks

#: Block rows of a strip: each column block is read once for all of them.
BLOCK_ROWS = 4

#: What is called when a tile has been read, or with how many have been.
Tick: TypeAlias = Callable[..., Any]


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
        return -(-self.grid[0].count // BLOCK_ROWS)

    def tiles(self, number: int) -> int:
        """Tiles of a strip."""
        return len(_block_rows(self.grid[0], number)) * self.grid[1].count

    def strip(self, number: int, tick: Tick, bars: Bars | None = None) -> CrossStrip:
        """Return a strip, which is computed as its columns are asked for."""
        return _Computed(self, number, tick, bars)


class _Computed:
    def __init__(self, of: CrossPass, number: int, tick: Tick, bars: Bars | None) -> None:
        self.of, self.tick, self.bars = of, tick, bars
        blocks = of.grid[0]
        self.blocks = _block_rows(blocks, number)
        rows = [blocks.rows(i) for i in self.blocks]
        self.sums = PassSums()
        self.images = [ItemSums.zeros(len(some)) for some in rows]
        self.near = [NearLists.empty(len(some), of.units.depth, of.dtype) for some in rows] if of.units.depth else []
        self.owned: list[tuple[np.ndarray, ...] | None] = [_counts(of.units, len(some)) for some in rows]

    def columns(self) -> Iterator[tuple[range, Columns]]:
        images, texts = self.of.grid
        rows = [images[i] for i in self.blocks]
        units, depth = self.of.units, self.of.units.depth
        with _workers() as (pool, tile_of):
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
        return -(-self.blocks.count // BLOCK_ROWS)

    def tiles(self, number: int) -> int:
        """Tiles of a strip."""
        return sum(self.blocks.count - i for i in _block_rows(self.blocks, number))

    def _weighed(self, b: int) -> _Weighed:
        """A block, and exp(−t‖x_i‖²) of its rows."""
        block = self.blocks[b]
        squares = exact_products.squared_norms(block[: len(self.blocks.rows(b))])
        return _Weighed(block, torch.exp(-self.t * squares))

    def strip(self, number: int, tick: Tick) -> PassSums:
        """Return the sums of a strip."""
        blocks = self.blocks
        mine = _block_rows(blocks, number)
        rows, sums = {i: self._weighed(i) for i in mine}, PassSums()
        with _workers() as (pool, tile_of):
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


def write_matched_scores(
    images: StreamedRows,
    texts: StreamedRows,
    relation: Relevance,
    dtype: torch.dtype,
    scores: np.ndarray,
    release: Callable[[], None],
) -> None:
    """Write (P,) scores of the matched pairs, as they stand in the tiles where their rivals stand, into an array in a
    file; ``release`` gives its memory back, and that of the relation."""
    rows, columns = blocks_of(images, dtype), blocks_of(texts, dtype)
    with _workers() as (_, tile_of):
        for i in range(rows.count):
            here = rows.rows(i)
            start, stop = relation.image_start[[here.start, here.stop]].tolist()
            pairs = np.asarray(relation.pairs[start:stop])
            block, column = rows[i] if len(pairs) else None, pairs[:, 1] // columns.size
            for j in np.unique(column).tolist():
                some = np.flatnonzero(column == j)
                assert block is not None
                tile = tile_of(block, columns[j]).numpy()
                scores[start + some] = tile[pairs[some, 0] - here.start, pairs[some, 1] - columns.rows(j).start]
            release()


def blocks_of(rows: StreamedRows, dtype: torch.dtype) -> Blocks:
    """Return rows on disk in the blocks of a pass."""
    return Blocks(cast(torch.Tensor, rows), dtype)


def _block_rows(blocks: Blocks, number: int) -> range:
    """The block rows of a strip."""
    return range(number * BLOCK_ROWS, min((number + 1) * BLOCK_ROWS, blocks.count))


def _counts(units: CrossUnits, n: int) -> tuple[np.ndarray, ...] | None:
    """The carry and the counts by owner of some rows."""
    if not units.most:
        return None
    return np.zeros((n, 2), dtype=np.int32), np.zeros((n, units.cap + 1, units.most + 1), dtype=np.int32)


def _joined(lists: list[NearLists]) -> NearLists | None:
    if not lists:
        return None
    return NearLists(np.concatenate([some.scores for some in lists]), np.concatenate([some.items for some in lists]))


@contextmanager
def _workers() -> Iterator[tuple[ThreadPoolExecutor, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]]]:
    """Threads, and what multiplies two blocks on one of them: the tile is that thread's until it asks for the next."""
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
