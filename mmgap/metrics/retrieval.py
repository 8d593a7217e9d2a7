"""Retrieval both ways: R@k under ties and several positives, in the full set and in pools of another size."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from mmgap.core.defaults import POOL
from mmgap.core.messages import Message
from mmgap.metrics.pass_cross import Cross, Ranks, cross
from mmgap.metrics.pools import owned_rival_distribution, rival_distribution
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.shared_pools import meets_others, shared_rival_distribution, side_of
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows, same_width

Direction: TypeAlias = Literal["t2i", "i2t"]
DIRECTIONS: tuple[Direction, ...] = ("i2t", "t2i")


def recall_at_k(
    x: Vectors, y: Vectors, k: int = 1, *, direction: Direction = "t2i", relevance: Any = None, raw: bool = False
) -> float:
    """Share of queries with a relevant item among their first k, in [0, 1]; 1 at k = N, k/N by chance.

    Ties count as the expected value over a random order of the tied items (scores within 4·eps(float32) of each
    other, for every dtype), so that a collapsed space scores k/N. Of several relevant items any will do; they are no
    rivals of one another.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        k: at least 1; more than there are items counts as all of them.
        direction: ``"t2i"``, captions are the queries (what the thesis prints), or ``"i2t"``.
        relevance: None (row i belongs to row i), (P, 2) index pairs (image, text), or a tuple of labels
            ``(image_groups, text_groups)``. Every image and every text needs a partner. Own pairs alone make equal
            captions rivals of each other: where g images share theirs, an image query finds its own one first in at
            most 1/g of the orders.
        raw: rank dot products of vectors of any norm.

    Raises:
        ValueError: as `mmgap.metrics.unit_rows.unit_rows`, a query without a relevant item, k < 1.

    Siblings: `expected_recall_at_pool` (what R@k would be in a smaller set), `mmgap.metrics.resampled_recall` (with
    its spread).

    >>> import numpy as np
    >>> recall_at_k(np.eye(4), np.eye(4)[[0, 1, 3, 2]], k=1)
    0.5
    """
    measured = _ranked(x, y, relevance, None, raw)
    return float(hits(_side(measured, direction), check_k(k)).mean())


def expected_recall_at_pool(
    x: Vectors,
    y: Vectors,
    k: int = 1,
    *,
    pool: int = POOL,
    direction: Direction = "t2i",
    relevance: Any = None,
    owner: Any = None,
    raw: bool = False,
) -> float:
    """The exact expectation of R@k in random pools of ``pool`` images with all their captions, from one full ranking.

    A pool is the query's own image and a random draw of n − 1 of the other N − 1. With one relevant image and r ranked
    above it, ``P(hit@k in a pool of n) = P(Hypergeom(N − 1, r, n − 1) ≤ k − 1)``; see `mmgap.metrics.pools` for ties
    and several captions an image, `mmgap.metrics.shared_pools` for items of other images that are relevant as well,
    which a pool may lack. ``pool = N`` gives `recall_at_k`.

    Args:
        x, y, k, direction, relevance, raw: as `recall_at_k`.
        pool: number of images n, 1 ≤ n ≤ N.
        owner: (M,) the image that each text came with; alone, without ``relevance``, it is the relevance. Read from
            ``relevance`` where that tells: a text with one relevant image is that image's; else row j where N = M, or
            row j // c where M = c·N.

    Raises:
        ValueError: as `recall_at_k`; N < pool; ``owner`` cannot be told and the pool is not the full set.

    >>> import numpy as np
    >>> round(expected_recall_at_pool(np.ones((9, 1)), np.ones((9, 1)), pool=3), 12)  # collapsed: chance, 1/3
    0.333333333333
    """
    measured = _ranked(x, y, relevance, owner, raw, deepest=check_k(k) if direction == "i2t" else 0)
    return float(pool_hits(measured, direction, pool, (k,))[k].mean())


def hits(ranks: Ranks, k: int) -> np.ndarray:
    """(queries,) probability that a relevant item is among the first k, over all orders of the tied items.

    q = k − r places fall to the t rivals and p positives that are tied: ``1 − C(t, q)/C(t + p, q)``; 0 where p = 0.
    """
    t, p = ranks.tied.astype(float), ranks.positives
    q = np.clip(k - ranks.above, 0, ranks.tied + p)
    single = q / (t + 1)
    missed = np.ones(len(t))
    for j in range(1, int(p.max(initial=0)) + 1):
        missed *= np.where(j <= p, np.clip(t - q + j, 0, None) / (t + j), 1.0)
    return np.where(p == 1, single, 1 - missed)


def pool_hits(measured: Cross, direction: Direction, pool: int, ks: tuple[int, ...]) -> dict[int, np.ndarray]:
    """For each k, (queries,) probability of a hit in a pool of ``pool`` images.

    Raises:
        ValueError: N < pool, or nobody can tell which image owns which text.
    """
    relation, ranks = measured.relevance, _side(measured, direction)
    check_pool(pool, relation.n_images)
    if pool == relation.n_images:
        return {k: hits(ranks, k) for k in ks}
    side = side_of(measured, direction)
    single = direction == "t2i" or relation.one_text_each
    deepest = min(max(ks), pool * (1 if single else int(np.bincount(relation.known_owner).max())))
    asked = deepest, relation.n_images, pool
    met = meets_others(side)
    others, alone = np.flatnonzero(met), np.flatnonzero(~met)
    distribution = np.zeros((len(met), deepest))
    if len(others):
        distribution[others] = shared_rival_distribution(side, others, *asked)
    if len(alone) and single:
        distribution[alone] = rival_distribution(ranks.of(alone), *asked)
    elif len(alone):
        assert measured.rivals_by_owner is not None  # asked for by every caller through `deepest`
        distribution[alone] = owned_rival_distribution(measured.rivals_by_owner[alone], ranks.positives[alone], *asked)
    return {k: np.clip(distribution[:, :k].sum(axis=1), 0.0, 1.0) for k in ks}


def checked(x: Vectors, y: Vectors, relevance: Any, owner: Any, raw: bool) -> tuple[Rows, Rows, Relevance]:
    """Return both sets, of unit norm unless ``raw``, and their relation. Raises `ValueError` where they do not fit."""
    images, texts = any_rows(x, "images", raw=raw), any_rows(y, "texts", raw=raw)
    same_width(images, texts)
    return images, texts, relevance_of(relevance, len(images), len(texts), owner)


def _ranked(x: Vectors, y: Vectors, relevance: Any, owner: Any, raw: bool, deepest: int = 0) -> Cross:
    images, texts, relation = checked(x, y, relevance, owner, raw)
    return cross(images.tensor, texts.tensor, relation, raw=raw, deepest=deepest)


def _side(measured: Cross, direction: Direction) -> Ranks:
    check_direction(direction)
    return measured.t2i if direction == "t2i" else measured.i2t


def check_direction(direction: str) -> None:
    """Raise `ValueError` unless it is one of `DIRECTIONS`."""
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be 't2i' or 'i2t', got {direction!r}")


def check_k(k: int) -> int:
    """Return ``k``, at least 1, or raise `ValueError`."""
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return k


def check_pool(pool: int, n: int) -> None:
    """Raise `ValueError` unless a pool can be drawn from ``n`` images."""
    if not 1 <= pool <= n:
        raise ValueError(
            Message("a pool of {pool} images cannot be drawn from {n}: choose 1 ≤ pool ≤ {n}", pool=pool, n=n)
        )
