"""Take the mean of each modality away: what I0T (mean removal) and GR-CLIP (separate means) do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.space import Fitted, Space
from mmgap.spaces.unit_means import fitted_note, unit_means


@dataclass(frozen=True)
class Centre(Space):
    """``x ↦ x − mean x`` and ``y ↦ y − mean y`` of unit rows, brought back to length one; means of train."""

    unequal_widths: ClassVar[bool] = True

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the map by the means of train."""
        x, y = unit_means(train)
        found = PairMap(Affine.centred(np.ones(len(x)), x), Affine.centred(np.ones(len(y)), y), unit=True)
        return Fitted(found, (fitted_note(self.name, train),), pairs=len(train.texts))
