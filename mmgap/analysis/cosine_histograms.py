"""The four cosine histograms of a space as densities: coarser bins, the window that shows them, one common scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

#: The cosine axis: the first of these that holds all but a thousandth of every histogram, so that pictures compare.
WINDOWS = ((-0.25, 1.0), (-0.5, 1.0), (-1.0, 1.0))

#: Densities end at so many times the median of the peaks of all curves: one spike must not flatten the others.
CUT = 4.0

#: Four histograms (B,): ``image``, ``text``, ``matched`` and ``unmatched``.
Histograms: TypeAlias = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class HistogramScale:
    """What the histograms of several spaces have in common where they are shown side by side.

    Attributes:
        edges: (B+1,) of the bins.
        step: so many bins make one that is shown.
        ends: of the cosines.
        height: of the densities.
    """

    edges: np.ndarray
    step: int
    ends: tuple[float, float]
    height: float

    @classmethod
    def of(cls, edges: np.ndarray, spaces: Sequence[Histograms]) -> HistogramScale:
        """Return the scale that suits all of these spaces."""
        edges = np.asarray(edges, dtype=np.float64)
        left, right = window(edges, [counts for histograms in spaces for counts in histograms.values()])
        step = max(bins_together(edges, histograms["matched"], right - left) for histograms in spaces)
        peaks = [
            float(density(edges, counts, step)[1].max())
            for space in spaces
            for counts in space.values()
            if counts.sum()
        ] or [1.0]
        return cls(edges, step, (left, right), 1.06 * min(max(peaks), CUT * float(np.median(peaks))))


def window(edges: np.ndarray, histograms: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the ends of the cosine axis that suits all of these histograms, each (B,)."""
    centres = (edges[1:] + edges[:-1]) / 2
    for left, right in WINDOWS[:-1]:
        outside = [counts[centres < left].sum() / max(counts.sum(), 1) for counts in histograms]
        if max(outside) <= 1e-3:
            return left, right
    return WINDOWS[-1]


def bins_together(edges: np.ndarray, counts: np.ndarray, span: float) -> int:
    """Return how many fine bins make one: Freedman and Diaconis's width for the smallest of the four sets."""
    width = float(edges[1] - edges[0])
    total = counts.sum()
    wanted = span / 120
    if total:
        quartiles = np.interp([0.25 * total, 0.75 * total], np.cumsum(counts), edges[1:])
        wanted = max(wanted, min(2 * float(np.diff(quartiles)[0]) / total ** (1 / 3), span / 50))
    return max(1, round(wanted / width))


def density(edges: np.ndarray, counts: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coarser edges, and the counts between them as a density: its integral is 1.

    >>> edges, heights = density(np.linspace(-1, 1, 5), np.array([0, 2, 1, 1]), 2)
    >>> edges.tolist(), heights.tolist()
    ([-1.0, 0.0, 1.0], [0.5, 0.5])
    """
    starts = np.arange(0, len(counts), step)
    coarse = np.append(edges[starts], edges[-1])
    return coarse, np.add.reduceat(counts, starts) / (counts.sum() * np.diff(coarse))


def mean_cosine(edges: np.ndarray, counts: np.ndarray) -> float:
    """Return the mean of a histogram, each bin at its middle."""
    return float(np.average((edges[1:] + edges[:-1]) / 2, weights=counts))
