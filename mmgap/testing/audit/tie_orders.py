"""Rankings under each rule for ties: what is relevant at the first place, the second, and so on."""

from __future__ import annotations

import numpy as np

#: Rules for ties: the relevant one stands first or last among equal scores, or orders count alike, or an index decides.
TIES = ("relevant first", "relevant last", "expected", "lower index first", "higher index first")

#: Cosines that differ by less are tied: float32 does not tell them apart.
TIE = 2e-6


def ranked(scores: np.ndarray, relevance: np.ndarray, ties: str, tie: float = TIE) -> np.ndarray:
    """Return (Q, G) what stands at each place of each query's ranking: 1 relevant, 0 not.

    Args:
        scores: (Q, G), the higher the nearer.
        relevance: (Q, G) bool.
        ties: one of `TIES`; under "expected" equal scores share the mean of what is relevant among them.
        tie: scores that follow each other at less than this are tied.

    >>> scores, relevance = np.array([[0.1, 0.5, 0.5]]), np.array([[False, False, True]])
    >>> [ranked(scores, relevance, ties)[0].tolist() for ties in ("relevant first", "relevant last", "expected")]
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]
    """
    block = _blocks(scores, tie)
    index = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    second = {"relevant first": ~relevance, "relevant last": relevance, "higher index first": -index}.get(ties, index)
    order = np.lexsort((index, second, block), axis=1)
    found = np.take_along_axis(relevance, order, axis=1).astype(float)
    if ties == "expected":
        blocks = np.take_along_axis(block, order, axis=1)
        for row, inside in zip(found, blocks, strict=True):
            row[:] = (np.bincount(inside, weights=row) / np.maximum(np.bincount(inside), 1))[inside]
    return found


def _blocks(scores: np.ndarray, tie: float) -> np.ndarray:
    """(Q, G) number of the block of tied scores that each item is in, from the highest."""
    order = np.argsort(-scores, axis=1, kind="stable")
    falling = np.take_along_axis(scores, order, axis=1)
    numbers = np.zeros(scores.shape, dtype=np.int64)
    numbers[:, 1:] = np.cumsum(falling[:, :-1] - falling[:, 1:] > tie, axis=1)
    found = np.empty_like(numbers)
    np.put_along_axis(found, order, numbers, axis=1)
    return found
