"""R@k in random pools, drawn and ranked one by one: the simulation beside the exact expectation, with its spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from mmgap.core.defaults import POOL
from mmgap.core.number_runs import number_runs
from mmgap.metrics.pass_cross import Ranks
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.retrieval import Direction, check_direction, check_k, check_pool, checked, hits
from mmgap.metrics.ties import tie_width
from mmgap.metrics.unit_rows import Rows, Vectors


def resampled_recall(
    x: Vectors,
    y: Vectors,
    k: int = 1,
    *,
    pool: int = POOL,
    direction: Direction = "t2i",
    relevance: Any = None,
    owner: Any = None,
    repeats: int = 100,
    seed: int = 0,
    raw: bool = False,
) -> tuple[float, float]:
    """Return mean and standard deviation of R@k over random pools of ``pool`` images with all their captions.

    The images are shuffled by ``seed`` and cut into pools, again and again until there are ``repeats`` of them:
    never in file order, where equal captions cluster. Relevance counts inside a pool; a query without a relevant item
    in its pool is a miss.

    Args:
        x, y, k, pool, direction, relevance, owner, raw: as `mmgap.metrics.expected_recall_at_pool`.
        repeats: number of pools, at least 2.
        seed: of the shuffles.

    Returns:
        The mean over all queries of all pools, whose expectation is `mmgap.metrics.expected_recall_at_pool`, and the
        standard deviation of the recall of one pool (N − 1). A pool whose images own no text has no text to ask for.

    Raises:
        ValueError: as `mmgap.metrics.expected_recall_at_pool`.

    >>> resampled_recall(np.eye(4), np.eye(4), pool=2)
    (1.0, 0.0)
    """
    images, texts, relation = checked(x, y, relevance, owner, raw)
    check_k(k)
    check_direction(direction)
    check_pool(pool, relation.n_images)
    if repeats < 2:
        raise ValueError(f"repeats must be at least 2, got {repeats}")
    tie = tie_width(images.tensor, texts.tensor, raw)
    return recalls_of_pools(images, texts, relation, (direction,), k=k, pool=pool, repeats=repeats, seed=seed, tie=tie)[
        0
    ]


def recalls_of_pools(
    x: Rows,
    y: Rows,
    relation: Relevance,
    directions: Sequence[Direction],
    *,
    tie: float,
    k: int = 1,
    pool: int = POOL,
    repeats: int = 100,
    seed: int = 0,
) -> list[tuple[float, float]]:
    """Return `resampled_recall` of each direction, all in the same pools, each of which is multiplied once.

    Args:
        x, y: images and texts.
        relation: whose owners are known.
        directions: at least one.
        tie: scores nearer than this are tied.
        k, pool, repeats, seed: as `resampled_recall`.
    """
    found: dict[Direction, list[np.ndarray]] = {direction: [] for direction in directions}
    for scores, related in _pools(_numpy(x.tensor), _numpy(y.tensor), relation, pool, seed):
        for direction, recalls in found.items():
            ranked = _dense_ranks(*((scores, related) if direction == "i2t" else (scores.T, related.T)), tie)
            if len(ranked.above):
                recalls.append(hits(ranked, k))
        if all(len(recalls) >= repeats for recalls in found.values()):
            break
    kept = [recalls[:repeats] for recalls in found.values()]
    return [
        (float(np.concatenate(pools).mean()), float(np.std([queries.mean() for queries in pools], ddof=1)))
        for pools in kept
    ]


def _pools(
    x: np.ndarray, y: np.ndarray, relation: Relevance, pool: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Scores and relevance, (pool, texts) each, of one random pool after the other, without an end."""
    by_owner = np.argsort(relation.known_owner, kind="stable")
    owned = np.concatenate([[0], np.cumsum(np.bincount(relation.known_owner, minlength=len(x)))])
    rng = np.random.default_rng(seed)
    place = np.full(len(y), -1)
    while True:
        shuffled = rng.permutation(len(x))
        for first in range(0, len(x) - pool + 1, pool):
            images = shuffled[first : first + pool]
            texts = by_owner[_members(owned, images)]
            place[texts] = np.arange(len(texts))
            row = np.repeat(np.arange(pool), np.diff(relation.image_start)[images])
            column = place[relation.pairs[_members(relation.image_start, images), 1]]
            place[texts] = -1
            related = np.zeros((pool, len(texts)), dtype=bool)
            related[row[column >= 0], column[column >= 0]] = True
            yield x[images].astype(np.float64) @ y[texts].astype(np.float64).T, related


def _members(start: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The places ``start[g]:start[g + 1]`` of some groups, one group after the other."""
    return number_runs(start[groups], np.diff(start)[groups])


def _numpy(v: torch.Tensor) -> np.ndarray:
    return (v if v.dtype == torch.float64 else v.float()).cpu().numpy()


def _dense_ranks(scores: np.ndarray, relevant: np.ndarray, tie: float) -> Ranks:
    """`Ranks` from whole matrices (queries, items), for sets as small as a pool."""
    beyond = scores - np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    return Ranks(
        ((beyond > tie) & ~relevant).sum(axis=1),
        ((np.abs(beyond) <= tie) & ~relevant).sum(axis=1),
        ((beyond >= -tie) & relevant).sum(axis=1),
    )
