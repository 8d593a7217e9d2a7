"""The nearest items of every query, and how k places are shared among them where scores are tied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch

from mmgap.metrics.tiles import Blocks, dealt, product_dtype, reducers_for, sweep, workers_for

#: Items kept of a query for each of its k places: they tell ties, and who is nearest among half of the items.
LISTED = 3
#: Lists that would be longer are not kept: such a query's places are shared and its items forgotten.
LONGEST = 256

_CHUNK_ELEMENTS = 1 << 22


@dataclass(frozen=True)
class Nearest:
    """Of each query the items of the highest scores, falling: two arrays (queries, `LISTED`·k or all items)."""

    scores: np.ndarray
    items: np.ndarray

    def of(self, queries: np.ndarray) -> Nearest:
        """Return the lists of some queries: their places."""
        return Nearest(self.scores[queries], self.items[queries])


@dataclass(frozen=True)
class Places:
    """Who holds the first ``k`` places of the queries.

    Attributes:
        k, tie: places of each query; scores no further than ``tie`` from the k-th share what is left of them equally.
        start: (queries + 1,) the list of query q is ``start[q]:start[q + 1]`` of ``scores``, ``items`` and ``shares``.
        scores: falling in each list.
        items: int64.
        shares: of the k places, float64 in [0, 1]; 0 for those that stand by.
        rest: (items,) float64 places given by the queries whose lists were not kept, for more than `LONGEST` ties.
    """

    k: int
    tie: float
    start: np.ndarray
    scores: np.ndarray
    items: np.ndarray
    shares: np.ndarray
    rest: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """(items,) N_k: the number of queries whose k nearest hold an item."""
        return self.rest + np.bincount(self.items, weights=self.shares, minlength=len(self.rest))


def nearest_both(x: torch.Tensor, y: torch.Tensor, k: int, reducers: ModuleType | None = None) -> tuple[Nearest, ...]:
    """Return the `Nearest` rows of y for each row of x, and the other way round, from one pass over X·Yᵀ."""
    dtype, reducers = product_dtype(x, y), reducers or reducers_for(x)
    rows, columns = Blocks(x, dtype), Blocks(y, dtype)
    order = [(i, j) for i in range(rows.count) for j in range(columns.count)]
    shares = dealt(order, workers_for(rows, columns, reducers))
    lists = [reducers.nearest_lists(x, y, LISTED * k, dtype) for _ in shares]
    sweep(rows, columns, shares, [each.add for each in lists], "nearest")
    return merged(lists)


def merged(lists: list[Any]) -> tuple[Nearest, ...]:
    """Return what the accumulators of several threads found together, for rows and for columns."""
    for other in lists[1:]:
        lists[0].merge(other)
    return tuple(Nearest(*side) for side in lists[0].finish())


def places(queries: torch.Tensor, gallery: torch.Tensor, nearest: Nearest, k: int, tie: float) -> Places:
    """Share the first k places of each query; where ties go beyond its list, its row is read again.

    Args:
        queries, gallery: (Q, d) and (n, d) rows on one device.
        nearest: what a pass found of them.
        k: places, no more than n.
        tie: width of a tie.
    """
    n, depth = len(gallery), nearest.scores.shape[1]
    crowded = (nearest.scores[:, -1] >= nearest.scores[:, k - 1] - tie) & (depth < n)
    rest, lengths = np.zeros(n), np.where(crowded, 0, depth)
    plain = nearest.of(np.flatnonzero(~crowded))
    parts = [(np.flatnonzero(~crowded), plain)]
    for some, rows in _rows_of(queries, gallery, np.flatnonzero(crowded)):
        limit = torch.topk(rows, k, dim=1).values[:, -1:]
        above, least = rows > limit + tie, rows >= limit - tie
        places_above, reach = above.sum(dim=1), least.sum(dim=1)
        long = reach > LONGEST
        share = (k - places_above).double() / (reach - places_above)
        given = torch.where(above, 1.0, least * share[:, None])
        rest += given[long].sum(dim=0).cpu().numpy()
        kept = torch.topk(rows[~long], min(n, int(reach[~long].max()) + 2 * k), dim=1) if (~long).any() else None
        if kept is not None:
            there = some[(~long).cpu().numpy()]
            lengths[there] = kept.values.shape[1]
            parts.append((there, Nearest(kept.values.cpu().numpy(), kept.indices.cpu().numpy())))
    start = np.concatenate([[0], np.cumsum(lengths)])
    scores, items = np.empty(start[-1]), np.empty(start[-1], dtype=np.int64)
    for some, found in parts:
        there = start[some][:, None] + np.arange(found.scores.shape[1])
        scores[there], items[there] = found.scores, found.items
    return Places(k, tie, start, scores, items, place_shares(start, scores, k, tie), rest)


def place_shares(start: np.ndarray, scores: np.ndarray, k: int, tie: float) -> np.ndarray:
    """Share k places among the items of each falling list, ``start[q]:start[q + 1]``, that is not empty.

    One each above the k-th score, what is left to those tied with it.

    >>> place_shares(np.array([0, 4]), np.array([0.9, 0.5, 0.5, 0.1]), 2, 1e-6).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    lengths = np.diff(start)
    query = np.repeat(np.arange(len(lengths)), lengths)
    last = np.where(lengths, start[:-1] + k - 1, 0)
    limit = scores[last][query] if len(scores) else scores
    above, least = scores > limit + tie, scores >= limit - tie
    places_above, reach = (np.bincount(query[flag], minlength=len(lengths)) for flag in (above, least))
    share = (k - places_above) / np.maximum(reach - places_above, 1)
    return np.where(above, 1.0, least * share[query])


def _rows_of(
    queries: torch.Tensor, gallery: torch.Tensor, chosen: np.ndarray
) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
    """Some queries at a time with their scores of all items."""
    dtype = torch.promote_types(product_dtype(queries, gallery), torch.promote_types(queries.dtype, gallery.dtype))
    step = max(1, _CHUNK_ELEMENTS // len(gallery))
    for begin in range(0, len(chosen), step):
        some = chosen[begin : begin + step]
        yield some, queries[torch.from_numpy(some).to(queries.device)].to(dtype) @ gallery.to(dtype).T
