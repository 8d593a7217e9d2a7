"""Whiten both modalities by one pooled covariance: the same matrix on each side."""

from __future__ import annotations

from dataclasses import dataclass

from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap
from mmgap.spaces.unit_statistics import UnitStatistics
from mmgap.spaces.whitening import Whitening, inverse_root


@dataclass(frozen=True)
class Whiten(Whitening):
    """``x ↦ W·(x − mean x)`` and ``y ↦ W·(y − mean y)`` of unit rows, brought back to length one.

    ``W = (½(C_xx + C_yy) + εI)^(−½)``, biased covariances within each modality. Source: Su et al. (2021), "Whitening
    sentence representations", https://arxiv.org/abs/2103.15316, with one covariance for both sides, so that what
    belongs together is stretched alike. Use it where both sides vary along a few common directions that drown the
    rest. Not with fewer images than dimensions, where the small eigenvalues are noise: an alarm says so.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
    >>> fitted = parse("whiten:0.001").fit(train)
    >>> bool((fitted.map.image.weight == fitted.map.text.weight).all())
    True
    """

    def at(self, found: UnitStatistics, strength: float) -> PairMap:
        """Return the map at one ε."""
        weight = inverse_root(found.pooled_spectrum, strength)
        return PairMap(Affine.centred(weight, found.x), Affine.centred(weight, found.y), unit=True)
