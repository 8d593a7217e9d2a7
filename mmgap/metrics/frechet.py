"""Distances between the two sets as distributions, split into what the centroids and what the shapes contribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from mmgap.metrics.gaussian import gaussian_row_sums, median_squared_distance
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows, same_width


@dataclass(frozen=True)
class FrechetParts:
    """The two parts of a squared Fréchet distance.

    Attributes:
        centroid: gap², the squared distance of the means, ≥ 0.
        covariance: tr(C_x + C_y − 2(C_x C_y)^½), ≥ 0: what is left once the gap is closed by a shift.
    """

    centroid: float
    covariance: float

    @property
    def total(self) -> float:
        """The squared Fréchet distance."""
        return self.centroid + self.covariance


def frechet_parts(x: Vectors, y: Vectors, *, raw: bool = False) -> FrechetParts:
    """Squared Fréchet (2-Wasserstein) distance of the Gaussians with the sets' means and covariances, in two parts.

    With covariances C_x = AᵀA and C_y = BᵀB, the trace of (C_x C_y)^½ is the nuclear norm of ABᵀ: no matrix root,
    so singular covariances (fewer rows than dimensions) cost no digits. O((N + M)·d² + d³) time, O(d² + chunk) memory.

    Args:
        x: (N, d) image vectors, N ≥ 2, unit rows.
        y: (M, d) text vectors, M ≥ 2, unit rows; M may differ from N, rows are not paired.
        raw: take vectors of any norm.

    Returns:
        The parts; their sum is `frechet_squared`. Covariances divide by N − 1.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, or different widths.

    Source: Dowson & Landau (1982); Heusel et al., "GANs trained by a two time-scale update rule" (2017).
    """
    images, texts = _two_sets(x, y, raw)
    centroid = (images.mean - texts.mean).square().sum()
    a, b = images.factor, texts.factor
    covariance = a.square().sum() + b.square().sum() - 2 * torch.linalg.svdvals(a @ b.T).sum()
    return FrechetParts(float(centroid), max(float(covariance), 0.0))


def frechet_squared(x: Vectors, y: Vectors, *, raw: bool = False) -> float:
    """``gap² + tr(C_x + C_y − 2(C_x C_y)^½)``, in [gap², ∞); 0 for identical sets and for shuffled pairs.

    Symmetric, and invariant to a joint rotation. Arguments, errors and source as `frechet_parts`, which returns the
    two terms apart.

    >>> import numpy as np
    >>> from mmgap.metrics.frechet import frechet_squared
    >>> x = np.eye(3)
    >>> round(frechet_squared(x, -x), 6)  # gap² = 4/3, equal covariances
    1.333333
    """
    return frechet_parts(x, y, raw=raw).total


def mmd_squared(
    x: Vectors,
    y: Vectors,
    *,
    kernel: Literal["linear", "rbf"] = "rbf",
    estimator: Literal["biased", "unbiased"] = "biased",
    bandwidth: float | None = None,
    raw: bool = False,
) -> float:
    """Squared maximum mean discrepancy: ``mean k(x, x') + mean k(y, y') − 2·mean k(x, y)``.

    Args:
        x: (N, d) image vectors, N ≥ 2, unit rows.
        y: (M, d) text vectors, M ≥ 2, unit rows; rows are not paired.
        kernel: ``"linear"``, ``<x, y>``, whose biased estimate is gap²; ``"rbf"``, ``exp(−‖x − y‖²/(2σ²))``.
        estimator: ``"biased"`` takes the means over all pairs, i = j included, and is ≥ 0; ``"unbiased"`` leaves
            i = j out of the two within-set means, is 0 in expectation for equal distributions and may be negative.
        bandwidth: σ of the Gaussian kernel; by default the median distance of the pooled rows that do not coincide
            (on 2,000 evenly spaced rows where there are more).
        raw: take vectors of any norm.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, different widths, an unknown kernel or estimator,
            a bandwidth that is not positive or that comes with the linear kernel.

    Source: Gretton et al., "A kernel two-sample test" (JMLR 2012).
    """
    if kernel not in ("linear", "rbf") or estimator not in ("biased", "unbiased"):
        raise ValueError(
            f"kernel is 'linear' or 'rbf', estimator 'biased' or 'unbiased'; got {kernel!r}, {estimator!r}"
        )
    if bandwidth is not None and (kernel == "linear" or not bandwidth > 0):
        raise ValueError(
            f"bandwidth must be positive, and goes with kernel='rbf' only; got {bandwidth!r} for {kernel!r}"
        )
    sets = _two_sets(x, y, raw)
    if kernel == "linear":
        gap_squared = float((sets[0].mean - sets[1].mean).square().sum())
        spread = [float(v.scatter.trace()) / (len(v) - 1) / len(v) for v in sets if estimator == "unbiased"]
        return gap_squared - sum(spread)
    a, b = (v.tensor for v in sets)
    squared = bandwidth**2 if bandwidth is not None else median_squared_distance(a, b) or 1.0
    gamma = 1 / (2 * squared)
    image, text = (float(gaussian_row_sums(v, None, gamma).sum()) for v in (a, b))
    cross = float(gaussian_row_sums(a, b, gamma).sum())
    return mmd_of_sums(image, text, cross, len(a), len(b), unbiased=estimator == "unbiased")


def mmd_of_sums(image: float, text: float, cross: float, n: int, m: int, *, unbiased: bool = False) -> float:
    """Return the squared discrepancy from kernel sums: of N images and of M texts over i ≠ j, and over all N·M pairs.

    The biased one takes the means with i = j, whose kernel is 1, and is not negative.
    """
    if unbiased:
        return image / (n * (n - 1)) + text / (m * (m - 1)) - 2 * cross / (n * m)
    return max((image + n) / n**2 + (text + m) / m**2 - 2 * cross / (n * m), 0.0)


def _two_sets(x: Vectors, y: Vectors, raw: bool) -> tuple[Rows, Rows]:
    """Both sets, guarded, on one device."""
    images, texts = any_rows(x, "x", at_least=2, raw=raw), any_rows(y, "y", at_least=2, raw=raw)
    same_width(images, texts)
    device = images.tensor.device
    return images, texts if texts.tensor.device == device else Rows(texts.tensor.to(device))
