"""Decompositions on one thread are NumPy's."""

import numpy as np
from threadpoolctl import threadpool_info

from mmgap.spaces import decompositions
from mmgap.spaces.decompositions import singular, spectrum


def test_they_make_up_the_matrix_again():
    matrix = np.random.default_rng(0).normal(size=(7, 5))
    values, vectors = spectrum(matrix.T @ matrix)
    np.testing.assert_allclose(vectors * values @ vectors.T, matrix.T @ matrix, atol=1e-12)
    assert (np.diff(values) >= 0).all()
    u, s, vt = singular(matrix)
    np.testing.assert_allclose(u * s @ vt, matrix, atol=1e-12)
    assert (np.diff(s) <= 0).all()
    assert (u.shape, vt.shape) == ((7, 5), (5, 5))


def test_blas_has_one_thread_meanwhile(monkeypatch):
    seen = []

    def spied(matrix, full_matrices=True):
        seen.extend(found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas")
        return (np.zeros(1),) * 3

    monkeypatch.setattr(decompositions.np.linalg, "svd", spied)
    singular(np.eye(2))
    assert set(seen) == {1}
