"""One ranking by every definition of recall at once: any hit, share of the relevant found, R-precision, mAP@R."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from mmgap.core.defaults import RECALLS_AT
from mmgap.core.number_runs import number_runs
from mmgap.core.progress import progress_bar
from mmgap.metrics.judged_retrieval import judged_query
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.retrieval import Direction, check_direction, hits
from mmgap.metrics.tiles import product_dtype

_CHUNK_ELEMENTS = 1 << 22


@dataclass(frozen=True)
class DefinedRecalls:
    """What each query of one direction gives by each definition, as its expectation over all orders of tied items.

    Attributes:
        hits: k → (queries,) probability that a relevant item is among the first k.
        shares: k → (queries,) share of the relevant items among the first k, at most k/R.
        r_precision: (queries,) share of the first R that is relevant, R being the query's number of relevant items.
        ap_at_r: (queries,) mean over the first R places of the precision up to each that is relevant, 0 elsewhere.
    """

    hits: dict[int, np.ndarray]
    shares: dict[int, np.ndarray]
    r_precision: np.ndarray
    ap_at_r: np.ndarray


def defined_recalls(crossed: Cross, direction: Direction, ks: tuple[int, ...] = RECALLS_AT) -> DefinedRecalls:
    """Return one direction of a pass by every definition.

    A query with a single relevant item gives the same by all of them: R-precision and mAP@R are its hit at 1. The
    others are ranked again; those in whose first places relevant and other items tie, one by one
    (`mmgap.metrics.judged_retrieval.judged_query`).

    Args:
        crossed: a pass over unit rows, see `mmgap.metrics.pass_cross.cross`.
        direction: ``"i2t"`` or ``"t2i"``.
        ks: ranks up to which an item counts, each at least 1.

    Raises:
        ValueError: another direction.

    >>> from mmgap.metrics.pass_cross import cross
    >>> from mmgap.metrics.relevance import relevance_of
    >>> x, y = torch.eye(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64)[[0, 0, 1, 1]]
    >>> found = defined_recalls(cross(x, y, relevance_of(None, 2, 4, [0, 0, 1, 1])), "i2t")
    >>> found.hits[1].tolist(), found.shares[1].tolist(), found.r_precision.tolist()
    ([1.0, 1.0], [0.5, 0.5], [1.0, 1.0])
    """
    check_direction(direction)
    relation = crossed.relevance
    if direction == "i2t":
        queries, items, ranks = crossed.images, crossed.texts, crossed.i2t
        start, relevant = relation.image_start, relation.pairs[:, 1]
    else:
        queries, items, ranks = crossed.texts, crossed.images, crossed.t2i
        start, relevant = relation.text_start, relation.pairs[relation.by_text, 0]
    any_hit = {k: hits(ranks, k) for k in ks}
    first = any_hit.get(1, hits(ranks, 1))
    found = DefinedRecalls(any_hit, {k: values.copy() for k, values in any_hit.items()}, first.copy(), first.copy())
    several = np.flatnonzero(np.diff(start) > 1)
    for chosen, scores in _rows_of_scores(queries, items, several):
        mask = np.zeros(scores.shape, dtype=bool)
        counts = np.diff(start)[chosen]
        mask[np.repeat(np.arange(len(chosen)), counts), relevant[number_runs(start[chosen], counts)]] = True
        _fill(found, chosen, scores, mask, counts)
        for row in _tied(scores, mask, _depth(ks, counts, mask.shape[1]), crossed.tie):
            exact = (items.double() @ queries[int(chosen[row])].double()).cpu().numpy()
            one = judged_query(exact, mask[row], ks)
            for k in ks:
                found.shares[k][chosen[row]] = one.shares[k]
            found.r_precision[chosen[row]], found.ap_at_r[chosen[row]] = one.r_precision, one.ap_at_r
    return found


def _rows_of_scores(
    queries: torch.Tensor, items: torch.Tensor, chosen: np.ndarray
) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
    """Some queries and their scores with all items, a few at a time."""
    dtype = product_dtype(queries, items)
    columns = items.to(dtype).T
    step = max(1, _CHUNK_ELEMENTS // len(items))
    for begin in progress_bar(range(0, len(chosen), step), desc="definitions"):
        rows = chosen[begin : begin + step]
        yield rows, queries[torch.from_numpy(rows).to(queries.device)].to(dtype) @ columns


def _depth(ks: tuple[int, ...], counts: np.ndarray, items: int) -> int:
    """Places that any definition looks at."""
    return int(min(max(*ks, int(counts.max())), items))


def _fill(
    found: DefinedRecalls, chosen: np.ndarray, scores: torch.Tensor, mask: np.ndarray, counts: np.ndarray
) -> None:
    """Write what the chosen queries give where nothing ties."""
    depth = _depth(tuple(found.hits), counts, mask.shape[1])
    order = torch.topk(scores, depth, dim=1).indices.cpu().numpy()
    inside = np.take_along_axis(mask, order, axis=1)
    so_far = inside.cumsum(axis=1)
    for k in found.hits:
        found.shares[k][chosen] = so_far[:, min(k, depth) - 1] / counts
    found.r_precision[chosen] = so_far[np.arange(len(chosen)), counts - 1] / counts
    places = np.arange(1, depth + 1)
    within = places <= counts[:, None]
    found.ap_at_r[chosen] = (inside * within * so_far / places).sum(axis=1) / counts


def _tied(scores: torch.Tensor, mask: np.ndarray, depth: int, tie: float) -> np.ndarray:
    """Queries whose answer hangs on the order of tied items: in their first places, or across the last of them.

    Scores of a tile differ from exact ones by less than a tie, hence the doubled margin.
    """
    best = torch.topk(scores, min(depth + 1, mask.shape[1]), dim=1)
    inside = np.take_along_axis(mask, best.indices.cpu().numpy(), axis=1)
    near = (-np.diff(best.values.double().cpu().numpy(), axis=1)) <= 2 * tie
    mixed = near & (inside[:, 1:] != inside[:, :-1])
    if near.shape[1] >= depth:
        mixed[:, depth - 1] |= near[:, depth - 1]
    return np.flatnonzero(mixed.any(axis=1))
