"""Whiten each modality by its own covariance, turned as little as can be."""

from __future__ import annotations

from dataclasses import dataclass

from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap
from mmgap.spaces.unit_statistics import UnitStatistics
from mmgap.spaces.whitening import Whitening, inverse_root


@dataclass(frozen=True)
class ZCA(Whitening):
    """``x ↦ (C_xx + εI)^(−½)·(x − mean x)`` and ``y ↦ (C_yy + εI)^(−½)·(y − mean y)`` of unit rows, brought back to
    length one.

    Biased covariances of each side of train. Source: Kessy, Lewin and Strimmer (2018), "Optimal whitening and
    decorrelation", https://arxiv.org/abs/1512.00809 (ZCA is the whitening nearest to the vectors themselves). Use it to
    make both distributions alike, not only their means. Not with fewer images than dimensions: an alarm says so.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
    >>> images, texts = parse("zca:1e-6").fit(train).transform(train.images, train.texts)
    >>> images.shape, texts.shape
    ((50, 4), (50, 4))
    """

    def at(self, found: UnitStatistics, strength: float) -> PairMap:
        """Return the map at one ε."""
        image, text = (inverse_root(spectrum, strength) for spectrum in found.spectra)
        return PairMap(Affine.centred(image, found.x), Affine.centred(text, found.y), unit=True)
