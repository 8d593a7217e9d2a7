"""Standardise each coordinate of each modality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.fitted import Fitted
from mmgap.spaces.fitted_note import fitted_note
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.space import Space


@dataclass(frozen=True)
class ZScore(Space):
    """``x_j ↦ (x_j − mean x_j)/sd x_j`` and ``y`` likewise, of unit rows, brought back to length one.

    Means and (biased) standard deviations are those of each side of train; a coordinate that never varies there is
    centred alone. Source: Timkey and van Schijndel (2021), https://arxiv.org/abs/2109.04404, against the few
    coordinates that rule a cosine. Use it where some coordinates are far larger than the others. Not where the spread
    of a coordinate is what it means: small ones are drawn out, noise among them.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) * [9, 1, 1, 1], rng.normal(size=(50, 4)), np.arange(50))
    >>> int(parse("zscore").fit(train).map.image.weight.argmin())  # the widest coordinate is divided by most
    0
    """

    centres: ClassVar[bool] = True

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the map by the means and spreads of train."""
        found = train.unit_statistics
        image, text = (
            Affine.centred(1 / np.where(variance > np.finfo(float).eps ** 2, np.sqrt(variance), 1), mean)
            for mean, variance in zip((found.x, found.y), found.variances, strict=True)
        )
        return Fitted(PairMap(image, text, unit=True), (fitted_note(self.name, train),), pairs=len(train.texts))
