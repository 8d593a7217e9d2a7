"""What maps that leave something out share: how much they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmgap.spaces.affine import SpaceError, StrengthError
from mmgap.spaces.fitting import ChosenMap


@dataclass(frozen=True)
class Dropping(ChosenMap):
    """A map that leaves k directions or coordinates out.

    Attributes:
        k: how many, fewer than there are dimensions. None chooses it.
    """

    k: int | None = None
    strengths: ClassVar[tuple[float, ...]] = (1, 2, 5, 10, 20, 50)
    usual: ClassVar[float] = 2

    def __post_init__(self) -> None:
        if self.k is not None and self.k < 1:
            raise SpaceError(f"{self.name}: k must be at least 1, got {self.k}")

    def check_strength(self, strength: float, width: int) -> None:
        """Raise `StrengthError` where nothing would be left."""
        if strength >= width:
            raise StrengthError(f"{self.name}: k = {strength:g} leaves nothing of {width} dimensions: take fewer")
