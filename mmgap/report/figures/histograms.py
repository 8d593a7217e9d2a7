"""The four cosine histograms of a space as densities, drawn alike in every picture that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from matplotlib.patheffects import withStroke

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

#: How each is filled: its own pairs stand solid before everything else, the others of them are hatched without a
#: ground, so that the two are told apart in grey too. Opacity of the ground, hatching, how thick the line is.
FILLS: dict[str, tuple[float, str, float]] = {
    "image": (0.14, "", 1.0),
    "text": (0.14, "", 1.0),
    "matched": (0.45, "", 1.5),
    "unmatched": (0.0, "/////", 0.8),
}

#: Stands before its name in a key, for eyes and papers without colours.
SIGNS = {"image": "━", "text": "╍", "matched": "█", "unmatched": "▨"}


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
        ground, hatch, thick = FILLS[name]
        axes.add_artist(StepPatch(heights, coarse, fill=True, color=colour, alpha=ground, linewidth=0))
        if hatch:
            hatched = StepPatch(heights, coarse, fill=False, edgecolor=colour, alpha=0.55, linewidth=0, hatch=hatch)
            hatched.set_hatch_linewidth(0.5)
            axes.add_artist(hatched)
        line = StepPatch(heights, coarse, fill=False, color=colour, linewidth=thick * width, linestyle=dashes)
        axes.add_artist(line)
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


def tell_cut(axes: Axes, drawn: list[Drawn], height: float, *, small: bool = False) -> None:
    """Say of each curve that leaves the frame at its upper edge how high it goes: ``↑ 23``."""
    cut = sorted((one for one in drawn if one.peak[1] > height), key=lambda one: one.peak[0])
    for place, one in enumerate(cut):
        axes.annotate(
            f"↑ {one.peak[1]:.0f}",
            (one.peak[0], height),
            xytext=(3, -4 - (7 if small else 9) * (place + 1)),
            textcoords="offset points",
            fontsize=6 if small else 7.5,
            color=one.colour,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
            zorder=6,
        )
