"""What a heat-map of cosines marks: the fields of own pairs, and of each row the best field."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke

from mmgap.report.figures.style import ON_DARK, ON_LIGHT

#: Up to so many rows and columns every own pair has a frame; of more, thin lines would hide what they mark.
FRAMED = 60

#: The artists' names, by which tests and readers of a figure find them.
OWN, BEST = "own pairs", "best of each row"


def mark_own(axes: Axes, own: np.ndarray, side: float) -> None:
    """Frame the fields of own pairs; where there are many, a dashed line runs through them.

    Args:
        axes: with the map, a field wide and high 1.
        own: (K, 2) row and column of each.
        side: of a field, in points.
    """
    if not len(own):
        return
    edge = [withStroke(linewidth=1.8, foreground=ON_LIGHT, alpha=0.5)]
    if len(own) <= FRAMED:
        down = own[:, :1] + np.array([-0.5, -0.5, 0.5, 0.5, -0.5])
        across = own[:, 1:] + np.array([-0.5, 0.5, 0.5, -0.5, -0.5])
        lines = list(np.stack([across, down], axis=-1))
    else:
        lines = [own[np.argsort(own[:, 0], kind="stable"), ::-1]]
    width = float(np.clip(side / 12, 0.6, 1.2))
    style = "solid" if len(own) <= FRAMED else (0, (4, 6))
    marks = LineCollection(lines, colors=ON_DARK, linewidths=width, linestyles=[style], path_effects=edge, zorder=3)
    marks.set_gid(OWN)
    axes.add_collection(marks, autolim=False)


def best_of_rows(matrix: np.ndarray) -> np.ndarray:
    """Return the column of the largest entry of each row, (N,); NaN count for nothing, −1 where there is nothing else.

    >>> best_of_rows(np.array([[np.nan, 0.2, 0.3], [0.9, np.nan, 0.1], [np.nan, np.nan, np.nan]])).tolist()
    [2, 0, -1]
    """
    held = np.where(np.isnan(matrix), -np.inf, matrix)
    return np.where(np.isfinite(held.max(axis=1)), held.argmax(axis=1), -1)


def mark_best(axes: Axes, best: np.ndarray, side: float) -> None:
    """Put a dot into the upper right corner of the best field of each row, in its middle where fields are small.

    Args:
        axes: as `mark_own`.
        best: (N,) column of each row, −1 for none.
        side: of a field, in points.
    """
    rows = np.flatnonzero(best >= 0)
    corner = 0.36 if side > 7 else 0.0
    marks = axes.scatter(
        best[rows] + corner,
        rows - corner,
        s=float(np.clip(side / 4, 0.7, 3.2)) ** 2,
        color="#FF2D95",
        edgecolors=ON_DARK,
        linewidths=0.5 if side > 5 else 0.0,
        zorder=4,
    )
    marks.set_gid(BEST)
