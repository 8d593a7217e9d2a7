"""What is kept of trainings epoch by epoch: the arrays of each loss, and recall over both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mmgap.analysis.row_items import RowItems
from mmgap.evaluation.item_arrays import Items

#: A curve of more points is shown by the means of so many stretches of it.
POINTS = 240

#: Arrays of steps that are no term of the loss.
OF_STEPS = ("loss", "rate", "scale", "scale_i2t", "scale_t2i", "gap", "norm")


def by_loss(rows: Sequence[RowItems], needs: Sequence[str]) -> dict[str, Items]:
    """Return the arrays of each row by its loss; a row that lacks one of those needed stays out."""
    return {str(one.row["cell"]["loss"]): one.arrays for one in rows if all(name in one.arrays for name in needs)}


def mean_recall(items: Items) -> np.ndarray:
    """Return (E+1,) R@1 after each epoch in per cent, the mean of both directions."""
    return 50 * (np.asarray(items["curve_t2i_r1"], dtype=np.float64) + np.asarray(items["curve_i2t_r1"]))


def less(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], against: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the curves but for one, less that one, at the epochs that both have.

    >>> curves = {"ce": (np.array([0, 1, 2]), np.array([5.0, 3.0, 2.0])), "b": (np.array([0, 2]), np.array([5.0, 1.0]))}
    >>> {name: (x.tolist(), y.tolist()) for name, (x, y) in less(curves, "ce").items()}
    {'b': ([0, 2], [0.0, -1.0])}
    """
    at, level = curves[against]
    found = {}
    for name, (x, y) in curves.items():
        if name != against:
            shared, own, other = np.intersect1d(x, at, return_indices=True)
            found[name] = (shared, np.asarray(y)[own] - np.asarray(level)[other])
    return found


def finite(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points whose both coordinates are finite, as float64.

    >>> import numpy as np
    >>> [values.tolist() for values in finite(np.array([0, 1, 2]), np.array([0.5, np.nan, 0.7]))]
    [[0.0, 2.0], [0.5, 0.7]]
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n = min(len(x), len(y))
    good = np.isfinite(x[:n]) & np.isfinite(y[:n])
    return x[:n][good], y[:n][good]


def thinned(x: np.ndarray, y: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of at most so many stretches of nearly equal length; fewer points stay as they are."""
    if len(x) <= points:
        return x, y
    starts = np.linspace(0, len(x), points, endpoint=False).astype(int)
    sizes = np.diff(np.append(starts, len(x)))
    return np.add.reduceat(x, starts) / sizes, np.add.reduceat(y, starts) / sizes


def epochs_of_steps(items: Items) -> np.ndarray:
    """Return (S,) the epoch, in parts, at which each step ended."""
    return np.arange(1, len(items["step_loss"]) + 1) / max(int(items["steps_per_epoch"][0]), 1)


def terms(items: Items) -> list[str]:
    """Return the terms of the loss that were kept for each step, by name; a loss of one term has none."""
    steps = (name.removeprefix("step_") for name in sorted(items) if name.startswith("step_"))
    found = [name for name in steps if name not in OF_STEPS]
    return found if len(found) > 1 else []
