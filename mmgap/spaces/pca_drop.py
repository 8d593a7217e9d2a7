"""Leave out the leading principal directions that both modalities share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.dropping import Dropping
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.unit_statistics import UnitStatistics


@dataclass(frozen=True)
class PCADrop(Dropping):
    """``x ↦ (I − V·Vᵀ)·(x − mean x)`` and ``y ↦ (I − V·Vᵀ)·(y − mean y)`` of unit rows, brought back to length one.

    ``V``: the k leading eigenvectors of ``½(C_xx + C_yy)``. Source: Mu and Viswanath (2018), "All-but-the-top",
    https://arxiv.org/abs/1702.01417. Use it where a few directions (style, length of a caption) rule all cosines. Not
    with a large k: the leading directions also hold what tells pictures apart.

    Attributes:
        k: directions that are left out, fewer than there are dimensions. None chooses it.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
    >>> int(np.linalg.matrix_rank(parse("pca-drop:1").fit(train).map.image.weight))
    3
    """

    strengths: ClassVar[tuple[float, ...]] = (1, 2, 4, 8, 16, 32)

    def statistics(self, pairs: Pairs) -> UnitStatistics:
        """Return means and covariances. Raises `SpaceError` where all rows of a side are equal."""
        self.check_spread(pairs)
        return pairs.unit_statistics

    def at(self, found: UnitStatistics, strength: float) -> PairMap:
        """Return the map without that many directions."""
        leading = found.pooled_spectrum[1][:, len(found.x) - int(strength) :]
        weight = np.eye(len(found.x)) - leading @ leading.T
        return PairMap(Affine.centred(weight, found.x), Affine.centred(weight, found.y), unit=True)
