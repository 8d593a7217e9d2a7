"""Move images and texts towards each other along the line between their means (Liang et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mmgap.spaces.affine import Affine, SpaceError
from mmgap.spaces.fitting import ChosenMap
from mmgap.spaces.maps import PairMap
from mmgap.spaces.unit_statistics import UnitStatistics

#: Which part of the way each side goes.
SIDES = {"both": (0.5, 0.5), "image": (1.0, 0.0), "text": (0.0, 1.0)}


@dataclass(frozen=True)
class Shift(ChosenMap):
    """``x ↦ x − ½·δ·u`` and ``y ↦ y + ½·δ·u`` of unit rows, brought back to length one; ``u = Δ/‖Δ‖``.

    ``Δ = mean x − mean y`` of train. Source: Liang et al. (2022), "Mind the gap", https://arxiv.org/abs/2203.02053;
    their sweep goes from −5 to 5. Use it to vary the gap and keep everything else, or one-sided, on an index that is
    filled already. Not to gain recall: rows come back to the sphere after the move, which changes neighbourhoods.

    Attributes:
        delta: length of the way, in absolute units; negative widens the gap. None chooses it.
        side: which side goes it: both, half each, or one alone, all of it.
        scale: "unit" counts in units, "gap" in parts of ‖Δ‖: 1 is the raw Δ.
        renormalise: "no" leaves rows as they are after the move; dot products are meant then.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
    >>> fitted = parse("shift:1,scale=gap,side=text,renormalise=no").fit(train)
    >>> images, texts = fitted.transform(train.images, train.texts)
    >>> bool(np.linalg.norm(images.mean(axis=0) - texts.mean(axis=0)) < 1e-12)
    True
    """

    delta: float | None = None
    side: Literal["both", "image", "text"] = "both"
    scale: Literal["unit", "gap"] = "unit"
    renormalise: Literal["yes", "no"] = "yes"
    strengths: ClassVar[tuple[float, ...]] = (0.25, 0.5, 0.75, 1.0)
    usual: ClassVar[float] = 0.75

    def at(self, found: UnitStatistics, strength: float) -> PairMap:
        """Return the map that goes this far."""
        length = float(np.linalg.norm(found.gap))
        if length == 0:
            raise SpaceError(f"{self.name}: the means of images and texts are equal, so there is no gap to move along")
        step = strength * found.gap / (1 if self.scale == "gap" else length)
        same, (of_image, of_text) = np.ones(len(step)), SIDES[self.side]
        return PairMap(
            Affine(same, -of_image * step if of_image else None),
            Affine(same, of_text * step if of_text else None),
            unit=True,
            renormalise=self.renormalise == "yes",
        )
