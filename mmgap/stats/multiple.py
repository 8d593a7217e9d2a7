"""Several comparisons at once: what is left of their p-values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def holm(p_values: ArrayLike) -> tuple[float, ...]:
    """Adjust p-values by Holm's step-down correction, in the order given: they keep the family-wise error.

    For the false discovery rate instead take `scipy.stats.false_discovery_control`.

    Raises:
        ValueError: no p-values, or one outside [0, 1] (named).

    >>> from mmgap.stats import holm
    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or len(p) == 0:
        raise ValueError(f"p_values: expected a non-empty list of numbers, got shape {p.shape}")
    outside = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if len(outside):
        raise ValueError(f"p_values: item {outside[0]} is {p[outside[0]]}, not in [0, 1]")
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1.0)
    adjusted = np.empty_like(p)
    adjusted[order] = steps
    return tuple(adjusted.tolist())
