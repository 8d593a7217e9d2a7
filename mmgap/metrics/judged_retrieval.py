"""Retrieval where a query has many relevant items: any hit and share found among the first k, R-precision, mAP@R.

Ties count as their expectation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import comb

#: Scores that differ by less than this many steps of float32 at 1 are tied.
TIE = 4 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class JudgedQuery:
    """What one query finds, as the expected value over all orders of tied items.

    Attributes:
        hits: k → probability that a relevant item is among the first k.
        shares: k → share of the relevant items that are among the first k, at most k/R.
        r_precision: share of the first R that is relevant, R being the number of relevant items.
        ap_at_r: mean over the first R places of the precision up to each that holds a relevant item, 0 for the others.
    """

    hits: dict[int, float]
    shares: dict[int, float]
    r_precision: float
    ap_at_r: float


def judged_query(scores: np.ndarray, relevant: np.ndarray, ks: tuple[int, ...] = (1, 5, 10)) -> JudgedQuery:
    """Return what a query finds (Musgrave et al. 2020, Chun et al. 2022, https://arxiv.org/abs/2204.03359).

    Args:
        scores: (G,) of the query with the gallery.
        relevant: (G,) bool.
        ks: ranks up to which a relevant item counts.

    Raises:
        ValueError: nothing is relevant, or not one of both an item.

    >>> found = judged_query(np.array([0.9, 0.5, 0.4, 0.1]), np.array([True, False, True, False]))
    >>> found.r_precision, found.ap_at_r, found.shares[1]
    (0.5, 0.5, 0.5)
    """
    if scores.ndim != 1 or scores.shape != relevant.shape or not relevant.any():
        raise ValueError(f"a query needs scores and a relevant item, got {scores.shape} and {int(relevant.sum())}")
    wanted = int(relevant.sum())
    hits, shares, found, precision, before = dict.fromkeys(ks, 0.0), dict.fromkeys(ks, 0.0), 0.0, 0.0, 0
    for place, size, inside in _blocks(scores, relevant):
        if before == 0 and inside:
            hits = {k: _any_of(k - place, size, inside) for k in ks}
        for k in ks:
            shares[k] += inside * min(max(k - place, 0), size) / size / wanted
        slots = np.arange(1, min(max(wanted - place, 0), size) + 1)
        found += inside * len(slots) / size
        # the j-th of a tied block: relevant with probability inside/size, then with its share of the others before it
        earlier = (slots - 1) * (inside - 1) / max(size - 1, 1)
        precision += float((inside / size * (before + 1 + earlier) / (place + slots)).sum())
        before += inside
    return JudgedQuery(hits, shares, found / wanted, precision / wanted)


def _any_of(slots: int, size: int, inside: int) -> float:
    """Probability that one of so many places of a tied block goes to a relevant item."""
    slots = min(max(slots, 0), size)
    return float(1 - comb(size - inside, slots) / comb(size, slots))


def _blocks(scores: np.ndarray, relevant: np.ndarray) -> list[tuple[int, int, int]]:
    """(items before it, its size, relevant items in it) of each block of tied items, by falling score."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf) < -TIE)
    inside = np.add.reduceat(relevant[order].astype(np.int64), starts)
    sizes = np.diff([*starts, len(scores)])
    return list(zip(starts.tolist(), sizes.tolist(), inside.tolist(), strict=True))
