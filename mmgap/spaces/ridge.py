"""Ridge regression from image space to text space: where in text space an image's caption is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.fitting import PairedMap
from mmgap.spaces.maps import PairMap
from mmgap.spaces.second_moments import Moments, shifted_power


def fit(pairs: Moments, strength: float) -> PairMap:
    """``x ↦ W·(x − mean x)`` and ``y ↦ y − mean y``, ``W = C_yx·(C_xx + λI)⁻¹``, ``λ = strength · mean variance``.

    Texts are centred too: a regression shrinks towards the mean caption, and whatever caption lies near that would be
    everybody's neighbour.

    Args:
        pairs: moments of the pairs that are fitted on.
        strength: > 0, free of the vectors' scale.
    """
    weight = pairs.xy.T @ shifted_power(pairs.image_spectrum, -1.0, strength)
    return PairMap(Affine.centred(weight, pairs.x), Affine.centred(np.ones(len(pairs.y)), pairs.y))


@dataclass(frozen=True)
class Ridge(PairedMap):
    """Predict from each image the place of its caption by ridge regression.

    Images go into the space of texts, which are centred; `fit` has the formula. Source: Hoerl and Kennard (1970). Use
    it to search texts that are indexed already, or where images are the side with more to tell. Not where images and
    texts are to be treated alike: a regression draws images together, so their own neighbours change.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 6)), rng.normal(size=(50, 4)), np.arange(50))
    >>> images, texts = parse("ridge:0.1").fit(train).transform(train.images, train.texts)
    >>> images.shape, texts.shape
    ((50, 4), (50, 4))
    """

    strengths: ClassVar[tuple[float, ...]] = tuple(10.0**k for k in (-4, -3, -2, -1.5, -1, -0.5, 0, 1))
    solve = staticmethod(fit)
