"""Search in one index of images and texts: what a query of one modality finds of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from mmgap.core.progress import progress_bar
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.retrieval import Direction, check_direction, check_k, checked
from mmgap.metrics.ties import tie_width
from mmgap.metrics.unit_rows import Vectors

_CHUNK_ELEMENTS = 1 << 22


@dataclass(frozen=True, eq=False)
class MixedSearch:
    """What each query found among all items of both modalities but itself; ties count as the expected value over a
    random order of the tied items.

    Attributes:
        share: (Q,) share of the other modality among the first k, in [0, 1].
        first: (Q,) probability that an own item of the other modality comes first of all.
        rank: (Q,) rank of the first own item of the other modality, from 1.
        reciprocal_rank: (Q,) 1/rank.
        ndcg: (Q,) NDCG@k with all own items of both modalities as relevant, in [0, 1].
    """

    share: np.ndarray
    first: np.ndarray
    rank: np.ndarray
    reciprocal_rank: np.ndarray
    ndcg: np.ndarray


def mixed_search(
    x: Vectors,
    y: Vectors,
    *,
    direction: Direction = "t2i",
    k: int = 10,
    relevance: Any = None,
    owner: Any = None,
    extended: tuple[np.ndarray, np.ndarray] | None = None,
    raw: bool = False,
) -> MixedSearch:
    """Return what each query finds in one index of all images and all texts, from which only itself is left out.

    Relevant are the items of the other modality that match the query, and the items of its own that match one of
    these: for a caption its image and that image's other captions. The ideal order of NDCG holds all of them, found or
    not; an ideal of what was found alone is too low, and NDCG too high.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        direction: "t2i", texts are the queries, or "i2t".
        k: how many items are looked at; of a smaller index all.
        relevance, owner: as `mmgap.metrics.expected_recall_at_pool`.
        extended: (queries, gallery) whose dot products are the scores, the gallery being the images and then the
            texts: what a scorer of `mmgap.spaces` makes of them.
        raw: dot products of vectors of any norm.

    Raises:
        ValueError: as `mmgap.metrics.recall_at_k`.

    Source: the mean of a query's gains is over the whole ranking as in Järvelin and Kekäläinen (2002), gains 0 and 1,
    discount 1/log2(rank + 1); the trap of the ideal is one of GR-CLIP's evaluation (https://arxiv.org/abs/2507.19054).

    >>> import numpy as np
    >>> x = np.eye(4)[:2]
    >>> found = mixed_search(x, np.eye(4)[2:], k=1)  # all that is not itself is tied: two images and a text
    >>> found.share.round(2).tolist(), found.rank.tolist()
    ([0.67, 0.67], [2.0, 2.0])
    """
    check_direction(direction)
    images, texts, relation = checked(x, y, relevance, owner, raw)
    if extended is None:
        rows = [side.tensor.cpu().numpy() for side in (images, texts)]
        queries, gallery = rows[direction == "t2i"], np.concatenate(rows)
        tie = tie_width(images.tensor, texts.tensor, raw)
    else:
        queries, gallery = extended
        tie = tie_width(_tensor(queries), _tensor(gallery), raw=True)
    asked = _Asked.of(relation, direction)
    parts = [
        _found(queries[rows] @ gallery.T, asked, rows, check_k(k), tie) for rows in _blocks(len(queries), len(gallery))
    ]
    return MixedSearch(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(MixedSearch)))


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is relevant to the queries of one direction.

    Attributes:
        own: (Q,) place of each query in the gallery.
        other: (N + M,) which items are of the other modality.
        relevant: (Q, N + M) 1 where relevant.
    """

    own: np.ndarray
    other: np.ndarray
    relevant: csr_array

    @classmethod
    def of(cls, relation: Relevance, direction: Direction) -> _Asked:
        n, m = relation.n_images, relation.n_texts
        image, text = relation.pairs.T
        matched = csr_array((np.ones(len(image)), (image, text)), shape=(n, m))
        if direction == "t2i":
            matched = matched.T.tocsr()
        siblings = matched @ matched.T
        both = (matched, siblings) if direction == "t2i" else (siblings, matched)
        a, b = (side.tocoo() for side in both)
        rows, columns = np.concatenate([a.row, b.row]), np.concatenate([a.col, b.col + n])
        own = np.arange(m) + n if direction == "t2i" else np.arange(n)
        kept = columns != own[rows]
        relevant = csr_array((np.ones(kept.sum()), (rows[kept], columns[kept])), shape=(len(own), n + m))
        return cls(own, (np.arange(n + m) < n) == (direction == "t2i"), relevant)


