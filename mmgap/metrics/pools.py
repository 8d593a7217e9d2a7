"""The pool bridge: the exact expectation of R@k in random pools of n images, from one ranking of the full set.

A pool is n of the N images with all their texts: the query's own image and a random draw of n − 1 of the other N − 1.
A hit is fewer than k irrelevant items before the first relevant one of the pool; a pool of all N gives R@k itself.

Here stand the queries whose best relevant items, ties included, all are their own: those are in every pool, so the
pass over all similarities has counted what is needed. `mmgap.metrics.shared_pools` takes the others.
"""

from __future__ import annotations

import numpy as np

from mmgap.metrics.draws import Kind, hypergeometric, rivals_drawn, rivals_drawn_with_ties
from mmgap.metrics.pass_cross import Ranks


def rival_distribution(ranks: Ranks, k: int, population: int, pool: int) -> np.ndarray:
    """(queries, k) probabilities that 0, 1 … k − 1 rivals stand before the one own item, one rival an image.

    Rivals in the pool are hypergeometric: ``pool − 1`` of ``population − 1`` images, ``above`` of which are rivals;
    of the ``tied`` ones, 0 … all stand before the own item, each number as likely as another.
    """
    cases, case_of = np.unique(np.stack([ranks.above, ranks.tied], axis=1), axis=0, return_inverse=True)
    above = _occurring(cases[:, 0], cases.sum(axis=1))
    table = np.stack([hypergeometric(u, population - 1, above, pool - 1) for u in range(k)], axis=1)
    first = np.searchsorted(above, cases[:, 0])
    found = [table[place : place + t + 1].mean(axis=0) for place, t in zip(first, cases[:, 1], strict=True)]
    return np.stack(found)[case_of.ravel()]


def _occurring(lowest: np.ndarray, highest: np.ndarray) -> np.ndarray:
    """All whole numbers from a lowest up to its highest, each once, rising; the lowest ones rise."""
    reached = np.concatenate([[-1], np.maximum.accumulate(highest)[:-1]])
    start, stop = np.maximum(lowest, reached + 1), highest + 1
    counts = np.maximum(stop - start, 0)
    return np.arange(counts.sum()) + np.repeat(start - (np.cumsum(counts) - counts), counts)


def owned_rival_distribution(
    by_owner: np.ndarray, positives: np.ndarray, k: int, population: int, pool: int
) -> np.ndarray:
    """`rival_distribution` of image queries where an image brings all its texts, up to several rivals each.

    Args:
        by_owner: (queries, above, tied) counts of images, as `mmgap.metrics.pass_cross.Cross` has them.
        positives: (queries,) own texts that are tied.
        k, population, pool: as `rival_distribution`.
    """
    n, _, width = by_owner.shape
    signature = np.concatenate([by_owner.reshape(n, -1), positives[:, None]], axis=1)
    cases, case_of = np.unique(signature, axis=0, return_inverse=True)
    counts = cases[:, :-1].reshape(len(cases), -1, width)
    tied = counts[:, :, 1:].any(axis=(1, 2))
    out = np.empty((len(cases), k))
    out[~tied] = rivals_drawn(counts[~tied, :, 0], k, population - 1, pool - 1)
    for case in np.flatnonzero(tied):
        kinds = [(Kind(a, b, 0), int(counts[case, a, b])) for a, b in np.argwhere(counts[case]).tolist()]
        p = int(cases[case, -1])
        out[case] = p * rivals_drawn_with_ties(kinds, Kind(0, 0, p - 1), k, population - 1, pool - 1)
    return out[case_of.ravel()]
