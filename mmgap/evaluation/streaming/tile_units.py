"""One tile of X·Yᵀ, or of X·Xᵀ, as a problem of its own, given to the reducers of a pass: small answers that add up.

The tiles are those of a pass in memory, cut, padded and multiplied in the same way, so that every score is the same to
the bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch

from mmgap.metrics import _nearest_kernels
from mmgap.metrics._problem import CrossProblem, OwnerProblem, Sums, WithinProblem
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.tiles import BINS, reducers_for

_NONE = np.zeros(0, dtype=np.int64)

#: From which score on a rival of each image is above its best positive, or tied with it; and of each text.
Limits: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass
class PassSums:
    """Over all pairs so far: Σ(s − centre), Σ(s − centre)², Σ|s|, the kernel sum, and the histogram.

    What `add` puts together is the same in whatever groups it is added, as long as the order of the groups is.
    """

    total: float = 0.0
    square: float = 0.0
    absolute: float = 0.0
    kernel: float = 0.0
    counts: np.ndarray = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))

    def add(self, other: PassSums | Sums, kernel: float = 0.0) -> None:
        """Take in the sums of other pairs."""
        self.total += other.total
        self.square += other.square
        self.absolute += other.absolute
        self.kernel += kernel + (other.kernel if isinstance(other, PassSums) else 0.0)
        self.counts += other.counts


@dataclass
class ItemSums:
    """What was counted and added up for some queries.

    Attributes:
        above, least: int32, unmatched items over the best positive, and those over it or tied with it.
        exponentials, drift: Σ e^{scale·s} and Σ s·e^{scale·s} of unmatched items.
    """

    above: np.ndarray
    least: np.ndarray
    exponentials: np.ndarray
    drift: np.ndarray

    FIELDS = (("above", np.int32), ("least", np.int32), ("exponentials", np.float64), ("drift", np.float64))

    @classmethod
    def zeros(cls, n: int) -> ItemSums:
        return cls(*(np.zeros(n, dtype) for _, dtype in cls.FIELDS))

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.above, self.least, self.exponentials, self.drift))

    def add(self, other: ItemSums) -> None:
        """Take in what other tiles gave for the same queries."""
        for mine, theirs in zip(self, other, strict=True):
            mine += theirs


@dataclass
class NearLists:
    """The highest scores of some queries, falling, and their items; −∞ where there are fewer."""

    scores: np.ndarray
    items: np.ndarray

    @classmethod
    def empty(cls, n: int, depth: int, dtype: torch.dtype) -> NearLists:
        kind = np.float64 if dtype == torch.float64 else np.float32
        return cls(np.full((n, depth), -np.inf, dtype=kind), np.zeros((n, depth), dtype=np.int32))

    def merge(self, other: NearLists) -> None:
        """Take in the lists of the same queries over other items."""
        _nearest_kernels.merge_lists(self.scores, self.items, other.scores, other.items)


@dataclass(frozen=True)
class CrossUnits:
    """What the tiles of X·Yᵀ are asked; arrays have an entry for each item, (N,) or (M,) by their names.

    Attributes:
        relation: which pairs are matched.
        centre: mean unmatched cosine, around which sums are taken.
        scale: of the exponentials; 0 leaves them out.
        limits: ``image_over``, ``image_tie``, ``text_over`` and ``text_tie`` of `mmgap.metrics._problem.CrossProblem`.
        most, cap: of `OwnerProblem`, where rivals are counted by owner; 0 where not.
        depth: length of the lists of nearest items; 0 leaves them out.
    """

    relation: Relevance
    centre: float
    scale: float
    limits: Limits
    most: int
    cap: int
    depth: int

    def tile(
        self,
        rows: range,
        columns: range,
        tile: torch.Tensor,
        *,
        owned: tuple[np.ndarray, ...] | None = None,
        bars: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> CrossPart:
        """Return what one tile gives.

        Args:
            rows, columns: of the images and the texts that it holds.
            tile: their products, padded; it may be overwritten.
            owned: the carry and the counts by owner of these rows, which go on from tile to tile, left to right.
            bars: a score of each row, and of each column, that nearest items must beat.
        """
        across, down = slice(columns.start, columns.stop), slice(rows.start, rows.stop)
        over, tie, text_over, text_tie = self.limits
        reducers, owners = reducers_for(tile), self._owned(columns) if owned else None
        problem = CrossProblem(
            self._relation(rows, columns), self.centre, BINS, self.scale,
            over[down], tie[down], text_over[across], text_tie[across], owners, (),
        )  # fmt: skip
        state = reducers.cross_sums(problem, tile.shape[1], tile.device)
        if owned:
            state.by_owner = owned
        here = range(len(rows)), range(len(columns))
        near = self._near(rows, columns, tile, bars) if self.depth else None
        state.add(*here, tile)
        sums, counted = state.finish()
        return CrossPart(sums, _items(counted, "image"), _items(counted, "text"), near)

    def _relation(self, rows: range, columns: range) -> Relevance:
        """The matched pairs of a tile, counted from its corner."""
        start = self.relation.image_start[rows.start : rows.stop + 1]
        pairs = np.asarray(self.relation.pairs[start[0] : start[-1]])
        pairs = pairs[(pairs[:, 1] >= columns.start) & (pairs[:, 1] < columns.stop)] - [rows.start, columns.start]
        begin = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=len(rows)))])
        return Relevance(len(rows), len(columns), pairs, begin, _NONE, _NONE, None)

    def _owned(self, columns: range) -> OwnerProblem:
        """With the owner behind the last column, which tells whether its texts go on in the next tile."""
        owner = self.relation.known_owner[columns.start : columns.stop + 1]
        return OwnerProblem(np.ascontiguousarray(owner), self.most, self.cap)

    def _near(
        self, rows: range, columns: range, tile: torch.Tensor, bars: tuple[np.ndarray, np.ndarray] | None
    ) -> tuple[NearLists, NearLists]:
        sides = tile[: len(rows)], tile[:, : len(columns)].T
        lists = reducers_for(tile).nearest_lists(*sides, self.depth, tile.dtype)
        for scores, bar in zip(lists.scores, bars or (), strict=False):
            scores[:] = bar[:, None]
        if bars:
            lists.bar[:] = bars[1]
        lists.add(range(len(rows)), range(len(columns)), tile)
        (of_rows, texts), (of_columns, images) = lists.finish()
        shifts = np.int32(columns.start), np.int32(rows.start)
        return NearLists(of_rows, texts + shifts[0]), NearLists(of_columns, images + shifts[1])


@dataclass
class CrossPart:
    """What one tile, or some tiles side by side, gave: for all pairs, for their images, for their texts."""

    sums: Sums
    images: ItemSums
    texts: ItemSums
    near: tuple[NearLists, NearLists] | None


def within_tile(
    here: torch.Tensor, there: torch.Tensor | None, centre: float, t: float, tile: torch.Tensor
) -> tuple[Sums, float]:
    """Return the sums over the pairs i < j of a tile of X·Xᵀ, and the kernel's over both ends of them.

    Args:
        here: exp(−t‖x_i‖²) of its rows.
        there: of its columns, which stand behind the rows; None where they are the rows themselves.
        centre, t: as `mmgap.metrics._problem.WithinProblem`.
        tile: their products, padded.
    """
    n, weights = len(here), here if there is None else torch.cat([here, there])
    state = reducers_for(tile).within_sums(WithinProblem(weights, centre, t, BINS, None), tile.shape[1])
    state.add(range(n), range(n) if there is None else range(n, len(weights)), tile)
    sums, kernel, _ = state.finish()
    return sums, float(kernel.sum())


def _items(counted: dict[str, np.ndarray], side: str) -> ItemSums:
    above = counted[f"{side}_above"]
    least = above + counted[f"{side}_tied"]
    return ItemSums(
        above.astype(np.int32),
        least.astype(np.int32),
        counted[f"{side}_exponentials"],
        counted[f"{side}_drift"],
    )
