"""The gap that two halves of one and the same modality show: what a gap must exceed to be one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from mmgap.metrics.inputs import Array, unit_rows
from mmgap.metrics.moments import total_variance
from mmgap.stats.interval import BLOCK_ELEMENTS


@dataclass(frozen=True)
class NullGap:
    """Gaps between disjoint random subsets of one modality.

    Attributes:
        mean, std: over the resamples.
        high: their 95th percentile.
        expected_rms: root of the expected squared gap, in closed form: √(2·tr(C)/size), C the covariance (N − 1).
        size: vectors in each subset.
        resamples: number of pairs of subsets.
    """

    mean: float
    std: float
    high: float
    expected_rms: float
    size: int
    resamples: int


def null_gap(x: Array, *, size: int | None = None, resamples: int = 200, seed: int = 0, raw: bool = False) -> NullGap:
    """Null floor of the modality gap: the gap between two disjoint random subsets of one modality.

    It falls as 1/√size, so a gap measured on ``n`` pairs stands beside the floor of subsets of ``n``.

    Args:
        x: (N, d) vectors of one modality, N ≥ 2, unit rows; of several captions of an image give one, else both
            subsets hold the same images and the floor comes out too low.
        size: vectors in each subset, at most N/2 (the default: random halves).
        resamples: pairs of subsets, drawn by ``seed``; blocks of them meet the vectors in one matrix product.
        raw: take vectors of any norm.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.inputs.unit_rows`, or a size that does not fit twice.

    >>> import numpy as np
    >>> from mmgap.stats import null_gap
    >>> round(null_gap(np.eye(40)).expected_rms, 4)  # √(2/20)
    0.3162
    """
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    x = unit_rows(x, "x", at_least=2, raw=raw)
    n = len(x)
    size = n // 2 if size is None else size
    if not 1 <= size <= n // 2:
        raise ValueError(f"size: two disjoint subsets of {size} do not fit into {n} rows; at most {n // 2}")
    rows, generator, gaps = x.double(), np.random.default_rng(seed), []
    signs = np.zeros(n)
    signs[:size], signs[size : 2 * size] = 1 / size, -1 / size
    for start in range(0, resamples, step := max(1, BLOCK_ELEMENTS // n)):
        block = np.tile(signs, (min(step, resamples - start), 1))
        weights = torch.from_numpy(generator.permuted(block, axis=1)).to(rows)
        gaps.append((weights @ rows).norm(dim=1).cpu().numpy())
    found = np.concatenate(gaps)
    expected = (2 * total_variance(x) / size) ** 0.5
    return NullGap(float(found.mean()), float(found.std()), float(np.quantile(found, 0.95)), expected, size, resamples)
