"""The pool bridge: the exact expectation of R@k in random pools of n images, from one ranking of the full set.

A pool is n of the N images with all their captions. It always holds the query's best relevant item (best in the full
set); its other n − 1 images are a random draw from the other N − 1. A hit is ``fewer than k rivals above``. With
strict relevance (own pair only) this is the plain average over all pools; where several items are relevant it is the
average over the pools that hold the best of them. A pool of all N gives R@k itself.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, binom, xlog1py, xlogy

from mmgap.metrics.pass_cross import OwnerCounts, Ranks

_ROWS = 4096


def rival_distribution(ranks: Ranks, k: int, population: int, pool: int) -> np.ndarray:
    """(queries, k) probabilities that 0, 1 … k − 1 rivals stand before the first positive, one rival an image.

    Rivals in the pool are hypergeometric: ``pool − 1`` of ``population − 1`` images, ``above`` of which are rivals.
    Where items are tied, the number u of tied rivals before the first of p tied positives averages over all orders:
    ``P(u) = C(t + p − 1 − u, p − 1) / C(t + p, p)``.
    """
    above = np.arange(population)
    table = np.stack([_hypergeometric(u, population - 1, above, pool - 1) for u in range(k)], axis=1)
    cases, case_of = np.unique(
        np.stack([ranks.above, ranks.tied, ranks.positives], axis=1), axis=0, return_inverse=True
    )
    out = np.empty((len(cases), k))
    for case, (r, t, p) in enumerate(cases):
        u = np.arange(t + 1)
        out[case] = np.exp(_log_binom(t + p - 1 - u, p - 1) - _log_binom(t + p, p)) @ table[r : r + t + 1]
    return out[case_of.ravel()]


def owned_rival_distribution(ranks: Ranks, owners: OwnerCounts, k: int, population: int, pool: int) -> np.ndarray:
    """`rival_distribution` of image queries where an image brings all its texts, up to several rivals each.

    The rivals of the images drawn add up: a multivariate hypergeometric sum over images grouped by their number of
    rivals. A tied text stands before the first of p tied positives with probability v, independently given v, whose
    density is ``p(1 − v)^{p−1}``; the sum is a polynomial in v, integrated exactly by Gauss and Legendre.
    """
    n, _, width = owners.joint.shape
    signature = np.concatenate([owners.joint.reshape(n, -1), owners.fixed, ranks.positives[:, None]], axis=1)
    cases, case_of = np.unique(signature, axis=0, return_inverse=True)
    joint, fixed, positives = cases[:, :-3].reshape(len(cases), -1, width), cases[:, -3:-1], cases[:, -1]
    tied = (joint[:, :, 1:].sum(axis=(1, 2)) > 0) | (fixed[:, 1] > 0)
    out = np.empty((len(cases), k))
    for plain in np.array_split(np.flatnonzero(~tied), -(-len(cases) // _ROWS)):
        out[plain] = _drawn(joint[plain, :, 0], fixed[plain, 0], k, population, pool)
    for case in np.flatnonzero(tied):
        out[case] = _drawn_with_ties(joint[case], fixed[case], int(positives[case]), k, population, pool)
    return out[case_of.ravel()]


def _drawn(counts: np.ndarray, offset: np.ndarray, k: int, population: int, pool: int) -> np.ndarray:
    """(rows, k): without ties. ``ways[:, w, y]`` counts the choices of y images that bring w rivals in all."""
    rows = len(counts)
    ways = np.zeros((rows, k, k))
    ways[:, 0, 0] = 1
    for rivals in range(1, min(k, counts.shape[1])):
        before = ways.copy()
        for drawn in range(1, (k - 1) // rivals + 1):
            ways[:, rivals * drawn :, drawn:] += (
                before[:, : k - rivals * drawn, : k - drawn] * binom(counts[:, rivals], drawn)[:, None, None]
            )
    free = population - 1 - counts.sum(axis=1)  # images without a rival
    y = np.arange(k)
    with np.errstate(invalid="ignore"):
        rest = np.where(
            (y <= pool - 1) & (pool - 1 - y <= free[:, None]),
            np.exp(_log_binom(free[:, None], pool - 1 - y) - _log_binom(population - 1, pool - 1)),
            0.0,
        )
    return _shift((ways * rest[:, None, :]).sum(axis=2), offset)


def _drawn_with_ties(
    joint: np.ndarray, fixed: np.ndarray, positives: int, k: int, population: int, pool: int
) -> np.ndarray:
    """(k,) for one query. ``state[node, w, D]``: w rivals so far, D images still to draw."""
    groups = [(a, b, int(joint[a, b])) for a, b in zip(*np.nonzero(joint), strict=True)]
    degree = min(sum(b * m for _, b, m in groups), max((b for _, b, _ in groups), default=0) * (pool - 1))
    nodes, weights = np.polynomial.legendre.leggauss((degree + int(fixed[1]) + positives - 1) // 2 + 1)
    v, weights = (nodes + 1) / 2, weights / 2
    state = np.zeros((len(v), k, pool))
    state[:, :k, pool - 1] = _rivals_of_one(int(fixed[0]), int(fixed[1]), v, k)
    left = population - 1
    for a, b, m in groups:
        new = np.zeros_like(state)
        one, power = _rivals_of_one(a, b, v, k), np.zeros((len(v), k))
        power[:, 0] = 1
        for drawn in range(min(m, pool - 1) + 1):
            if drawn:
                power = _convolve(power, one)
            if not power.any():
                break
            to_draw = np.arange(drawn, pool)
            chance = _hypergeometric(drawn, left, np.full(len(to_draw), m), to_draw)
            reached = state[:, :, drawn:] * chance
            for w in range(k):
                new[:, w:, : pool - drawn] += power[:, w, None, None] * reached[:, : k - w]
        state, left = new, left - m
    density = positives * (1 - v) ** (positives - 1)
    return (weights * density) @ state.sum(axis=2)


def _rivals_of_one(above: int, tied: int, v: np.ndarray, k: int) -> np.ndarray:
    """(nodes, k): chance that an image with these texts brings 0 … k − 1 rivals: above + Binomial(tied, v)."""
    extra = np.arange(k) - above
    possible = (extra >= 0) & (extra <= tied)
    e = np.where(possible, extra, 0)
    chance = np.exp(_log_binom(tied, e) + xlogy(e, v[:, None]) + xlog1py(tied - e, -v[:, None]))
    return np.where(possible, chance, 0.0)


def _convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out = np.zeros_like(a)
    for w in range(a.shape[1]):
        out[:, w:] += a[:, w, None] * b[:, : a.shape[1] - w]
    return out


def _shift(distribution: np.ndarray, by: np.ndarray) -> np.ndarray:
    k = distribution.shape[1]
    source = np.arange(k) - by[:, None]
    return np.where(source >= 0, np.take_along_axis(distribution, np.clip(source, 0, k - 1), axis=1), 0.0)


def _hypergeometric(u: int, total: int, good: np.ndarray, draws: int | np.ndarray) -> np.ndarray:
    """P(u good ones in ``draws`` of ``total``, ``good`` of which are good)."""
    rest, missing = total - good, draws - u
    possible = (u <= good) & (missing >= 0) & (missing <= rest)
    log = (
        _log_binom(good, np.where(possible, u, 0))
        + _log_binom(rest, np.where(possible, missing, 0))
        - _log_binom(total, draws)
    )
    return np.where(possible, np.exp(log), 0.0)


def _log_binom(n: np.ndarray | int, k: np.ndarray | int) -> np.ndarray:
    """log C(n, k) for 0 ≤ k ≤ n; by the beta function, which loses no digits where n is large and k small."""
    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    return -betaln(n - k + 1, k + 1) - np.log1p(n)
