"""What is told of the relevant pairs of vectors on disk: products that are kept in a file, and means over the pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.metrics.exact_products import pair_products
from mmgap.metrics.gap import named_means

#: Pairs that are worked on at a time.
_PAIRS = 1 << 16


@dataclass(frozen=True)
class PairSums:
    """Of P pairs.

    Attributes:
        products: (P,) float64 ``⟨x_i, y_j⟩``, on disk.
        total: their sum.
        squared, distance: the means of ``‖x_i − y_j‖²`` and of ``‖x_i − y_j‖``.
    """

    products: ScratchArray
    total: float
    squared: float
    distance: float

    @classmethod
    def of(cls, x: torch.Tensor, y: torch.Tensor, pairs: np.ndarray, release: Callable[[], None]) -> PairSums:
        """Read the rows of (P, 2) pairs; ``release`` gives back the memory of what they are mapped from."""
        products, sums = ScratchArray(len(pairs), np.float64), np.zeros(3)
        for some in spans(len(pairs), _PAIRS):
            found, distances = pair_products(x, y, np.array(pairs[some]))
            products[some] = found
            sums += found.sum(), distances.sum(), np.sqrt(distances).sum()
            release()
        total, squared, distance = sums.tolist()
        return cls(products, total, squared / len(pairs), distance / len(pairs))

    def means(self, within: tuple[float, float]) -> dict[str, float]:
        """Return `mmgap.metrics.gap.means_over_pairs`."""
        mean = self.total / len(self.products)
        squares = sum(float(np.square(self.products[some] - mean).sum()) for some in spans(len(self.products)))
        return named_means(mean, math.sqrt(squares / len(self.products)), self.squared, self.distance, within)


def siblings(owner: np.ndarray, most: int, release: Callable[[], None]) -> Iterator[np.ndarray]:
    """Yield all pairs of texts of one image, (P, 2), some at a time.

    Args:
        owner: (M,) rising.
        most: texts of an image, at most.
        release: gives back the memory that the owners are mapped from.
    """
    for apart in range(1, most):
        for some in spans(len(owner) - apart, _PAIRS):
            here = some.start + np.flatnonzero(owner[some] == owner[some.start + apart : some.stop + apart])
            release()
            if len(here):
                yield np.stack([here, here + apart], axis=1)
