"""Translate one side along the part of the gap that lies outside the other side's leading directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mmgap.spaces.affine import Affine, SpaceError, StrengthError
from mmgap.spaces.fitting import ChosenMap
from mmgap.spaces.maps import PairMap
from mmgap.spaces.unit_statistics import UnitStatistics


@dataclass(frozen=True)
class ProjectGap(ChosenMap):
    """``y ↦ y + (I − V·Vᵀ)·Δ`` of unit rows, for ``side=text``; ``x ↦ x − (I − V·Vᵀ)·Δ`` for ``side=image``.

    ``Δ = mean x − mean y`` of train; ``V``: the ``rank`` leading eigenvectors of the covariance of the other side. Rows
    are not brought back to length one: dot products are meant, and those of one image with all texts change by the same
    number. Source: "Modality gap: bug or feature" (2026), https://arxiv.org/abs/2603.29080. Use it on an index of the
    other side that is filled already. Not for cosines, which the changed lengths disturb.

    Attributes:
        rank: of the leading directions, fewer than there are dimensions; 0 translates by all of Δ. None chooses it.
        side: which side is moved.

    >>> import numpy as np
    >>> from mmgap.spaces import Pairs, parse
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
    >>> images, texts = parse("project-gap:0").fit(train).transform(train.images, train.texts)
    >>> bool(np.linalg.norm(images.mean(axis=0) - texts.mean(axis=0)) < 1e-12)
    True
    """

    rank: int | None = None
    side: Literal["text", "image"] = "text"
    strengths: ClassVar[tuple[float, ...]] = (200, 100, 50, 20, 10, 0)
    usual: ClassVar[float] = 100

    def __post_init__(self) -> None:
        if self.rank is not None and self.rank < 0:
            raise SpaceError(f"{self.name}: rank must be at least 0, got {self.rank}")

    def check_strength(self, strength: float, width: int) -> None:
        """Raise `StrengthError` where no direction would be left to move along."""
        if strength >= width:
            raise StrengthError(
                f"{self.name}: rank {strength:g} leaves none of {width} directions to move along: take a lower one"
            )

    def at(self, found: UnitStatistics, strength: float) -> PairMap:
        """Return the translation at one rank."""
        spectrum = found.spectra[0 if self.side == "text" else 1]
        leading = spectrum[1][:, len(found.gap) - int(strength) :]
        step, same = found.gap - leading @ (leading.T @ found.gap), np.ones(len(found.gap))
        image, text = (None, step) if self.side == "text" else (-step, None)
        return PairMap(Affine(same, image), Affine(same, text), unit=True, renormalise=False)
