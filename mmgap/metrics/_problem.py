"""What the reducers are asked and what they answer, the same for every device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from mmgap.metrics.relevance import Relevance
from mmgap.metrics.unit_rows import Rows

#: Largest exponent t of a kernel exp(−t‖a − b‖²): beyond, exponentials would leave float64.
LARGEST_T = 100.0


@dataclass(frozen=True)
class Sums:
    """Over the pairs of a pass: Σ(s − centre), Σ(s − centre)², Σ|s|, where the extremes stand, and the histogram."""

    total: float
    square: float
    absolute: float
    lowest: tuple[int, int]
    highest: tuple[int, int]
    counts: np.ndarray


@dataclass(frozen=True)
class Gaussian:
    """A kernel ``exp(−γ‖a − b‖²) = a_weight·b_weight·exp(2γ·⟨a, b⟩)``; weights are float64 on the device.

    Attributes:
        gamma: γ.
        rows, columns: exp(−γ‖v‖²) of each row and each column of the product.
    """

    gamma: float
    rows: torch.Tensor
    columns: torch.Tensor

    @classmethod
    def of(cls, x: Rows, y: Rows, gamma: float) -> Gaussian:
        """The kernel of the rows of x and those of y. Raises `ValueError` where γ is out of range."""
        check_exponent(gamma, "gamma")
        return cls(gamma, *(torch.exp(-gamma * v.squared_norms) for v in (x, y)))

    @property
    def rate(self) -> float:
        """What products are multiplied by in the exponent, 2γ."""
        return 2 * self.gamma


@dataclass(frozen=True)
class WithinProblem:
    """One modality: ``centre`` is the exact mean product, ``weights`` are exp(−t‖x_i‖²), float64 on the device.

    The sum of the kernel ``other`` over all pairs is wanted as well, if there is one.
    """

    weights: torch.Tensor
    centre: float
    t: float
    bins: int
    other: Gaussian | None


@dataclass(frozen=True)
class OwnerProblem:
    """Rivals counted by the image that owns them; texts stand in owner order.

    ``most`` is the largest number of texts an image owns, ``cap`` the number of rivals from which on one need not tell
    them apart.
    """

    owner: np.ndarray
    most: int
    cap: int


@dataclass(frozen=True)
class CrossProblem:
    """Two modalities; a rival counts as above a query's best positive over ``…_over``, as tied from ``…_tie`` on.

    ``scale`` 0 leaves the exponentials out, ``owned`` None the counts by owner. Of the two ``kernels``, if any, the
    first is summed over all pairs, the second over those below the diagonal.
    """

    relevance: Relevance
    centre: float
    bins: int
    scale: float
    image_over: np.ndarray
    image_tie: np.ndarray
    text_over: np.ndarray
    text_tie: np.ndarray
    owned: OwnerProblem | None
    kernels: tuple[Gaussian, ...]


def check_exponent(t: float, name: str) -> None:
    """Raise `ValueError` unless a kernel exp(−t‖a − b‖²) stays within float64."""
    if not 0 < t <= LARGEST_T:
        raise ValueError(f"{name} must be in (0, {LARGEST_T:g}], got {t}")
