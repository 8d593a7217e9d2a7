"""Streamed passes, from the first strip or the one after a kill to the last; what was counted of items is in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from mmgap.core.defaults import HUBS_AT, RECALLS_AT
from mmgap.core.scratch_array import spans
from mmgap.evaluation.streaming.cross_strips import Columns, CrossPass, CrossStrip
from mmgap.evaluation.streaming.file_relation import most_texts
from mmgap.evaluation.streaming.item_store import ItemStore
from mmgap.evaluation.streaming.matched_scores import write_matched_scores
from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.streaming_state import Checkpoint
from mmgap.evaluation.streaming.strips import Tick
from mmgap.evaluation.streaming.tile_units import CrossUnits, ItemSums, Limits, NearLists, PassSums
from mmgap.evaluation.streaming.within_strips import WithinPass
from mmgap.metrics.pass_cross import Ranks
from mmgap.metrics.pools import owned_rival_distribution
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.softmax_terms import per_query
from mmgap.metrics.ties import TIE

#: Items of a list of nearest ones beyond the k places: they tell ties.
SPARE = 6
#: Queries whose limits are found at a time.
_QUERIES = 1 << 16
#: Block columns after which memory is given back.
RELEASED = 32


class Runner(Protocol):
    """Who computes the strips of a pass: this process, or many."""

    def cross(self, of: CrossPass, numbers: range, tick: Tick, bars: Any) -> Iterator[CrossStrip]:
        """Yield the strips of these numbers in order."""

    def within(self, of: WithinPass, numbers: range, tick: Tick) -> Iterator[PassSums]:
        """Yield the sums of the strips of these numbers in order."""


class ThisProcess:
    """Computes one strip after the other."""

    def cross(self, of: CrossPass, numbers: range, tick: Tick, bars: Any) -> Iterator[CrossStrip]:
        """Yield the strips of these numbers, each to be read before the next."""
        return (of.strip(number, tick, bars(number)) for number in numbers)

    def within(self, of: WithinPass, numbers: range, tick: Tick) -> Iterator[PassSums]:
        """Yield the sums of the strips of these numbers."""
        return (of.strip(number, tick) for number in numbers)


@dataclass(frozen=True)
class SideCounts:
    """What a pass found of the queries of one side.

    Attributes:
        sums: rivals and exponentials of each.
        positives: (queries,) int32 positives tied with the best one.
        near: the nearest items of each; None where nobody asked.
    """

    sums: ItemSums
    positives: np.ndarray
    near: NearLists | None

    def ranks(self, some: slice) -> Ranks:
        """Return the ranks of some queries."""
        above, least = self.sums.above[some].astype(np.int64), self.sums.least[some].astype(np.int64)
        return Ranks(above, least - above, self.positives[some].astype(np.int64))


@dataclass(frozen=True)
class StreamedCross:
    """What a pass over images × texts found, in files.

    Attributes:
        relation: what counted as right.
        sums: over all unmatched pairs.
        images, texts: of the queries of each side.
        pooled: (N, 3) probability of a hit of each image at each of `RECALLS_AT` in pools, where images own several
            texts; None where that follows from the ranks, or nobody asked.
        release: gives back the memory of all of its arrays.
    """

    relation: Relevance
    sums: PassSums
    images: SideCounts
    texts: SideCounts
    pooled: np.ndarray | None
    release: Callable[[], None]


@dataclass(frozen=True)
class Asked:
    """What a pass is asked for beside ranks.

    Attributes:
        scale: of the exponentials; 0 for none.
        nearest: whether lists of nearest items are kept.
        pool: images of the pools; 0 where no pool can be drawn, or rivals by owner are not needed.
    """

    scale: float
    nearest: bool
    pool: int


def run_cross(
    name: str,
    images: StreamedRows,
    texts: StreamedRows,
    relation: Relevance,
    centre: float,
    asked: Asked,
    dtype: torch.dtype,
    at: Checkpoint,
    runner: Runner,
    tick: Tick,
) -> StreamedCross:
    """Run a pass to its end.

    Args:
        name: of its state and its arrays; another one for another dtype.
        images, texts: (N, d) and (M, d).
        relation: in which images that own several texts have them side by side.
        centre: mean unmatched cosine.
        asked: what else.
        dtype: of the products.
        at: where it goes on, and says how far it is.
        runner: who computes the strips.
        tick: is called for each tile.
    """
    store = at.store
    limits, positives = _limits(name, images, texts, relation, dtype, store)
    most = most_texts(relation, store) if asked.pool else 0
    units = CrossUnits(
        relation,
        centre,
        asked.scale,
        limits,
        most=most if most > 1 else 0,
        cap=min(most, max(RECALLS_AT)),
        depth=HUBS_AT + SPARE if asked.nearest else 0,
    )
    whole = CrossPass(images, texts, units, dtype)
    rows = _Items.of(store, f"{name}-images", len(images), units.depth, dtype)
    columns = [_Items.of(store, f"{name}-texts-{version}", len(texts), units.depth, dtype) for version in (0, 1)]
    pooled = store.array(f"{name}-pooled", (len(images), len(RECALLS_AT)), np.float64) if units.most else None
    start, sums = at.done(name)

    def bars(number: int) -> Callable[[range], np.ndarray | None]:
        return columns[number % 2].bars if number else lambda _: None

    for number, strip in enumerate(runner.cross(whole, range(start, whole.strips), tick, bars), start):
        before, after = columns[number % 2], columns[1 - number % 2]
        for place, (texts_here, found) in enumerate(strip.columns()):
            so_far = found
            if number:
                so_far = before.columns(texts_here)
                so_far.add(found)
            after.put(texts_here, so_far.texts, so_far.near)
            if place % RELEASED == 0:
                store.release()
        done = strip.finish()
        rows.put(done.rows, done.images, done.near)
        if pooled is not None and done.joint is not None:
            pooled[done.rows.start : done.rows.stop] = _in_pools(done, positives[0], relation.n_images, asked.pool)
        sums.add(done.sums)
        at.commit(name, number + 1, sums)
    last = columns[whole.strips % 2]
    return StreamedCross(
        relation,
        sums,
        SideCounts(rows.sums, positives[0], rows.near),
        SideCounts(last.sums, positives[1], last.near),
        pooled,
        store.release,
    )


def run_within(
    name: str, rows: StreamedRows, t: float, dtype: torch.dtype, at: Checkpoint, runner: Runner, tick: Tick
) -> tuple[WithinPass, PassSums]:
    """Run a pass over the pairs of one modality to its end; arguments as `run_cross`."""
    whole = WithinPass.of(rows, t, dtype)
    start, sums = at.done(name)
    for number, found in enumerate(runner.within(whole, range(start, whole.strips), tick), start):
        sums.add(found)
        at.commit(name, number + 1, sums)
    return whole, sums


@dataclass(frozen=True)
class _Items:
    """Arrays in files, with an entry for each item of a side."""

    sums: ItemSums
    near: NearLists | None

    @classmethod
    def of(cls, store: ItemStore, name: str, n: int, depth: int, dtype: torch.dtype) -> _Items:
        sums = ItemSums(*(store.array(f"{name}-{field}", (n,), kind) for field, kind in ItemSums.FIELDS))
        if not depth:
            return cls(sums, None)
        kind = np.float64 if dtype == torch.float64 else np.float32
        lists = store.array(f"{name}-near", (n, depth), kind), store.array(f"{name}-items", (n, depth), np.int32)
        return cls(sums, NearLists(*lists))

    def bars(self, items: range) -> np.ndarray | None:
        """The last score in the list of some items."""
        return None if self.near is None else self.near.scores[items.start : items.stop, -1].copy()

    def columns(self, items: range) -> Columns:
        """A copy of what is known of some items."""
        some = slice(items.start, items.stop)
        near = None
        if self.near is not None:
            near = NearLists(self.near.scores[some].copy(), self.near.items[some].copy())
        return Columns(ItemSums(*(values[some].copy() for values in self.sums)), near)

    def put(self, items: range, sums: ItemSums, near: NearLists | None) -> None:
        some = slice(items.start, items.stop)
        for mine, theirs in zip(self.sums, sums, strict=True):
            mine[some] = theirs
        if self.near is not None and near is not None:
            self.near.scores[some], self.near.items[some] = near.scores, near.items


def _limits(
    name: str, images: StreamedRows, texts: StreamedRows, relation: Relevance, dtype: torch.dtype, store: ItemStore
) -> tuple[Limits, tuple[np.ndarray, np.ndarray]]:
    """From which score on a rival is above, or tied with, the best positive of each query; and the positives tied."""
    scores = store.array(f"{name}-scores", (len(relation.pairs),), np.float64)
    write_matched_scores(images, texts, relation, dtype, scores, store.release)
    over, tie, positives = _side_limits(f"{name}-images", scores, relation.image_start, None, dtype, store)
    sides = over, tie, *_side_limits(f"{name}-texts", scores, relation.text_start, relation.by_text, dtype, store)
    return sides[:4], (positives, sides[4])


def _side_limits(
    name: str, scores: np.ndarray, start: np.ndarray, order: np.ndarray | None, dtype: torch.dtype, store: ItemStore
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From which score on a rival is above, and tied, and how many positives are, for each query of one side.

    Its scores stand from ``start[q]`` up to ``start[q + 1]``, in an order or as they are.
    """
    n, kind = len(start) - 1, np.float64 if dtype == torch.float64 else np.float32
    over, tie = store.array(f"{name}-over", (n,), kind), store.array(f"{name}-tie", (n,), kind)
    positives = store.array(f"{name}-positives", (n,), np.int32)
    for some in spans(n, _QUERIES):
        cut = np.array(start[some.start : some.stop + 1])
        pairs: Any = slice(cut[0], cut[-1]) if order is None else order[cut[0] : cut[-1]]
        found, cut = scores[pairs], cut - cut[0]
        best = per_query(np.maximum, found, cut, np.inf)
        over[some], tie[some] = best + TIE, best - TIE
        query = np.repeat(np.arange(len(best)), np.diff(cut))
        positives[some] = np.bincount(query[found >= best[query] - TIE], minlength=len(best))
        store.release()
    return over, tie, positives


def _in_pools(done: Any, positives: np.ndarray, population: int, pool: int) -> np.ndarray:
    """(images of a strip, 3) probabilities of a hit in pools."""
    most = done.joint.shape[2] - 1
    deepest = min(max(RECALLS_AT), pool * most)
    here = positives[done.rows.start : done.rows.stop].astype(np.int64)
    found = owned_rival_distribution(done.joint, here, deepest, population, pool)
    return np.stack([np.clip(found[:, :k].sum(axis=1), 0.0, 1.0) for k in RECALLS_AT], axis=1)
