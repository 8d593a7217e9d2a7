"""What is kept of trainings epoch by epoch: the arrays of each loss, and recall over both directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmgap.analysis.row_items import Items, RowItems


def by_loss(rows: Sequence[RowItems], needs: Sequence[str]) -> dict[str, Items]:
    """Return the arrays of each row by its loss; a row that lacks one of those needed stays out."""
    return {str(one.row["cell"]["loss"]): one.arrays for one in rows if all(name in one.arrays for name in needs)}


def mean_recall(items: Items) -> np.ndarray:
    """Return (E+1,) R@1 after each epoch in per cent, the mean of both directions."""
    return 50 * (np.asarray(items["curve_t2i_r1"], dtype=np.float64) + np.asarray(items["curve_i2t_r1"]))
