"""What maps of unit rows are fitted to: the means and covariances of each modality, an image counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmgap.spaces.decompositions import spectrum
from mmgap.spaces.row_blocks import blocks, to_unit

#: Numbers in a block of float64 rows.
LARGE = 1 << 21


@dataclass(frozen=True, eq=False)
class UnitStatistics:
    """Of (N, d) images and (M, d') texts, each row brought to length one, in float64 and in blocks."""

    images: np.ndarray
    texts: np.ndarray

    @cached_property
    def x(self) -> np.ndarray:
        """(d,) mean image."""
        return _mean(self.images)

    @cached_property
    def y(self) -> np.ndarray:
        """(d',) mean text."""
        return _mean(self.texts)

    @property
    def gap(self) -> np.ndarray:
        """(d,) Δ = mean image − mean text."""
        return self.x - self.y

    @cached_property
    def xx(self) -> np.ndarray:
        """(d, d) biased covariance of the images."""
        return _covariance(self.images, self.x)

    @cached_property
    def yy(self) -> np.ndarray:
        """(d', d') biased covariance of the texts."""
        return _covariance(self.texts, self.y)

    @cached_property
    def pooled_spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Rising eigenvalues, and eigenvectors in columns, of ½(xx + yy): each modality counts the same."""
        return spectrum((self.xx + self.yy) / 2)

    @cached_property
    def spectra(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """The same of ``xx`` and of ``yy``."""
        return spectrum(self.xx), spectrum(self.yy)

    @cached_property
    def variances(self) -> tuple[np.ndarray, np.ndarray]:
        """(d,) and (d',) biased variances of the coordinates."""
        return _variance(self.images, self.x), _variance(self.texts, self.y)


def all_equal(vectors: np.ndarray) -> bool:
    """Return whether all rows are the same."""
    return all(bool((vectors[rows] == vectors[0]).all()) for rows in blocks(len(vectors), vectors.shape[1]))


def _units(vectors: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of length one, float64, in blocks."""
    for rows in blocks(len(vectors), vectors.shape[1], LARGE):
        block = vectors[rows].astype(np.float64)
        to_unit(block)
        yield block


def _mean(vectors: np.ndarray) -> np.ndarray:
    return sum((block.sum(axis=0) for block in _units(vectors)), np.zeros(vectors.shape[1])) / len(vectors)


def _covariance(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    found = np.zeros((len(mean), len(mean)))
    for block in _units(vectors):
        block -= mean
        found += block.T @ block
    return found / len(vectors)


def _variance(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    found = np.zeros(len(mean))
    for block in _units(vectors):
        block -= mean
        found += np.einsum("ij,ij->j", block, block)
    return found / len(vectors)
