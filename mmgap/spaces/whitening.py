"""What whitening maps share: their strength, and the power of a covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import SpaceError
from mmgap.spaces.fitting import ChosenMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.unit_statistics import UnitStatistics


@dataclass(frozen=True)
class Whitening(ChosenMap):
    """A map of centred unit rows by ``(C + εI)^(−½)``.

    Attributes:
        eps: ε > 0, in units of the variance of unit rows; the smaller, the stronger. None chooses it.
    """

    eps: float | None = None
    strengths: ClassVar[tuple[float, ...]] = (1e-1, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4)
    usual: ClassVar[float] = 1e-3
    alarms: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.eps is not None and not self.eps > 0:
            raise SpaceError(f"{self.name}: eps must be above 0, got {self.eps:g}")

    def statistics(self, pairs: Pairs) -> UnitStatistics:
        """Return means and covariances. Raises `SpaceError` where all rows of a side are equal."""
        self.check_spread(pairs)
        return pairs.unit_statistics


def inverse_root(spectrum: tuple[np.ndarray, np.ndarray], eps: float) -> np.ndarray:
    """Return ``(C + εI)^(−½)`` of a covariance by its spectrum, symmetric."""
    values, vectors = spectrum
    return (vectors / np.sqrt(values.clip(min=0) + eps)) @ vectors.T
