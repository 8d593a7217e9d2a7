"""The pool bridge of queries that are relevant to other images' items as well, which a pool may hold or not.

Give each tied item an independent uniform place. The first relevant item t of a pool is then one of those above the
query's best own one or tied with it, and P(hit@k) adds up over t: the image o that owns t is drawn (the own image is
there anyway), no relevant item stands before t, fewer than k irrelevant ones do. With t at place v of its tied block,
an image contributes to the count w of rivals the factor ``w^a·(1 − v + v·w)^b·(1 − v)^R`` (a irrelevant items above
the block, b and R irrelevant and relevant ones in it), or 0 where a relevant item of it stands above the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from mmgap.metrics.first_terms import Block, FirstTerms
from mmgap.metrics.pass_cross import Cross

_CHUNK_ELEMENTS = 1 << 22


@dataclass(frozen=True)
class Side:
    """One direction of a pass: queries and items, the image that owns each of both, the relevant items of each query.

    Those of query q are ``relevant[start[q]:start[q + 1]]``; their products stand in ``matched`` likewise.
    """

    queries: torch.Tensor
    items: torch.Tensor
    own: np.ndarray
    owner: np.ndarray
    start: np.ndarray
    relevant: np.ndarray
    matched: np.ndarray
    tie: float


def side_of(measured: Cross, direction: str) -> Side:
    """What one direction ranks. Raises `ValueError` where nobody can tell the owners."""
    r, every = measured.relevance, np.arange(measured.relevance.n_images)
    x, y, tie = measured.images, measured.texts, measured.tie
    if direction == "i2t":
        return Side(x, y, every, r.known_owner, r.image_start, r.pairs[:, 1], measured.matched, tie)
    return Side(y, x, r.known_owner, every, r.text_start, r.pairs[r.by_text, 0], measured.matched[r.by_text], tie)


def meets_others(side: Side) -> np.ndarray:
    """(queries,) bool: an item of another image is as relevant as the best own one, or there is no own one.

    Scores within a tile differ from the products of pairs by less than a tie, hence the doubled margin: every query
    that is left out has its own items alone at the top of its relevant ones, in either.
    """
    query = np.repeat(np.arange(len(side.own)), np.diff(side.start))
    is_own = side.owner[side.relevant] == side.own[query]
    best = np.full(len(side.own), -np.inf)
    np.maximum.at(best, query[is_own], side.matched[is_own])
    found = best == -np.inf
    found[query[~is_own & (side.matched >= best[query] - 2 * side.tie)]] = True
    return found


def shared_rival_distribution(side: Side, chosen: np.ndarray, k: int, population: int, pool: int) -> np.ndarray:
    """(len(chosen), k) probabilities that 0, 1 … k − 1 irrelevant items stand before the first relevant one.

    What is missing from 1 is the chance of more of them, or of a pool without any relevant item. The rows of scores
    of the ``chosen`` queries are computed again, in float64 and a few at a time.
    """
    terms = FirstTerms(len(chosen), k, population, pool)
    items = side.items.double()
    step = max(1, _CHUNK_ELEMENTS // len(items))
    for start in range(0, len(chosen), step):
        queries = chosen[start : start + step]
        rows = side.queries[torch.from_numpy(queries).to(items.device)].double()
        for place, scores in enumerate((rows @ items.T).cpu().numpy(), start):
            for block in _blocks(side, int(chosen[place]), scores, k):
                terms.add(place, block)
    return terms.total()


def _blocks(side: Side, query: int, scores: np.ndarray, k: int) -> Iterator[Block]:
    """The tied blocks that hold a relevant item, by falling score, down to the first with an own one."""
    relevant = side.relevant[side.start[query] : side.start[query + 1]]
    relevant = relevant[np.argsort(-scores[relevant], kind="stable")]
    falling, own = -scores[relevant], side.owner[relevant] == side.own[query]
    blocks: list[np.ndarray] = []
    end = 0
    while end < len(relevant) and not own[:end].any():
        start, end = end, int(np.searchsorted(falling, falling[end] + side.tie, side="right"))
        blocks.append(np.arange(start, end))
    if not blocks:
        return

    met = scores >= scores[relevant[blocks[-1][0]]] - side.tie
    met[relevant] = False
    rivals = np.flatnonzero(met)
    others = relevant[:end]
    images, local = np.unique(side.owner[np.concatenate([rivals, others])], return_inverse=True)
    of_rival, of_relevant = local[: len(rivals)], local[len(rivals) :]
    gone = np.zeros(len(images), dtype=bool)
    for block in blocks:
        beyond = scores[rivals] - scores[relevant[block[0]]]
        above = np.bincount(of_rival[beyond > side.tie], minlength=len(images))
        tied = np.bincount(of_rival[np.abs(beyond) <= side.tie], minlength=len(images))
        mine = own[block]
        holds = np.bincount(of_relevant[block[~mine]], minlength=len(images))
        out = gone | (above >= k)
        gone |= holds > 0
        yield Block(np.where(out, k, above), np.where(out, 0, tied), np.where(out, 0, holds), int(mine.sum()))
