"""Bars and histograms, as several of these pages have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from made_vectors import unit
from matplotlib.axes import Axes

from mmgap.report.figures.style import INK, MATCHED, UNMATCHED


def bars(
    axes: Axes, values: dict[str, float], label: str, digits: int = 0, colours: Sequence[str] = (MATCHED,)
) -> None:
    """Draw a bar for each value with its number, the first name on top."""
    names = list(values)
    axes.barh(names, list(values.values()), color=[colours[k % len(colours)] for k in range(len(names))], height=0.6)
    for place, value in enumerate(values.values()):
        axes.text(value, place, f" {value:.{digits}f}", va="center", color=INK)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.margins(x=0.12)
    axes.grid(axis="y", visible=False)


def histograms(axes: Axes, sides: dict[str, tuple[np.ndarray, str]], label: str = "cosine") -> None:
    """Draw the densities of several sets of cosines."""
    for name, (values, colour) in sides.items():
        axes.hist(values, bins=np.linspace(-1, 1, 121), density=True, color=colour, alpha=0.6, label=name)
    axes.set_xlabel(label)
    axes.set_yticks([])
    axes.set_xlim(-0.7, 1)
    axes.legend(frameon=False, fontsize=7.5)


def cosine_kinds(images: np.ndarray, texts: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    """Return the cosines of matching and of other pairs."""
    cosines = unit(images) @ unit(texts).T
    others = cosines[~np.eye(len(cosines), dtype=bool)]
    return {"other pairs": (others, UNMATCHED), "matching pairs": (np.diag(cosines), MATCHED)}
