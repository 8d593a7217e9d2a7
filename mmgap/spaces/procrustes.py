"""Orthogonal Procrustes: turn the images towards the texts without stretching anything."""

from __future__ import annotations

import numpy as np

from mmgap.spaces.maps import Affine, Method, PairMap


def fit(images: np.ndarray, texts: np.ndarray, strength: float = 1.0) -> PairMap:
    """``x ↦ W·(x − mean x)`` and ``y ↦ y − mean y``, ``W`` the semi-orthogonal matrix that brings the pairs closest.

    ``C_yx = U·S·Vᵀ``, ``W = U·Vᵀ`` (Schönemann 1966): of all ``W`` with orthonormal rows, or columns where texts are
    the wider, the one with the greatest ``Σ <W·x_i, y_i>``.

    Args:
        images: (P, d) image vector of each pair.
        texts: (P, d') text vector of each pair.
        strength: has no effect.
    """
    x, y = images.mean(axis=0), texts.mean(axis=0)
    u, _, vt = np.linalg.svd((texts - y).T @ (images - x), full_matrices=False)
    return PairMap(Affine.centred(u @ vt, x), Affine.centred(np.eye(len(y)), y))


METHOD = Method(fit, strengths=(1.0,))
