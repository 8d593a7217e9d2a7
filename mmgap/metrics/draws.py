"""Rivals that come with images drawn at random: the distribution of their number, up to a few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mmgap.metrics.log_binomials import log_binomial

_CHUNK_ELEMENTS = 1 << 19


class Kind(NamedTuple):
    """What an image holds for a query: irrelevant items above the first relevant one, irrelevant items tied with it,
    and relevant items tied with it."""

    above: int
    tied: int
    relevant: int


def rivals_drawn(counts: np.ndarray, k: int, images: int, draws: int) -> np.ndarray:
    """(rows, k) probabilities that ``draws`` of ``images`` images bring 0, 1 … k − 1 rivals in all.

    A multivariate hypergeometric sum over images grouped by their number of rivals.

    Args:
        counts: (rows, width) int; ``counts[:, a]`` images bring ``a`` rivals each; column 0 is not read, and those
            from column k on must not be drawn.
        k: at least 1.
        images: how many there are, those without a rival included.
        draws: 0 ≤ draws ≤ images.
    """
    out = np.empty((len(counts), k))
    for rows in np.array_split(np.arange(len(counts)), len(counts) * k * k // _CHUNK_ELEMENTS + 1):
        out[rows] = _drawn(counts[rows], k, images, draws)
    return out


def _drawn(counts: np.ndarray, k: int, images: int, draws: int) -> np.ndarray:
    """``ways[:, w, y]`` counts the choices of y images that bring w rivals in all."""
    y = np.arange(k)
    ways = np.zeros((len(counts), k, k))
    ways[:, 0, 0] = 1
    for rivals in range(1, min(k, counts.shape[1])):
        if not counts[:, rivals].any():
            continue
        before, choices = ways.copy(), np.ones(len(counts))
        for drawn in range(1, (k - 1) // rivals + 1):
            choices = choices * (counts[:, rivals] - drawn + 1) / drawn
            ways[:, rivals * drawn :, drawn:] += before[:, : k - rivals * drawn, : k - drawn] * choices[:, None, None]
    free = images - counts[:, 1:].sum(axis=1)[:, None]  # without a rival
    possible = (y <= draws) & (draws - y <= free)
    rest = np.where(possible, draws - y, 0)
    chance = np.where(possible, np.exp(log_binomial(free, rest) - log_binomial(images, draws)), 0.0)
    return (ways @ chance[:, :, None])[:, :, 0]


def rivals_drawn_with_ties(
    kinds: Sequence[tuple[Kind, int]], beside: Kind, k: int, images: int, draws: int
) -> np.ndarray:
    """(k,) probabilities, per place of a relevant item, that 0, 1 … k − 1 rivals stand before it and none like it.

    Tied items stand at independent uniform places in [0, 1], the relevant one at v: a tied rival stands before it
    with probability v, another relevant item after it with 1 − v. The result is a polynomial in v, integrated exactly
    by Gauss and Legendre. Images are drawn independently, each with probability draws/images, on condition that there
    are ``draws`` of them: the same as without replacement, and no number grows large.

    Args:
        kinds: what the images hold, and how many are alike; images that hold nothing are left out, and those with k
            or more above must not be drawn.
        beside: what is in the pool for sure beside that item.
        k, images, draws: as `rivals_drawn`.
    """
    from mmgap.metrics import _draw_kernels  # numba takes half a second to load, and ties are rare

    drawn_with_ties: Callable[..., np.ndarray] = _draw_kernels.drawn_with_ties
    groups = sorted(kinds, key=lambda group: (group[0].above > 0, -group[1]))  # the longest sums meet the least
    counts = np.array([count for _, count in groups])
    tied = np.array([kind.tied + kind.relevant for kind, _ in groups])
    degree = min(int(tied @ counts), int(tied.max()) * draws)
    nodes, weights = _gauss_legendre((degree + beside.tied + beside.relevant) // 2 + 1)
    share, drawn = draws / max(images, 1), np.arange(draws + 1)
    found = drawn_with_ties(
        np.array([kind for kind, _ in groups]),
        counts,
        _binomial(drawn, counts[:, None], share),
        _binomial(drawn, images - int(counts.sum()), share),
        np.array(beside),
        nodes,
        weights,
        k,
        draws,
    )
    return found / _binomial(draws, images, share)


@lru_cache(maxsize=64)
def _gauss_legendre(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1]."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return (places + 1) / 2, weights / 2


def _binomial(drawn: int | np.ndarray, images: int | np.ndarray, share: float) -> np.ndarray:
    """P(``drawn`` of ``images`` images), each drawn with probability ``share``."""
    from scipy.special import xlog1py, xlogy  # a tenth of a second to load, and ties are rare

    possible = drawn <= images
    y = np.where(possible, drawn, 0)
    return np.where(possible, np.exp(log_binomial(images, y) + xlogy(y, share) + xlog1py(images - y, -share)), 0.0)


def hypergeometric(u: int, total: int, good: int | np.ndarray, draws: int | np.ndarray) -> np.ndarray:
    """P(u good ones in ``draws`` of ``total``, ``good`` of which are good)."""
    rest, missing = total - good, draws - u
    possible = (u <= good) & (missing >= 0) & (missing <= rest)
    log = (
        log_binomial(good, np.where(possible, u, 0))
        + log_binomial(rest, np.where(possible, missing, 0))
        - log_binomial(total, draws)
    )
    return np.where(possible, np.exp(log), 0.0)
