"""Lines over epochs: only what is finite is drawn, and each line's name stands at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mmgap.analysis.epoch_curves import finite, thinned
from mmgap.report.blocks import shorten
from mmgap.report.figures.label_places import spread
from mmgap.report.figures.style import FAINT, INK, LINES
from mmgap.report.values import minus

#: From a line's end to its name, in points, and the letters of a name.
REACH, NAME = 11, 26


@dataclass(frozen=True)
class Line:
    """One line: where it runs, what it is called and how it looks; without a name it has no label."""

    x: np.ndarray
    y: np.ndarray
    name: str
    colour: str
    width: float = 1.5


def panel(axes: Axes, title: str, lines: Sequence[Line]) -> list[Line]:
    """Draw the lines of one panel under its title, and give back those whose ends want a name."""
    axes.set_title(shorten(title, 40), loc="left", fontsize=8.5, fontweight="bold", color=INK, pad=5, parse_math=False)
    axes.tick_params(labelsize=7.5)
    axes.grid(axis="x", visible=False)
    drawn = []
    for line in lines:
        x, y = thinned(*finite(line.x, line.y))
        if not len(x):
            continue
        marker = "o" if len(x) <= 12 else ""
        axes.plot(x, y, marker=marker, markersize=2.6, color=line.colour, linewidth=line.width, clip_on=False)
        drawn.append(Line(x, y, line.name, line.colour))
    axes.margins(x=0.02, y=0.12)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    return [line for line in drawn if line.name]


def palette(names: Sequence[str]) -> Mapping[str, str]:
    """Return a colour for each loss, told apart by every kind of colour vision as far as there are enough of them."""
    return {name: LINES[i % len(LINES)] for i, name in enumerate(names)}


def name_ends(axes: Axes, lines: Sequence[Line]) -> None:
    """Write each line's name to the right of its last point and joined to it: as near as none covers another."""
    if not lines:
        return
    box, scale = axes.get_window_extent(), axes.figure.dpi / 72
    ends = np.array([axes.transData.transform((line.x[-1], line.y[-1]))[1] for line in lines])
    order = np.argsort(ends, kind="stable")
    heights = np.full(len(lines), 9.2 * scale)
    beyond = max(heights.sum() - box.height, 0) / 2
    for i, centre in zip(order, spread(ends[order], heights, box.y0 - beyond, box.y1 + beyond), strict=True):
        line = lines[i]
        axes.annotate(
            shorten(line.name, NAME),
            (float(line.x[-1]), float(line.y[-1])),
            xytext=(REACH, (centre - ends[i]) / scale),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=line.colour,
            annotation_clip=False,
            parse_math=False,
            arrowprops={
                "arrowstyle": "-",
                "color": line.colour,
                "linewidth": 0.5,
                "shrinkA": 0,
                "shrinkB": 2,
                "relpos": (0, 0.5),
            },
        )


def level(axes: Axes, height: float, name: str) -> None:
    """Draw a dotted line across the panel, such as what chance gives, with its name, where that level is finite."""
    if not np.isfinite(height):
        return
    axes.axhline(height, color=FAINT, linestyle=(0, (2, 2)), linewidth=1)
    axes.annotate(
        name,
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 2),
        textcoords="offset points",
        ha="right",
        fontsize=7,
        color="#555555",
    )
