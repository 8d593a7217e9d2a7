"""Sign flips: what a sum over clusters would be if each cluster's contribution had come with either sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from mmgap.stats.smaller_gram import smaller_gram

#: Patterns of signs drawn where there are too many to try all: a p-value is at least 1/(1 + FLIPS).
FLIPS = 1999

#: Elements that one block of patterns may hold (32 MB as float32).
_BLOCK = 1 << 23

#: Elements of the contributions that are worked on at a time (4 MB as float64).
_PART = 1 << 19

#: Bytes of patterns, eight signs each, that are added up in one pass over contributions that come some at a time.
_PACKED = 1 << 25


def flip_p_value(sums: np.ndarray, *, flips: int = FLIPS, seed: int = 0) -> float:
    """Return p of ``‖Σ_g S_g‖`` under the hypothesis that every cluster's sum might as well have the opposite sign.

    ``(1 + #{‖Σ ε_g S_g‖ ≥ ‖Σ S_g‖})/(1 + flips)``, each ε_g drawn as ±1. Clusters are flipped whole: flipped one by
    one, four images with one caption reject a true hypothesis in 60 % of samples instead of 5 %. Only patterns that may
    reach so far are added up: with μ the mean of the S_g, ``‖Σ ε_g S_g‖ ≤ |Σ ε_g|·‖μ‖ + ‖Σ ε_g (S_g − μ)‖``, and no
    pattern makes the last more than `_farthest`, which a gap that stands out of its noise is well above.

    Args:
        sums: (G, d) contribution of each cluster, such as the w of a gap; (G,) numbers are columns of width 1.
        flips: patterns drawn by ``seed``.

    Returns:
        A number in [1/(1 + flips), 1].

    >>> import numpy as np
    >>> flip_p_value(np.ones((20, 3)))
    0.0005
    """
    rows = sums.reshape(len(sums), -1)
    return flip_p_value_of(parts_of(rows), rows.sum(axis=0), len(rows), flips=flips, seed=seed)


#: Consecutive rows of the (G, d) contributions, from the first on, each time it is called.
Parts: TypeAlias = Callable[[], Iterator[np.ndarray]]


def parts_of(rows: np.ndarray) -> Parts:
    """Return (G, d) contributions some at a time: copies of so few stay in cache."""
    step = max(1, _PART // rows.shape[1])
    return lambda: (rows[start : start + step] for start in range(0, len(rows), step))


def flip_p_value_of(parts: Parts, total: np.ndarray, clusters: int, *, flips: int = FLIPS, seed: int = 0) -> float:
    """Return `flip_p_value` of contributions that are there some at a time.

    Args:
        parts: called again for each pass over them: one for how far signs may reach, and one for as many patterns that
            may reach so far as `_PACKED` bytes hold.
        total: (d,) their sum.
        clusters: G.
        flips, seed: as `flip_p_value`.
    """
    if flips < 1:
        raise ValueError(f"flips must be at least 1, got {flips}")
    mean, observed = total / clusters, float(np.square(total).sum())
    along, across = float(np.linalg.norm(mean)), _farthest(parts, mean.astype(np.float32), clusters)
    generator, enough = np.random.default_rng(seed), observed * (1 - 1e-5)
    reached, step = 0, max(1, _BLOCK // clusters)
    waiting: list[np.ndarray] = []  # packed: eight signs a byte
    for start in range(0, flips, step):
        kept, packed = _drawn_signs(generator, min(step, flips - start), clusters)
        reach = np.abs(2 * kept - clusters) * along + across
        waiting.append(packed[reach**2 >= enough])
        if sum(some.nbytes for some in waiting) >= _PACKED or start + step >= flips:
            reached += _reaching(parts, np.concatenate(waiting), enough)
            waiting = []
    return (1 + reached) / (1 + flips)


def _drawn_signs(generator: np.random.Generator, patterns: int, clusters: int) -> tuple[np.ndarray, np.ndarray]:
    """Patterns of signs: how many of each keep theirs, and all of them, packed, (patterns, G/8) bytes; a bit of 0 is
    flipped.

    Where one pattern is more than a block it is drawn in pieces, four signs of a number of the generator as ever: the
    same signs.
    """
    kept, packed = np.zeros(patterns, dtype=np.int64), np.empty((patterns, -(-clusters // 8)), dtype=np.uint8)
    step = clusters if patterns > 1 else _BLOCK
    for start in range(0, clusters, step):
        stop = min(start + step, clusters)
        signs = generator.integers(0, 2, size=(patterns, stop - start), dtype=np.int8)
        kept += signs.sum(axis=1, dtype=np.int64)
        packed[:, start // 8 : -(-stop // 8)] = np.packbits(signs, axis=1)
    return kept, packed


def _reaching(parts: Parts, packed: np.ndarray, enough: float) -> int:
    """How many patterns reach so far, of (patterns, G/8) bytes."""
    if not len(packed):
        return 0
    flipped, start = np.zeros((len(packed), 0), dtype=np.float32), 0
    for part in parts():
        rows, stop = part.astype(np.float32), start + len(part)
        if not flipped.shape[1]:
            flipped = np.zeros((len(packed), rows.shape[1]), dtype=np.float32)
        step = max(1, _BLOCK // len(part))
        for first in range(0, len(packed), step):
            some = slice(first, first + step)
            bits = np.unpackbits(packed[some, start // 8 : -(-stop // 8)], axis=1)[:, start % 8 :][:, : len(part)]
            flipped[some] += (2 * bits.astype(np.float32) - 1) @ rows
        start = stop
    return int((np.square(flipped, dtype=np.float64).sum(axis=1) >= enough).sum())


def _farthest(parts: Parts, mean: np.ndarray, clusters: int) -> float:
    """A length that ``‖Σ ε_g R_g‖`` of ``R = S − mean`` never exceeds, whatever the G signs: √(G·‖RᵀR‖), by the
    Frobenius norm.

    A thousandth is added for the rounding of float32.
    """
    gram = smaller_gram((part.astype(np.float32) - mean for part in parts()), clusters)
    return 1.001 * float(np.sqrt(clusters * np.linalg.norm(gram)))


def paired_p_value(sums: np.ndarray, *, flips: int = FLIPS, seed: int = 0) -> tuple[float, float]:
    """Return the two-sided p of a summed paired difference by sign flips, and the smallest that the test can give.

    Clusters without a difference say nothing and are left out. Where all 2^G patterns are no more than ``flips`` they
    are all tried, and the test is exact.

    Args:
        sums: (G,) difference b − a summed over each cluster.
        flips: patterns drawn by ``seed`` where there are more.

    Returns:
        (p, floor of p), both in (0, 1].

    >>> import numpy as np
    >>> paired_p_value(np.array([1.0, 2.0, 2.0, 1.0]))  # 2 of 2⁴ patterns are as far from 0
    (0.125, 0.125)
    """
    differing = sums[np.abs(sums) > 1e-12 * max(float(np.abs(sums).max(initial=0.0)), 1e-300)]
    if len(differing) < 2:
        return 1.0, 1.0
    from scipy import stats  # half a second, which a gap's test has no need of

    exact = 2 ** min(len(differing), 60) <= flips
    p_value = stats.permutation_test(
        (differing,),
        lambda flipped, axis: flipped.sum(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf if exact else flips,
        batch=max(1, _BLOCK // len(differing)),
        random_state=np.random.default_rng(seed),
    ).pvalue
    floor = 2 / 2 ** len(differing) if exact else 2 / (1 + flips)
    return min(float(p_value), 1.0), min(floor, 1.0)
