"""What every linear map between two spaces is made of: means and second moments of pairs, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


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
    def of(cls, images: np.ndarray, texts: np.ndarray) -> Moments:
        """Of (P, d) and (P, d') vectors, row p of both a pair, in float64."""
        images, texts = images.astype(np.float64), texts.astype(np.float64)
        x, y = images.mean(axis=0), texts.mean(axis=0)
        images -= x
        texts -= y
        n = len(images)
        return cls(x, y, images.T @ images / n, texts.T @ texts / n, images.T @ texts / n)

    @cached_property
    def image_spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """(d,) eigenvalues and (d, d) eigenvectors in columns of ``xx``."""
        return np.linalg.eigh(self.xx)

    @cached_property
    def text_spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of ``yy``."""
        return np.linalg.eigh(self.yy)


def shifted_power(spectrum: tuple[np.ndarray, np.ndarray], power: float, strength: float) -> np.ndarray:
    """``(C + λI)^power`` of a covariance by its spectrum, ``λ = strength · mean eigenvalue``.

    Where nothing varies at all it is the identity.
    """
    values, vectors = spectrum
    mean = float(values.mean())
    if mean <= 0:
        return np.eye(len(values))
    return (vectors * (values.clip(min=0) + strength * mean) ** power) @ vectors.T
