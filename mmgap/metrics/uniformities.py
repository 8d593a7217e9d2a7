"""Uniformity on the sphere, by its three variants, whose values differ by more than the effects that papers report."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from mmgap.metrics._problem import check_exponent
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.unit_rows import UnitRows, Vectors, same_shape, same_width, unit_rows


def uniformity(
    x: Vectors,
    y: Vectors | None = None,
    owner: Any = None,
    *,
    t: float = 2.0,
    variant: Literal["pairs", "with_diagonal", "cross"] = "pairs",
) -> float:
    """How evenly points spread over the sphere: ``log mean exp(−t‖a − b‖²)``, the lower the more even.

    Args:
        x: (N, d) vectors of one modality, unit rows, N ≥ 2.
        y: (M, d) vectors of the other: the result is then the mean of both modalities' values.
        owner: (M,) label of the image that each text of ``y`` came with, or of ``x`` where that stands alone. Captions
            of one image say the same in other words: such pairs are left out, of ``"pairs"`` and ``"with_diagonal"``.
        t: of the Gaussian kernel, 0 < t ≤ 100.
        variant: which pairs (a, b) the mean is over.

            - ``"pairs"``: i < j of one modality (Wang & Isola; Liang et al.; the thesis), in [−2t·N/(N − 1), 0];
              0 for identical points, the left end for a regular simplex.
            - ``"with_diagonal"``: all i, j, the pairs (i, i) included, which pull it towards 0.
            - ``"cross"``: ``x_i`` and ``y_j`` with i > j, as CyCLIP's code has it; needs ``y`` with N rows.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, t out of range, owners of another count, all
            texts
            of one image, ``"cross"`` without a ``y`` of the same shape, or with owners.

    Source: Wang & Isola, "Understanding contrastive representation learning" (ICML 2020).

    >>> import numpy as np
    >>> round(uniformity(np.eye(5)), 6)  # all distances are √2
    -4.0
    >>> round(uniformity(np.eye(3)[[0, 0, 1, 2]], owner=[0, 0, 1, 2]), 6)  # not of the two captions of image 0
    -4.0
    """
    if variant not in ("pairs", "with_diagonal", "cross"):
        raise ValueError(f"variant must be 'pairs', 'with_diagonal' or 'cross', got {variant!r}")
    x = unit_rows(x, "x", at_least=2)
    if variant == "cross":
        if y is None or owner is not None:
            raise ValueError("variant='cross' compares row i of two modalities: give y, and no owner")
        return _cross(x, unit_rows(y, "y"), t)
    if y is None:
        return _one(x, owner, t, variant)
    y = unit_rows(y, "y", at_least=2)
    same_width(x, y)
    return (_one(x, None, t, variant) + _one(y, owner, t, variant)) / 2


def _one(v: UnitRows, owner: Any, t: float, variant: str) -> float:
    labels = None if owner is None else np.asarray(owner)
    if labels is not None and labels.shape != (len(v),):
        raise ValueError(f"owner must be one image label for each of {len(v)} texts, got shape {labels.shape}")
    found = within(v.tensor, owner=labels, t=t)
    return found.uniformity_with_diagonal if variant == "with_diagonal" else found.uniformity


def _cross(x: UnitRows, y: UnitRows, t: float) -> float:
    same_shape(x, y)
    check_exponent(t, "t")
    found = cross(x.tensor.double(), y.tensor.double(), relevance_of(None, len(x), len(y)), gaussians=(t, t))
    return mean_below(found, len(x))


def mean_below(found: Cross, n: int) -> float:
    """Return the logarithm of the mean of the kernel over ``x_i`` and ``y_j`` with i > j, of a pass that summed it."""
    assert found.gaussian_sums is not None
    return float(np.log(found.gaussian_sums[1] / (n * (n - 1) / 2)))
