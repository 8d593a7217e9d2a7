"""Orthogonal Procrustes: turn the images towards the texts without stretching anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.decompositions import singular
from mmgap.spaces.fitting import PairedMap
from mmgap.spaces.maps import PairMap
from mmgap.spaces.second_moments import Moments


def fit(pairs: Moments, strength: float = 1.0) -> PairMap:
    """``x ↦ W·(x − mean x)`` and ``y ↦ y − mean y``, ``W`` the semi-orthogonal matrix that brings the pairs closest.

    ``C_yx = U·S·Vᵀ``, ``W = U·Vᵀ`` (Schönemann 1966): of all ``W`` with orthonormal rows, or columns where texts are
    the wider, the one with the greatest ``Σ <W·x_i, y_i>``.

    Args:
        pairs: moments of the pairs that are fitted on.
        strength: has no effect.
    """
    u, _, vt = singular(pairs.xy.T)
    return PairMap(Affine.centred(u @ vt, pairs.x), Affine.centred(np.ones(len(pairs.y)), pairs.y))


@dataclass(frozen=True)
class Procrustes(PairedMap):
    """Turn images towards texts without stretching anything; there is no strength to choose.

    Images of more coordinates than texts are projected; `fit` has the formula. Source: Schönemann (1966),
    https://doi.org/10.1007/BF02289451. Use it where distances among images must stay as they are, as in an index of
    images alone. Not where the modalities differ in more than a rotation and their means: CCA does better there.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 6)), rng.normal(size=(50, 4)), np.arange(50))
    >>> images, texts = parse("procrustes").fit(train).transform(train.images, train.texts)
    >>> images.shape, texts.shape
    ((50, 4), (50, 4))
    """

    solve = staticmethod(fit)
