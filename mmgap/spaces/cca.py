"""Regularised canonical correlation analysis: the directions in which images and texts vary together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmgap.spaces.affine import Affine
from mmgap.spaces.decompositions import singular
from mmgap.spaces.fitting import PairedMap
from mmgap.spaces.maps import PairMap
from mmgap.spaces.second_moments import Moments, shifted_power


def fit(pairs: Moments, strength: float) -> PairMap:
    """Both sides whitened, then turned onto their canonical directions and weighted by the correlations.

    ``C_xx^(−½)·C_xy·C_yy^(−½) = U·S·Vᵀ``; images go to ``S·Uᵀ·C_xx^(−½)·(x − mean x)``, texts likewise with ``V``.
    ``λ = strength · mean variance`` is added to the diagonal of each covariance (Hardoon et al. 2004); the weights S
    are those of Gong et al. (2014), https://arxiv.org/abs/1212.4522, to the first power.

    Args:
        pairs: moments of the pairs that are fitted on.
        strength: > 0, free of the vectors' scale.
    """
    white_x = shifted_power(pairs.image_spectrum, -0.5, strength)
    white_y = shifted_power(pairs.text_spectrum, -0.5, strength)
    u, s, vt = singular(white_x @ pairs.xy @ white_y)
    return PairMap(
        Affine.centred(s[:, None] * (u.T @ white_x), pairs.x),
        Affine.centred(s[:, None] * (vt @ white_y), pairs.y),
    )


@dataclass(frozen=True)
class CCA(PairedMap):
    """Turn both sides onto the directions in which they vary together, and weigh each by its correlation.

    Images of 6 and texts of 4 coordinates go to 4 in common; `fit` has the formula. Source: Hotelling (1936); Gong et
    al. (2014), https://arxiv.org/abs/1212.4522, for the weights. Use it for two towers that were never trained
    together, and where the modalities have different widths. Not with fewer than some hundred pairs of train: it then
    learns them by heart, and the strongest regularisation wins.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 6)), rng.normal(size=(50, 4)), np.arange(50))
    >>> images, texts = parse("cca:0.1").fit(train).transform(train.images, train.texts)
    >>> images.shape, texts.shape
    ((50, 4), (50, 4))
    """

    strengths: ClassVar[tuple[float, ...]] = tuple(10.0**k for k in (-3, -2, -1.5, -1, -0.5, 0, 1))
    solve = staticmethod(fit)
