"""Take the mean of each modality away: what I0T (mean removal) and GR-CLIP (separate means) do."""

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
class Centre(Space):
    """``x ↦ x − mean x`` and ``y ↦ y − mean y`` of unit rows, brought back to length one; means of train.

    Sources: I0T's mean removal (ACL 2025, https://github.com/xfactlab/I0T) and GR-CLIP's separate means (2025,
    https://arxiv.org/abs/2507.19054); ``i0t`` and ``gr-clip`` are aliases. Use it first where
    one index holds images and texts. Not where train and use differ: means of other data open a new gap.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, canonical, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
    >>> images, texts = parse("centre").fit(train).transform(train.images, train.texts)
    >>> bool(np.linalg.norm(images.mean(axis=0) - texts.mean(axis=0)) < 0.3), canonical("gr-clip")
    (True, 'centre')
    """

    centres: ClassVar[bool] = True
    unequal_widths: ClassVar[bool] = True

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the map by the means of train."""
        x, y = train.unit_statistics.x, train.unit_statistics.y
        found = PairMap(Affine.centred(np.ones(len(x)), x), Affine.centred(np.ones(len(y)), y), unit=True)
        return Fitted(found, (fitted_note(self.name, train),), pairs=len(train.texts))
