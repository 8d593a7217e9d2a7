"""Logarithms of binomial coefficients that keep their digits, however many items there are to choose from."""

from __future__ import annotations

import numpy as np

#: From here on `_series` is exact to the last digits.
_LARGE = 16


def log_binomial(n: np.ndarray | int, k: np.ndarray | int) -> np.ndarray:
    """Return log C(n, k) of whole numbers 0 ≤ k ≤ n, float64 of the shape that both have together.

    By Stirling's formula, ``log n! = n·log n − n + ½·log 2πn + δ(n)``. The large terms of the three factorials are
    taken together, which leaves two of one sign, where differences of log Γ lose a digit for each that n has (Loader,
    Fast and Accurate Computation of Binomial Probabilities, 2000).

    >>> bool(np.isclose(np.exp(log_binomial(10, 4)), 210, rtol=1e-14)), log_binomial(7, [0, 7]).tolist()
    (True, [0.0, 0.0])
    """
    n, k = np.broadcast_arrays(np.asarray(n, dtype=float), np.asarray(k, dtype=float))
    few = np.minimum(k, n - k)
    some = few > 0  # else there is one choice
    of, few = np.where(some, n, 2.0), np.where(some, few, 1.0)
    many = of - few
    found = few * np.log(of / few) - many * np.log1p(-few / of) - np.log(2 * np.pi * few * (many / of)) / 2
    return np.where(some, found + (_remainder(of) - _remainder(few) - _remainder(many)), 0.0)


def _remainder(n: np.ndarray) -> np.ndarray:
    """δ(n) for whole numbers n ≥ 1."""
    return np.where(n < _LARGE, _SMALL[np.minimum(n, _LARGE).astype(int)], _series(n))


def _series(n: np.ndarray) -> np.ndarray:
    """Of large n: 1/12n − 1/360n³ + 1/1260n⁵ − 1/1680n⁷ + 1/1188n⁹."""
    r = 1 / np.square(n)
    return (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / n


def _small() -> np.ndarray:
    """(17,) δ(0), which nothing reads, … δ(16), from the last one down: δ(n) − δ(n + 1) = (n + ½)·log(1 + 1/n) − 1."""
    n = np.arange(1, _LARGE, dtype=float)
    steps = (n + 0.5) * np.log1p(1 / n) - 1
    last = _series(np.array([_LARGE], dtype=float))
    return np.concatenate([[0.0], np.cumsum(steps[::-1])[::-1] + last, last])


_SMALL = _small()
