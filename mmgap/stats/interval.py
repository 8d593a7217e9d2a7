"""An estimate and its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Interval:
    """A value with its confidence interval.

    Attributes:
        value: the estimate on the data as given.
        low, high: ends of the interval, low ≤ high.
        level: nominal coverage, in (0, 1); 1 of bounds that nothing passes.
        n: independent units behind it (clusters of images, or seeds; not captions).
        method: how the ends were found, in words.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    method: str


def checked(values: ArrayLike, name: str, at_least: int = 2) -> np.ndarray:
    """One-dimensional float64, finite, at least 2 long. Raises `ValueError` that names the first bad item."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one number per item, got shape {array.shape}")
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise ValueError(f"{name}: item {bad[0]} is {array[bad[0]]} ({len(bad)} of {len(array)} are not finite)")
    if len(array) < at_least:
        raise ValueError(f"{name}: needs at least {at_least} items for an interval, got {len(array)}")
    return array


def check_level(level: float) -> None:
    """Raise `ValueError` unless the level lies in (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level is a share in (0, 1), such as 0.95; got {level}")
