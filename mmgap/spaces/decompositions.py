"""Decompositions of small matrices, on one thread: with several, their threads wait for one another most of the time.

A spectrum of 512 × 512 takes a tenth of the time on one thread that it takes on two shared cores.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits


def spectrum(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rising eigenvalues (d,), and the eigenvectors in columns (d, d), of a symmetric matrix (d, d).

    >>> spectrum(np.diag([2.0, 1.0]))[0].tolist()
    [1.0, 2.0]
    """
    with threadpool_limits(1):
        values, vectors = np.linalg.eigh(matrix)
    return values, vectors


def singular(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return U (d, r), S (r,) falling and Vᵀ (r, d') of a matrix (d, d'), r the smaller of both.

    >>> singular(np.diag([1.0, 2.0]))[1].tolist()
    [2.0, 1.0]
    """
    with threadpool_limits(1):
        u, s, vt = np.linalg.svd(matrix, full_matrices=False)
    return u, s, vt
