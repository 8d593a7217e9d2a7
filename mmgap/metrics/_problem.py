"""What the reducers are asked and what they answer, the same for every device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from mmgap.metrics.relevance import Relevance


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
class WithinProblem:
    """One modality: ``centre`` is the exact mean product, ``weights`` are exp(−t‖x_i‖²), float64 on the device."""

    weights: torch.Tensor
    centre: float
    t: float
    bins: int

    @property
    def exponent(self) -> tuple[float, int]:
        """2t as (rate, m) with rate·2^m = 2t."""
        return split_exponent(2 * self.t)


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

    ``scale`` 0 leaves the exponentials out, ``owned`` None the counts by owner.
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

    @property
    def exponent(self) -> tuple[float, int]:
        return split_exponent(self.scale)


def split_exponent(a: float) -> tuple[float, int]:
    """``a`` as (rate, m) with ``rate·2^m = a`` and rate ≤ ¼."""
    m = max(0, math.ceil(math.log2(4 * a))) if a else 0
    return a / 2**m, m
