"""Ridge regression from image space to text space: where in text space an image's caption is expected."""

from __future__ import annotations

import numpy as np

from mmgap.spaces.maps import Affine, Method, PairMap


def fit(images: np.ndarray, texts: np.ndarray, strength: float) -> PairMap:
    """``x ↦ W·(x − mean x)`` and ``y ↦ y − mean y``, ``W = C_yx·(C_xx + λI)⁻¹``, ``λ = strength · mean variance``.

    Texts are centred too: a regression shrinks towards the mean caption, and whatever caption lies near that would be
    everybody's neighbour.

    Args:
        images: (P, d) image vector of each pair.
        texts: (P, d') text vector of each pair.
        strength: > 0, free of the vectors' scale and of P.
    """
    from sklearn.linear_model import Ridge

    x, y = images.mean(axis=0), texts.mean(axis=0)
    variance = float(images.var(axis=0).mean())
    ridge = Ridge(alpha=strength * variance * len(images), fit_intercept=False).fit(images - x, texts - y)
    return PairMap(Affine.centred(ridge.coef_, x), Affine.centred(np.eye(len(y)), y))


METHOD = Method(fit, strengths=tuple(10.0**k for k in (-4, -3, -2, -1.5, -1, -0.5, 0, 1)))
