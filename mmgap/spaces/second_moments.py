"""What every linear map between two spaces is made of: means and second moments of pairs, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmgap.spaces.decompositions import spectrum
from mmgap.spaces.row_blocks import blocks
from mmgap.spaces.unit_statistics import LARGE


@dataclass(frozen=True, eq=False)
class Moments:
    """Means and (biased) covariances of P pairs of an image and a text vector.

    Attributes:
        x: (d,) mean image vector.
        y: (d',) mean text vector.
        xx: (d, d) covariance of the images.
        yy: (d', d') covariance of the texts.
        xy: (d, d') covariance of images with texts.
    """

    x: np.ndarray
    y: np.ndarray
    xx: np.ndarray
    yy: np.ndarray
    xy: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray, texts: np.ndarray, owner: Any = None) -> Moments:
        """Of (N, d) and (P, d') vectors, in float64 and in blocks; row p of both a pair, or ``owner[p]`` and p."""
        n = len(texts)
        owner = np.arange(n) if owner is None else owner
        x, y = np.zeros(images.shape[1]), np.zeros(texts.shape[1])
        for rows in blocks(n, len(x) + len(y), LARGE):
            x += images[owner[rows]].sum(axis=0, dtype=np.float64)
            y += texts[rows].sum(axis=0, dtype=np.float64)
        x, y = x / n, y / n
        xx, yy, xy = (np.zeros((len(a), len(b))) for a, b in ((x, x), (y, y), (x, y)))
        for rows in blocks(n, len(x) + len(y), LARGE):
            u, v = images[owner[rows]] - x, texts[rows] - y
            xx += u.T @ u
            yy += v.T @ v
            xy += u.T @ v
        return cls(x, y, xx / n, yy / n, xy / n)

    @cached_property
    def image_spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """(d,) eigenvalues and (d, d) eigenvectors in columns of ``xx``."""
        return spectrum(self.xx)

    @cached_property
    def text_spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of ``yy``."""
        return spectrum(self.yy)


def shifted_power(spectrum: tuple[np.ndarray, np.ndarray], power: float, strength: float) -> np.ndarray:
    """``(C + λI)^power`` of a covariance by its spectrum, ``λ = strength · mean eigenvalue``.

    Where nothing varies at all it is the identity.
    """
    values, vectors = spectrum
    mean = float(values.mean())
    if mean <= 0:
        return np.eye(len(values))
    return (vectors * (values.clip(min=0) + strength * mean) ** power) @ vectors.T
