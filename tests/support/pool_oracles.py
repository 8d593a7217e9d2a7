"""Recalls in pools by enumeration, in fractions: every pool of images with all their texts, every order of ties."""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import lru_cache

import numpy as np

from tests.support.pairwise_oracles import TIE


@lru_cache
def first_within(rivals: int, positives: int, places: int) -> Fraction:
    """Share of the orders of tied items in which one of the positives has fewer than ``places`` rivals before it."""
    orders = list(itertools.combinations(range(rivals + positives), positives))
    return Fraction(sum(order[0] < places for order in orders), len(orders))


def hit(scores, relevant, k) -> Fraction:
    """P(fewer than k irrelevant items before the first relevant one); without a relevant item it is a miss."""
    if not relevant.any():
        return Fraction(0)
    best = scores[relevant].max()
    tied = abs(scores - best) <= TIE
    above = int(((scores > best + TIE) & ~relevant).sum())
    return first_within(int((tied & ~relevant).sum()), int((tied & relevant).sum()), k - above)


def pool_hits(scores, pairs, owner, k, pool, direction):
    """(queries,) mean over every pool of ``pool`` images that holds the query's own one.

    Args:
        scores: (N, M) of images and texts.
        pairs: (P, 2) relevant (image, text).
        owner: (M,) image of each text.
    """
    n, m = scores.shape
    relevant = np.zeros((n, m), dtype=bool)
    relevant[pairs[:, 0], pairs[:, 1]] = True
    found = []
    for query in range(n if direction == "i2t" else m):
        own = query if direction == "i2t" else owner[query]
        others = [i for i in range(n) if i != own]
        outcomes = []
        for drawn in itertools.combinations(others, pool - 1):
            images = np.array([own, *drawn])
            if direction == "i2t":
                texts = np.flatnonzero(np.isin(owner, images))
                outcomes.append(hit(scores[query, texts], relevant[query, texts], k))
            else:
                outcomes.append(hit(scores[images, query], relevant[images, query], k))
        found.append(sum(outcomes) / len(outcomes))
    return np.array([float(f) for f in found])
