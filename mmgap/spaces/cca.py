"""Regularised canonical correlation analysis: the directions in which images and texts vary together."""

from __future__ import annotations

import numpy as np

from mmgap.spaces.maps import Affine, Method, PairMap


def fit(images: np.ndarray, texts: np.ndarray, strength: float) -> PairMap:
    """Both sides whitened, then turned onto their canonical directions and weighted by the correlations.

    ``C_xx^(−½)·C_xy·C_yy^(−½) = U·S·Vᵀ``; images go to ``S·Uᵀ·C_xx^(−½)·(x − mean x)``, texts likewise with ``V``.
    ``λ = strength · mean variance`` is added to the diagonal of each covariance (Hardoon et al. 2004); the weights S
    are those of Gong et al. (2014), https://arxiv.org/abs/1212.4522, to the first power.

    Args:
        images: (P, d) image vector of each pair.
        texts: (P, d') text vector of each pair.
        strength: > 0, free of the vectors' scale and of P.
    """
    x, y = images.mean(axis=0), texts.mean(axis=0)
    white_x, white_y = whitening(images - x, strength), whitening(texts - y, strength)
    cross = (images - x).T @ (texts - y) / len(images)
    u, s, vt = np.linalg.svd(white_x @ cross @ white_y, full_matrices=False)
    return PairMap(
        Affine.centred(s[:, None] * (u.T @ white_x), x),
        Affine.centred(s[:, None] * (vt @ white_y), y),
    )


def whitening(centred: np.ndarray, strength: float) -> np.ndarray:
    """(d, d) symmetric ``(C + λI)^(−½)``; a modality without any variance stays as it is."""
    covariance = centred.T @ centred / len(centred)
    mean = float(np.trace(covariance)) / len(covariance)
    if mean == 0:
        return np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance + strength * mean * np.eye(len(covariance)))
    return (vectors / np.sqrt(values)) @ vectors.T


METHOD = Method(fit, strengths=tuple(10.0**k for k in (-3, -2, -1.5, -1, -0.5, 0, 1)))
