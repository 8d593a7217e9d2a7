"""The four cosine histograms of a space as densities, drawn alike in every picture that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch

from mmgap.analysis.cosine_histograms import Histograms, HistogramScale, density, mean_cosine
from mmgap.core.messages import N_
from mmgap.report.figures.style import IMAGE, MATCHED, TEXT, UNMATCHED

#: Of each histogram its array, its name, its colour and its dashes.
KINDS: tuple[tuple[str, str, str, Any], ...] = (
    ("image", N_("image–image"), IMAGE, "-"),
    ("text", N_("text–text"), TEXT, (0, (5, 1.2))),
    ("matched", N_("image–text\nmatched"), MATCHED, "-"),
    ("unmatched", N_("image–text\nunmatched"), UNMATCHED, (0, (1.2, 1))),
)


@dataclass(frozen=True)
class Drawn:
    """One density as it stands in a picture: its name, its colour, its mean and its peak."""

    name: str
    colour: str
    mean: float
    peak: tuple[float, float]


def densities(axes: Axes, edges: np.ndarray, histograms: Histograms, step: int, *, small: bool = False) -> list[Drawn]:
    """Draw the histograms that hold anything, filled, each with a dot under its mean; the axes' ends are not touched.

    Args:
        axes: to draw on.
        edges: (B+1,) of the bins.
        histograms: counts (B,) by the array names of `KINDS`.
        step: so many bins make one that is drawn.
        small: thinner lines and smaller dots, for one panel of many.
    """
    drawn = []
    width, dot = (1.0, 4) if small else (1.4, 6)
    for name, called, colour, dashes in KINDS:
        counts = histograms[name]
        if not counts.sum():
            continue
        coarse, heights = density(edges, counts, step)
        axes.add_artist(StepPatch(heights, coarse, fill=True, color=colour, alpha=0.16, linewidth=0))
        axes.add_artist(StepPatch(heights, coarse, fill=False, color=colour, linewidth=width, linestyle=dashes))
        mean = mean_cosine(edges, counts)
        axes.plot(mean, 0, "o", color=colour, markeredgecolor="white", markersize=dot, clip_on=False, zorder=5)
        top = int(heights.argmax())
        drawn.append(Drawn(called, colour, mean, (float(coarse[top] + coarse[top + 1]) / 2, float(heights[top]))))
    return drawn


def limit(axes: Axes, scale: HistogramScale) -> None:
    """Give a panel the axes of a scale; a peak that leaves it is cut at its upper edge."""
    axes.set_xlim(*scale.ends)
    axes.set_ylim(0, scale.height)
    axes.locator_params(axis="y", nbins=4)
    axes.grid(axis="x", visible=False)
