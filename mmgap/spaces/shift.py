"""Move images and texts towards each other along the line between their means (Liang et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.space import Fitted, Space
from mmgap.spaces.unit_means import fitted_note, unit_means

#: Which part of the way each side goes.
SIDES = {"both": (0.5, 0.5), "image": (1.0, 0.0), "text": (0.0, 1.0)}


@dataclass(frozen=True)
class Shift(Space):
    """``x ↦ x − ½·α·Δ`` and ``y ↦ y + ½·α·Δ`` of unit rows, brought back to length one; ``Δ = mean x − mean y`` of
    train.

    Attributes:
        alpha: part of the way: 0 leaves all as it is, 1 closes the gap of train, more passes by, less than 0 widens.
        side: which side goes it: both, half each, or one alone.
    """

    alpha: float = 1.0
    side: Literal["both", "image", "text"] = "both"

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the map by the means of train."""
        x, y = unit_means(train)
        same, (of_image, of_text) = np.ones(len(x)), SIDES[self.side]
        step = self.alpha * (x - y)
        found = PairMap(Affine(same, -of_image * step), Affine(same, of_text * step), unit=True)
        return Fitted(found, (fitted_note(self.name, train),), pairs=len(train.texts))
