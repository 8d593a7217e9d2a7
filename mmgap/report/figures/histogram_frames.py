"""The axes that several panels of histograms share: the same window, the same height, the same bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes

from mmgap.report.figures.histograms import bins_together, densities, density, window

#: The axes end at so many times the median of the panels' peaks: one spike must not flatten everything else.
CUT = 2.0

#: Four histograms (B,) by the names of `mmgap.report.figures.histograms.KINDS`.
Histograms: TypeAlias = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Frame:
    """What the panels of one picture have in common.

    Attributes:
        edges: (B+1,) of the bins.
        step: so many bins make one that is drawn.
        ends: of the cosine axis.
        height: of the density axis.
    """

    edges: np.ndarray
    step: int
    ends: tuple[float, float]
    height: float

    @classmethod
    def of(cls, edges: np.ndarray, panels: Sequence[Histograms]) -> Frame:
        """The frame that suits all of these panels."""
        edges = np.asarray(edges, dtype=np.float64)
        every = [counts for histograms in panels for counts in histograms.values()]
        left, right = window(edges, every)
        step = max(bins_together(edges, histograms["matched"], right - left) for histograms in panels)
        peaks = [
            max((density(edges, counts, step)[1].max() for counts in panel.values() if counts.sum()), default=1.0)
            for panel in panels
        ]
        height = min(max(peaks), CUT * float(np.median(peaks)))
        return cls(edges, step, (left, right), 1.06 * height)

    def draw(self, axes: Axes, histograms: Histograms, *, small: bool = False) -> None:
        """The densities of one panel; a peak that leaves the frame is cut at its upper edge."""
        densities(axes, self.edges, histograms, self.step, small=small)

    def limit(self, axes: Axes) -> None:
        """Give a panel the frame's axes."""
        axes.set_xlim(*self.ends)
        axes.set_ylim(0, self.height)
        axes.locator_params(axis="y", nbins=4)
        axes.grid(axis="x", visible=False)
