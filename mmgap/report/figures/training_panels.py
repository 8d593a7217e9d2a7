"""The figure of several panels that trainings are drawn on.

Panels stand where their sizes in inches say: nothing is measured, so a figure of many costs no more than its ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmgap.report.blocks import shorten
from mmgap.report.figures.style import INK

#: Room for the title and the line below it, and for the names of the curves, in inches.
HEAD, KEY = 0.56, 0.2

#: Where everything above the panels begins, in inches.
LEFT = 0.11

#: No figure is narrower: titles need the room.
NARROWEST = 6.3


@dataclass(frozen=True)
class Grid:
    """Where panels stand: sizes and distances in inches.

    Attributes:
        down, across: rows and columns of panels.
        width, height: of a panel.
        left, right: room beside the panels of every column: ticks, and the names of lines.
        top, bottom: room above and below the panels of every row: headings and ticks.
        foot: room below the last row besides: what the axis is.
    """

    down: int
    across: int
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    foot: float = 0.2


def titled_panels(
    grid: Grid, title: str, subtitle: str, *, names: bool = False, shared: bool = False
) -> tuple[Figure, np.ndarray]:
    """Return a figure with a title, below it what kind of picture this is, and under both the panels.

    Args:
        grid: of the panels; a figure narrower than `NARROWEST` has wider ones.
        title: what was measured; too long a one loses its middle.
        subtitle: what the picture shows.
        names: with room for a line of names, see `key`.
        shared: all panels have the same axes, with figures at the left and at the bottom alone.

    Returns:
        The figure and its panels, (down, across).
    """
    beside = grid.left + grid.right
    panel = max(grid.width, (NARROWEST - grid.across * beside) / grid.across)
    width = grid.across * (panel + beside)
    head = HEAD + KEY * names
    height = head + grid.down * (grid.top + grid.height + grid.bottom) + grid.foot
    figure = Figure(figsize=(width, height))
    panels = figure.subplots(grid.down, grid.across, sharex=shared, sharey=shared, squeeze=False)
    figure.subplots_adjust(
        left=grid.left / width,
        right=1 - grid.right / width,
        top=1 - (head + grid.top) / height,
        bottom=(grid.foot + grid.bottom) / height,
        wspace=beside / panel,
        hspace=(grid.top + grid.bottom) / grid.height,
    )
    shown = shorten(title, int(width * 10.5))
    figure.text(LEFT / width, 1 - 0.22 / height, shown, fontsize=10.5, fontweight="bold", color=INK, parse_math=False)
    figure.text(LEFT / width, 1 - 0.42 / height, subtitle, fontsize=9, color="#555555")
    return figure, panels


def share_axes(panels: Sequence[Axes]) -> None:
    """Give panels that are compared the same ends, the widest of theirs."""
    for ends, limit in (("get_xlim", "set_xlim"), ("get_ylim", "set_ylim")):
        lows, highs = zip(*(getattr(axes, ends)() for axes in panels), strict=True)
        for axes in panels:
            getattr(axes, limit)(min(lows), max(highs))


def key(figure: Figure, names: Sequence[tuple[str, str]]) -> None:
    """Say what the colours mean, one name after another in its own, on the line below the subtitle.

    Args:
        figure: made by `titled_panels` with room for it.
        names: (name, colour) of each kind of curve.
    """
    width, height = figure.get_size_inches()
    renderer = FigureCanvasAgg(figure).get_renderer()
    left, line = LEFT, 1 - (HEAD + 0.06) / height
    for name, colour in names:
        text = figure.text(left / width, line, name, fontsize=8, fontweight="bold", color=colour, parse_math=False)
        left += text.get_window_extent(renderer).width / figure.dpi + 0.15
