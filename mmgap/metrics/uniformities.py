"""Uniformity on the sphere, by its three variants, whose values differ by more than the effects that papers report."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch

from mmgap.metrics import exact_products as exact
from mmgap.metrics.pass_within import LARGEST_T, within
from mmgap.metrics.tiles import Blocks, sweep
from mmgap.metrics.unit_rows import Array, same_shape, same_width, unit_rows


def uniformity(
    x: Array,
    y: Array | None = None,
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


def _one(v: torch.Tensor, owner: Any, t: float, variant: str) -> float:
    labels = None if owner is None else np.asarray(owner)
    if labels is not None and labels.shape != (len(v),):
        raise ValueError(f"owner must be one image label for each of {len(v)} texts, got shape {labels.shape}")
    found = within(v, owner=labels, t=t)
    if variant == "with_diagonal":
        return float(np.log((found.kernel_sums.sum() + len(v)) / (found.partners.sum() + len(v))))
    return found.uniformity


def _cross(x: torch.Tensor, y: torch.Tensor, t: float) -> float:
    same_shape(x, y)
    if not 0 < t <= LARGEST_T:
        raise ValueError(f"t must be in (0, {LARGEST_T:g}], got {t}")
    own = exact.squared_norms(x)[:, None], exact.squared_norms(y)
    images, texts = Blocks(x, torch.float64), Blocks(y, torch.float64)
    order = [(i, j) for i in range(images.count) for j in range(i + 1)]
    sums: list[float] = []

    def read(rows: range, columns: range, tile: torch.Tensor) -> None:
        squared = own[0][rows.start : rows.stop] + own[1][columns.start : columns.stop]
        kernel = torch.exp(-t * (squared - 2 * tile[: len(rows), : len(columns)]))
        sums.append(float(kernel.tril(rows.start - columns.start - 1).sum()))

    sweep(images, texts, [order], [read], "cross uniformity")
    return float(np.log(sum(sums) / (len(x) * (len(x) - 1) / 2)))
