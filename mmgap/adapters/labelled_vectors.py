"""Image vectors with a class each: what an adapter is fitted on, chosen by and measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

#: How far the cosine of two equal vectors may be from 1.
SAME = 1e-11


class AdapterError(ValueError):
    """An adapter that cannot be made, fitted or measured as asked; the message names the cure."""


@dataclass(frozen=True, eq=False)
class LabelledVectors:
    """Images as unit vectors, and the number of each one's class.

    Attributes:
        images: (n, d), made unit rows in float64.
        labels: (n,) int64, the row of the class vectors, counted from 0.

    Raises:
        AdapterError: a row that is zero or not finite (it is named), lengths that differ, labels that are no numbers of
            classes.

    >>> LabelledVectors([[3.0, 4.0]], [0]).images.tolist()
    [[0.6, 0.8]]
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        images, labels = unit_rows(self.images, "images"), np.asarray(self.labels)
        if labels.shape != (len(images),) or labels.dtype.kind not in "iu" or (labels < 0).any():
            raise AdapterError(
                f"labels are one class number from 0 an image: {len(images)} images, labels {labels.dtype} of shape"
                f" {labels.shape}"
            )
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "labels", labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    def part(self, rows: Sequence[int] | np.ndarray) -> LabelledVectors:
        """Return the images at these positions, or where a mask is true."""
        return LabelledVectors(self.images[rows], self.labels[rows])

    def counts(self, classes: int) -> np.ndarray:
        """Return (C,) the number of images of each class."""
        return np.bincount(self.labels, minlength=classes)


def unit_rows(rows: ArrayLike, what: str) -> np.ndarray:
    """Return rows of length one, float64 and apart from what was given.

    Raises:
        AdapterError: no (n, d) numbers, or a row that is zero or not finite (it is named).
    """
    given = np.asarray(rows)
    if given.ndim != 2 or given.dtype.kind not in "fiu":
        raise AdapterError(f"{what} are numbers of shape (n, d), got {given.dtype} of shape {given.shape}")
    found = given.astype(np.float64)
    with np.errstate(over="ignore"):  # an infinite length is refused below
        lengths = np.linalg.norm(found, axis=1)
    if len(bad := np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))):
        raise AdapterError(f"row {bad[0]} of the {what} is zero or not finite: leave it out")
    return found / lengths[:, None]


def also_in(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return (N,) where a unit row is among others, but for what float32 rounds off.

    >>> also_in(np.eye(3), np.eye(3)[1:2]).tolist()
    [False, True, False]
    """
    found = np.zeros(len(rows), dtype=bool)
    if len(others):
        for start in range(0, len(rows), 4096):
            found[start : start + 4096] = (rows[start : start + 4096] @ others.T).max(axis=1) > 1 - SAME
    return found
