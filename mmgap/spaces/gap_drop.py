"""Leave out the few coordinates that carry most of the gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.dropping import Dropping
from mmgap.spaces.maps import PairMap
from mmgap.spaces.unit_statistics import UnitStatistics


@dataclass(frozen=True)
class GapDrop(Dropping):
    """``x_j ↦ 0`` and ``y_j ↦ 0`` for the k coordinates with the largest ``Δ_j²``, of unit rows, brought back to length
    one; ``Δ = mean x − mean y`` of train, and nothing is centred.

    Source: Schrodi et al. (2025), "Two effects, one trigger", https://arxiv.org/abs/2404.07983: few dimensions drive
    the gap. Use it where an index may lose coordinates but not be moved. Not to close the gap: the rest of it stays.

    Attributes:
        k: coordinates that are left out, fewer than there are. None chooses it.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 3)) + [0, 5, 0], rng.normal(size=(50, 3)), np.arange(50))
    >>> parse("gap-drop:1").fit(train).map.image.weight
    array([1., 0., 1.])
    """

    def at(self, found: UnitStatistics, strength: float) -> PairMap:
        """Return the map without that many coordinates."""
        weight = np.ones(len(found.gap))
        weight[np.argsort(-(found.gap**2), kind="stable")[: int(strength)]] = 0
        return PairMap(Affine(weight), Affine(weight), unit=True)
