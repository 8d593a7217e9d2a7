"""The axes that compared encoders are drawn on: names beside them are long, so the title starts at the edge."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.report.blocks import shorten
from mmgap.report.figures.style import INK

#: Of every picture, in inches.
WIDTH = 6.3

#: Where its title begins, as a share of the width.
LEFT = 0.012


def titled_axes(height: float, title: str, subtitle: str) -> tuple[Figure, Axes]:
    """Return a figure of one axes, so many inches high, with a title and, below it, what kind of picture this is."""
    figure, (axes,) = titled_column(1, height, title, subtitle)
    return figure, axes


def titled_column(count: int, height: float, title: str, subtitle: str) -> tuple[Figure, list[Axes]]:
    """Return the same with several axes, one below another: what stands before, then what stands with."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    panels = list(figure.subplots(count, 1, squeeze=False)[:, 0])
    figure.suptitle(
        shorten(title, 66) + "\n",  # room for the line below
        x=LEFT,
        ha="left",
        linespacing=1.15,
        fontsize=10.5,
        fontweight="bold",
        color=INK,
        parse_math=False,
    )
    below = figure.text(LEFT, 1 - 19 / (72 * height), subtitle, va="top", fontsize=9, color="#555555", parse_math=False)
    below.set_in_layout(False)
    return figure, panels
