"""An estimate and its confidence interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

#: Elements that one block of resamples may hold (64 MB as float64).
BLOCK_ELEMENTS = 1 << 23


@dataclass(frozen=True)
class Interval:
    """A value with its confidence interval.

    Attributes:
        value: the estimate on the data as given.
        low, high: ends of the interval, low ≤ high.
        level: nominal coverage, in (0, 1).
        n: independent units behind it (images, clusters or seeds, not captions).
        resamples: bootstrap resamples drawn; 0 where none are.
        method: how the ends were found, in words.
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    resamples: int
    method: str


def seed_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Student's t interval of the mean over seeds (or any few independent runs).

    Args:
        values: one number per seed, at least 2.
        level: nominal coverage.

    Raises:
        ValueError: fewer than 2 values, a NaN or infinity (named), a level outside (0, 1).

    >>> from mmgap.stats import seed_interval
    >>> found = seed_interval([0.80, 0.82, 0.84])
    >>> round(found.low, 3), round(found.value, 3), round(found.high, 3)
    (0.77, 0.82, 0.87)
    """
    runs = checked(values, "values")
    check_level(level)
    mean, error = float(runs.mean()), float(stats.sem(runs))
    half = error * float(stats.t.ppf((1 + level) / 2, len(runs) - 1)) if np.ptp(runs) > 0 else 0.0
    return Interval(mean, mean - half, mean + half, level, len(runs), 0, "t over seeds")


@dataclass(frozen=True)
class Resampling:
    """How to resample: nominal coverage, number of resamples, seed; checked when it is made."""

    level: float
    resamples: int
    seed: int

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.resamples < 1:
            raise ValueError(f"resamples must be at least 1, got {self.resamples}")

    def no_spread(self, value: float, n: int, method: str) -> Interval:
        """The interval of zero width that equal values give."""
        return Interval(value, value, value, self.level, n, self.resamples, method)

    def interval(self, columns: Sequence[np.ndarray], statistic: Callable[..., np.ndarray], method: str) -> Interval:
        """Percentile interval of ``statistic(*columns, axis=…)`` over resampled rows; a row's columns stay together."""
        n, value = len(columns[0]), float(statistic(*columns, axis=-1))
        if all(np.ptp(column) == 0 for column in columns):  # every resample is the data itself
            return self.no_spread(value, n, method)
        ends = stats.bootstrap(
            tuple(columns),
            statistic,
            paired=True,
            vectorized=True,
            n_resamples=self.resamples,
            batch=max(1, BLOCK_ELEMENTS // n),
            confidence_level=self.level,
            method="percentile",
            random_state=np.random.default_rng(self.seed),
        ).confidence_interval
        return Interval(value, float(ends.low), float(ends.high), self.level, n, self.resamples, method)


def checked(values: ArrayLike, name: str) -> np.ndarray:
    """One-dimensional float64, finite, at least 2 long. Raises `ValueError` that names the first bad item."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name}: expected one number per item, got shape {array.shape}")
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise ValueError(f"{name}: item {bad[0]} is {array[bad[0]]} ({len(bad)} of {len(array)} are not finite)")
    if len(array) < 2:
        raise ValueError(f"{name}: needs at least 2 items for an interval, got {len(array)}")
    return array


def check_level(level: float) -> None:
    """Raise `ValueError` unless the level lies in (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level is a share in (0, 1), such as 0.95; got {level}")
