"""The four cosine histograms of a space as densities, drawn alike in every picture that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch

from mmgap.report.figures.style import IMAGE, MATCHED, TEXT, UNMATCHED

#: The cosine axis: the first of these that holds all but a thousandth of every histogram, so that pictures compare.
WINDOWS = ((-0.25, 1.0), (-0.5, 1.0), (-1.0, 1.0))

#: Of each histogram its array, the word for it, its colour and its dashes.
KINDS: tuple[tuple[str, str, str, Any], ...] = (
    ("image", "image_image", IMAGE, "-"),
    ("text", "text_text", TEXT, (0, (5, 1.2))),
    ("matched", "matched", MATCHED, "-"),
    ("unmatched", "unmatched", UNMATCHED, (0, (1.2, 1))),
)


@dataclass(frozen=True)
class Drawn:
    """One density as it stands in a picture: the word for it, its colour, its mean and its peak."""

    name: str
    colour: str
    mean: float
    peak: tuple[float, float]


def densities(
    axes: Axes, edges: np.ndarray, histograms: Mapping[str, np.ndarray], step: int, *, small: bool = False
) -> list[Drawn]:
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
        mean = float(np.average((edges[1:] + edges[:-1]) / 2, weights=counts))
        axes.plot(mean, 0, "o", color=colour, markeredgecolor="white", markersize=dot, clip_on=False, zorder=5)
        top = int(heights.argmax())
        drawn.append(Drawn(called, colour, mean, (float(coarse[top] + coarse[top + 1]) / 2, float(heights[top]))))
    return drawn


def window(edges: np.ndarray, histograms: Sequence[np.ndarray]) -> tuple[float, float]:
    """The ends of the cosine axis that suits all of these histograms, each (B,)."""
    centres = (edges[1:] + edges[:-1]) / 2
    for left, right in WINDOWS[:-1]:
        outside = [counts[centres < left].sum() / max(counts.sum(), 1) for counts in histograms]
        if max(outside) <= 1e-3:
            return left, right
    return WINDOWS[-1]


def bins_together(edges: np.ndarray, counts: np.ndarray, span: float) -> int:
    """How many fine bins make one that is drawn: Freedman and Diaconis's width for the smallest of the four sets."""
    width = float(edges[1] - edges[0])
    total = counts.sum()
    wanted = span / 120
    if total:
        quartiles = np.interp([0.25 * total, 0.75 * total], np.cumsum(counts), edges[1:])
        wanted = max(wanted, min(2 * float(np.diff(quartiles)[0]) / total ** (1 / 3), span / 50))
    return max(1, round(wanted / width))


def density(edges: np.ndarray, counts: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Coarser edges, and the counts between them as a density: its integral is 1."""
    starts = np.arange(0, len(counts), step)
    coarse = np.append(edges[starts], edges[-1])
    return coarse, np.add.reduceat(counts, starts) / (counts.sum() * np.diff(coarse))
