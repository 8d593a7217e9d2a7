"""Annex E: why intuition from two or three dimensions fails in hundreds.

Functions take one dimension or an array of them, and return alike.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from scipy.special import betainc, gammaln

Dims: TypeAlias = int | np.ndarray


def ball_volume(dim: Dims, radius: float = 1.0) -> np.ndarray:
    """Return the volume of the ball, ``π^(d/2)/Γ(d/2 + 1)·r^d``; for r = 1 largest at d = 5, and then it fades to 0.

    >>> print(f"{ball_volume(3):.4f} {ball_volume(5):.4f} {ball_volume(20):.4f}")
    4.1888 5.2638 0.0258
    """
    dim = np.asarray(dim, dtype=float)
    return np.exp(dim / 2 * np.log(np.pi) - gammaln(dim / 2 + 1) + dim * np.log(radius))


def cube_volume(dim: Dims, radius: float = 1.0) -> np.ndarray:
    """Return the volume ``(2r)^d`` of the hypercube about the ball of that radius.

    >>> print(f"{cube_volume(3):.1f}")
    8.0
    """
    return np.exp(np.asarray(dim, dtype=float) * np.log(2 * radius))


def shell_share(dim: Dims, thickness: float) -> np.ndarray:
    """Return the share of a ball's volume within ``thickness`` ε (in radii) of its surface, ``1 − (1 − ε)^d``.

    >>> print(f"{shell_share(768, 0.01):.4f}")
    0.9996
    """
    return 1 - (1 - thickness) ** np.asarray(dim, dtype=float)


def equator_share(dim: Dims, cosine: float) -> np.ndarray:
    """Return the share of the unit sphere whose cosine to a given direction is at most ``cosine`` in absolute value.

    The squared cosine of a uniform direction is Beta(1/2, (d − 1)/2).

    >>> print(f"{equator_share(3, 0.1):.3f} {equator_share(768, 0.1):.3f}")
    0.100 0.994
    """
    return betainc(0.5, (np.asarray(dim, dtype=float) - 1) / 2, cosine**2)


def cosine_density(cosine: float | np.ndarray, dim: int) -> np.ndarray:
    """Return the density ∝ ``(1 − c²)^((d−3)/2)`` of the cosine ``c`` in (−1, 1) of two random directions, d ≥ 3.

    >>> print(f"{cosine_density(0.3, 3):.2f}")  # on S² it is the same everywhere
    0.50
    """
    log_scale = gammaln(dim / 2) - gammaln((dim - 1) / 2) - np.log(np.pi) / 2
    return np.exp(log_scale) * (1 - np.square(cosine)) ** ((dim - 3) / 2)


def cosine_deviation(dim: Dims) -> np.ndarray:
    """Return the standard deviation ``1/√d`` of the cosine between two random directions (its mean is 0).

    >>> print(f"{cosine_deviation(100):.2f}")
    0.10
    """
    return 1 / np.sqrt(np.asarray(dim, dtype=float))
