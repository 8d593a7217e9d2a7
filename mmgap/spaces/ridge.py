"""Ridge regression from image space to text space: where in text space an image's caption is expected."""

from __future__ import annotations

import numpy as np

from mmgap.spaces.maps import Affine, Method, PairMap


def fit(images: np.ndarray, texts: np.ndarray, strength: float) -> PairMap:
    """``W = C_yx·(C_xx + λI)⁻¹`` on centred vectors, ``λ = strength · mean variance of an image dimension``.

    Texts stay as they are.

    Args:
        images: (P, d) image vector of each pair.
        texts: (P, d') text vector of each pair.
        strength: > 0, free of the vectors' scale and of P.
    """
    from sklearn.linear_model import Ridge

    variance = float(images.var(axis=0).mean())
    ridge = Ridge(alpha=strength * variance * len(images)).fit(images, texts)
    return PairMap(Affine(ridge.coef_, ridge.intercept_))


METHOD = Method(fit, strengths=tuple(10.0**k for k in (-4, -3, -2, -1.5, -1, -0.5, 0, 1)))
