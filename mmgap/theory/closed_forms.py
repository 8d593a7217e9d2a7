"""What the gap, the cosines and the losses of two Power Spherical cones are expected to be.

Notation: ρ = κ/(κ + d − 1) is the mean resultant of a cone in d dimensions, θ the angle between two centres.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, hyp0f1, roots_legendre


def mean_resultant(kappa: float, dim: int = 3) -> float:
    """Return ρ = κ/(κ + d − 1), the norm of the mean of a cone; also the mean cosine to its centre. In [0, 1).

    >>> mean_resultant(2.0)
    0.5
    """
    return kappa / (kappa + dim - 1)


def expected_cosine(theta: float, kappa: float, dim: int = 3) -> float:
    """Return ``cos θ · ρ²``, the mean cosine of independent draws from two cones, centres θ radians apart.

    >>> expected_cosine(0.0, 2.0)
    0.25
    """
    return math.cos(theta) * mean_resultant(kappa, dim) ** 2


def expected_gap(theta: float, kappa: float, dim: int = 3) -> float:
    """Return ``2·sin(θ/2)·ρ``, the modality gap of two cones, as N → ∞. In [0, 2).

    >>> expected_gap(math.pi, 2.0)
    1.0
    """
    return 2 * math.sin(theta / 2) * mean_resultant(kappa, dim)


def expected_cosine_variance(theta: float, kappa: float, dim: int = 3) -> float:
    """Return the variance of the cosine of independent draws; minus twice that is the expected `mmgap.losses.var`.

    From ``E[xxᵀ] = a·I + b·μμᵀ``: ``E[c²] = a²d + 2ab + b²cos²θ``.

    >>> print(f"{expected_cosine_variance(0.0, 0.0):.4f}")  # of uniform draws 1/d
    0.3333
    """
    alpha, beta = (dim - 1) / 2 + kappa, (dim - 1) / 2
    across = 2 * alpha / ((alpha + beta) * (alpha + beta + 1))  # a = E[1 − t²]/(d − 1)
    along = 1 - dim * across  # b, as the trace is 1
    square = across**2 * dim + 2 * across * along + along**2 * math.cos(theta) ** 2
    return square - expected_cosine(theta, kappa, dim) ** 2


def expected_anti(kappa: float, n: int, dim: int = 3) -> float:
    """Return ``2·ρ²·(N − 1)/N``, the expected `mmgap.losses.anti` of two batches of ``n`` draws from cones of one κ.

    >>> print(f"{expected_anti(500.0, 50):.3f}")  # as printed in table 5.3
    1.944
    """
    return 2 * mean_resultant(kappa, dim) ** 2 * (n - 1) / n


def expected_intra(kappa: float, n: int) -> float:
    """Return the expected `mmgap.losses.intra` of two batches of ``n`` draws on S²; `expected_anti` where κ is large.

    ``2·E|<x, x'>|·(N − 1)/N``, by Legendre series: the absolute value has no closed form.

    >>> print(f"{expected_intra(500.0, 50):.3f}")
    1.944
    """
    degrees = 64 + int(12 * math.sqrt(kappa))  # a_n falls like e^{−n²/κ}
    u, weight = roots_legendre(degrees)
    u, weight = (
        (u + 1) / 2,
        weight / 2,
    )  # the integral over [0, 1]: over [−1, 1], even degrees double it, odd ones cancel
    absolute = 0.0
    before, legendre = np.zeros_like(u), np.ones_like(u)
    for k, a in enumerate(_harmonic_coefficients(kappa, 3, degrees)):
        if k % 2 == 0:
            absolute += (2 * k + 1) * a**2 * float(weight @ (u * legendre))
        before, legendre = legendre, ((2 * k + 1) * u * legendre - k * before) / (k + 1)
    return 2 * absolute * (n - 1) / n


def expected_uniformity(kappa: float, dim: int = 3, t: float = 2.0) -> float:
    """Return the uniformity ``log E e^{−t‖x−x'‖²}`` of one cone, exact in any dimension d ≥ 2; in [−2t, 0].

    In spherical harmonics the cone has coefficients a_n, and the kernel e^{2t·cos} those of a Bessel function, so
    that ``E e^{2t<x,x'>} = Σ_n dim_n·a_n²·λ_n`` with ``λ_n = (t)^n/(d/2)_n · ₀F₁(; n + d/2; t²)``. All terms are
    positive.

    >>> [f"{expected_uniformity(kappa):.4f}" for kappa in (200, 50, 10)]
    ['-0.0759', '-0.2653', '-0.8372']
    """
    n = np.arange(80)
    half = dim / 2
    # dim_n = (2n + d − 2)·Γ(n + d − 2)/(n!·Γ(d − 1)) counts the harmonics of degree n
    log_count = np.zeros(len(n))
    log_count[1:] = np.log(2 * n[1:] + dim - 2) + gammaln(n[1:] + dim - 2) - gammaln(n[1:] + 1) - gammaln(dim - 1)
    log_kernel = n * math.log(t) + gammaln(half) - gammaln(half + n) + np.log(hyp0f1(n + half, t**2))
    terms = np.exp(log_count + log_kernel) * _harmonic_coefficients(kappa, dim, len(n)) ** 2
    return math.log(float(terms.sum())) - 2 * t


def _harmonic_coefficients(kappa: float, dim: int, count: int) -> np.ndarray:
    """a_n = E[G_n(<loc, x>)], G_n the Gegenbauer polynomial with G_n(1) = 1: ``Π_{k<n} (κ − k)/(κ + d − 1 + k)``."""
    k = np.arange(count - 1)
    return np.concatenate([[1.0], np.cumprod((kappa - k) / (kappa + dim - 1 + k))])