def _found(scores: np.ndarray, asked: _Asked, rows: slice, k: int, tie: float) -> MixedSearch:
    """Of some queries, (q, N + M) scores."""
    q, size = scores.shape
    here = np.arange(q)
    scores[here, asked.own[rows]] = -np.inf
    k = min(k, size - 1)
    last = np.partition(scores, size - k, axis=1)[:, size - k][:, None]
    above, tied = scores > last + tie, np.abs(scores - last) <= tie
    of_tied = (tied & asked.other).sum(axis=1) / tied.sum(axis=1)
    share = ((above & asked.other).sum(axis=1) + (k - above.sum(axis=1)) * of_tied) / k

    relevant = asked.relevant[rows]
    query, item = np.repeat(here, np.diff(relevant.indptr)), relevant.indices
    before, among = _places(scores, query, scores[query, item], tie)
    discounted = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(k) + 2)), np.zeros(size)])
    discounted[k + 1 :] = discounted[k]  # sums of the discounts of the first 0, 1, 2 … places
    gains = (discounted[before + among] - discounted[before]) / among
    ideal = discounted[np.bincount(query, minlength=q)]
    ndcg = np.divide(np.bincount(query, gains, minlength=q), ideal, out=np.full(q, np.nan), where=ideal > 0)

    theirs = asked.other[item]
    best = np.full(q, -np.inf)
    np.maximum.at(best, query[theirs], scores[query[theirs], item[theirs]])
    before, among = _places(scores, here, best, tie)
    matches = np.bincount(query[theirs], scores[query[theirs], item[theirs]] >= best[query[theirs]] - tie, minlength=q)
    first, rank, reciprocal = _first_of(before, among - matches.astype(int), matches.astype(int))
    return MixedSearch(share, first, rank, reciprocal, ndcg)


def _places(scores: np.ndarray, query: np.ndarray, value: np.ndarray, tie: float) -> tuple[np.ndarray, np.ndarray]:
    """How many items stand above a value of a query, and how many are tied with it."""
    above, tied = np.empty(len(query), dtype=np.int64), np.empty(len(query), dtype=np.int64)
    step = max(1, _CHUNK_ELEMENTS // scores.shape[1])
    for start in range(0, len(query), step):
        some = slice(start, start + step)
        row, level = scores[query[some]], value[some, None]
        above[some] = (row > level + tie).sum(axis=1)
        tied[some] = (row >= level - tie).sum(axis=1) - above[some]
    return above, tied


def _first_of(above: np.ndarray, rivals: np.ndarray, matches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chance to be first of all, expected rank and expected 1/rank of the first match among tied rivals."""
    first = np.where(above == 0, matches / (rivals + matches), 0.0)
    rank = above + 1 + rivals / (matches + 1)
    left, reciprocal = np.ones(len(above)), np.zeros(len(above))  # left: no match among the tied items before
    for j in range(int(rivals.max(initial=0)) + 1):
        open_ = j <= rivals
        hit = np.divide(matches, rivals + matches - j, out=np.zeros(len(above)), where=open_)
        reciprocal += np.where(open_, left * hit / (above + 1 + j), 0)
        left *= 1 - hit
    return first, rank, reciprocal


def _blocks(queries: int, items: int) -> Iterator[slice]:
    step = max(1, _CHUNK_ELEMENTS // items)
    for start in progress_bar(range(0, queries, step), desc="one index"):
        yield slice(start, start + step)


def _tensor(rows: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(rows))
