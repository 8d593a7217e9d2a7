"""The plane in which several sets of vectors together vary most: their first two principal components."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from mmgap.metrics.covariances import symmetric_product

#: Rows that are worked through together.
_ROWS = 1 << 16

#: Of the largest eigenvalue: what lies below is rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class PrincipalPlane:
    """Two axes, and how much of the variance lies along them.

    Attributes:
        mean: (d,) of all rows that it was fitted on.
        axes: (2, d), orthonormal; a row of zeros where the rows vary in fewer than two directions.
        explained: (2,) share of the variance along each axis, in [0, 1], falling.
    """

    mean: np.ndarray
    axes: np.ndarray
    explained: np.ndarray

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return the places of (n, d) rows in the plane, (n, 2) float32."""
        places = np.empty((len(rows), 2), dtype=np.float32)
        for start in range(0, len(rows), _ROWS):
            part = slice(start, start + _ROWS)
            places[part] = (rows[part] - self.mean) @ self.axes.T
        return places


def principal_plane(*sets: np.ndarray, tell: Callable[[int, int], None] | None = None) -> PrincipalPlane:
    """Return the plane of the first two principal components of all rows of all sets together.

    The rows are read twice, some at a time, in float64: memory is that of a d×d matrix. As scikit-learn has it, the
    entry of largest size of each axis is positive.

    Args:
        sets: (n, d) floats each, one row at least among them.
        tell: is called with the rows that were read, and all of them, the second time round.

    >>> plane = principal_plane(np.array([[0.0, 3.0], [0.0, -3.0]]), np.array([[1.0, 0.0], [-1.0, 0.0]]))
    >>> plane.axes.round(6).tolist(), plane.explained.tolist()
    ([[0.0, 1.0], [1.0, 0.0]], [0.9, 0.1])
    """
    count, width = sum(map(len, sets)), sets[0].shape[1]
    origin = next(rows for rows in sets if len(rows))[0].astype(np.float64)  # equal rows have exactly it as their mean
    mean = origin + sum((part - origin).sum(axis=0) for part in _parts(sets)) / count
    if count <= width:
        centred = np.concatenate([part - mean for part in _parts(sets)])
        values, vectors = np.linalg.eigh(centred @ centred.T)
        axes = vectors.T @ centred / np.sqrt(np.where(values > 0, values, 1))[:, None]
    else:
        scatter, read = np.zeros((width, width)), 0
        for part in _parts(sets):
            scatter += symmetric_product(torch.from_numpy(part - mean)).numpy()
            read += len(part)
            if tell is not None:
                tell(read, count)
        values, vectors = np.linalg.eigh(scatter)
        axes = vectors.T
    return _first_two(mean, values[::-1], axes[::-1])


def _first_two(mean: np.ndarray, values: np.ndarray, axes: np.ndarray) -> PrincipalPlane:
    """From falling eigenvalues and their axes, a row each."""
    values = np.where(values > _ROUNDING * values[0], values, 0.0)
    total = values.sum()
    found, explained = np.zeros((2, len(mean))), np.zeros(2)
    for k in range(min(2, int(np.count_nonzero(values)))):
        found[k] = axes[k] * np.sign(axes[k][np.abs(axes[k]).argmax()])
        explained[k] = values[k] / total
    return PrincipalPlane(mean, found, explained)


def _parts(sets: tuple[np.ndarray, ...]) -> Iterator[np.ndarray]:
    return (rows[start : start + _ROWS].astype(np.float64) for rows in sets for start in range(0, len(rows), _ROWS))
