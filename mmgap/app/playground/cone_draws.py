"""Images and texts of the playground: Power Spherical cones from a counter-based generator.

A number depends on seed, point, side and place alone, so that a point is the same whatever the number of points, and
moves smoothly with every slider. The exported page draws the same vectors in JavaScript.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betaincinv, ndtr

from mmgap.app.playground.state import PlaygroundState

#: Of Philox4x32-10: multipliers, what the keys grow by in each round, and rounds.
_MULTIPLIERS = np.array([0xD2511F53, 0xCD9E8D57], dtype=np.uint64)
_GROWTH = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_LOW, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)

#: The third word of a counter.
IMAGES, TEXTS = 0, 1


def cone_draws(state: PlaygroundState) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n, dim) float64 unit vectors of a state's images and texts, before any descent.

    Of point i and side s, normal z₀ gives the cosine to the cone's centre, ``t = 2·F⁻¹(Φ(z₀)) − 1`` with F⁻¹ the
    quantile of Beta((d − 1)/2 + κ, (d − 1)/2), and z₁ … z_{d−1} the direction around it. The centres stand in the plane
    of the first two axes, at −θ/2 (images) and +θ/2 (texts). The normals of a text are ``ρ·z(image) + √(1 − ρ²)·z``, so
    that at ρ = 1 and equal κ it is its image, turned by θ.

    Source: De Cao & Aziz, "The Power Spherical distribution" (2020).

    >>> x, y = cone_draws(PlaygroundState(n=4, angle=180.0, correlation=1.0))
    >>> bool(np.allclose(x[:, :2], -y[:, :2]))
    True
    """
    z = normals(state.seed, state.n, IMAGES, state.dim)
    alone = normals(state.seed, state.n, TEXTS, state.dim)
    rho, half = state.correlation, math.radians(state.angle) / 2
    images = _turned(_cone(z, state.kappa_image), -half)
    texts = _turned(_cone(rho * z + math.sqrt(1 - rho * rho) * alone, state.kappa_text), half)
    return images, texts


def normals(seed: int, n: int, side: int, dim: int) -> np.ndarray:
    """Return (n, dim) float64 standard normals: four to a Philox block, by Box and Muller's transformation.

    Args:
        seed: 0 to 2³² − 1.
        n, dim: points, and normals of each.
        side: `IMAGES` or `TEXTS`.
    """
    blocks = -(-dim // 4)
    point, block = np.divmod(np.arange(n * blocks, dtype=np.uint64), np.uint64(blocks))
    counters = np.stack([block, point, np.full_like(block, side), np.zeros_like(block)])
    u = (philox(counters, seed) + 0.5) / 2.0**32
    radius, angle = np.sqrt(-2 * np.log(u[0::2])), 2 * np.pi * u[1::2]
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(4, n, blocks).transpose(1, 2, 0).reshape(n, 4 * blocks)[:, :dim]


def philox(counters: np.ndarray, seed: int) -> np.ndarray:
    """Return the (4, m) words of Philox4x32-10 for (4, m) uint64 words of counters, under the key (seed, 0).

    Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).

    >>> [hex(int(word)) for word in philox(np.zeros((4, 1), dtype=np.uint64), 0)[:, 0]]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    a, b, c, d = counters
    for number in range(_ROUNDS):
        key = [
            np.uint64((start + number * growth) & 0xFFFFFFFF) for start, growth in zip((seed, 0), _GROWTH, strict=True)
        ]
        left, right = a * _MULTIPLIERS[0], c * _MULTIPLIERS[1]
        a, b, c, d = (right >> _WORD) ^ b ^ key[0], right & _LOW, (left >> _WORD) ^ d ^ key[1], left & _LOW
    return np.stack([a, b, c, d])


def _cone(z: np.ndarray, kappa: float) -> np.ndarray:
    """Vectors about the first axis; ``1 − t`` comes from the other tail, so that nothing cancels near the centre."""
    beta = (z.shape[1] - 1) / 2
    near, far = betaincinv(beta + kappa, beta, ndtr(z[:, 0])), betaincinv(beta, beta + kappa, ndtr(-z[:, 0]))
    around = z[:, 1:] / np.linalg.norm(z[:, 1:], axis=1, keepdims=True)
    return np.concatenate([(near - far)[:, None], 2 * np.sqrt(near * far)[:, None] * around], axis=1)


def _turned(v: np.ndarray, angle: float) -> np.ndarray:
    """Turn vectors in the plane of the first two axes."""
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = v.copy()
    turned[:, 0] = cosine * v[:, 0] - sine * v[:, 1]
    turned[:, 1] = sine * v[:, 0] + cosine * v[:, 1]
    return turned
