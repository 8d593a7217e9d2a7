"""The sheet of several panels that the training's pictures are drawn on."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mmgap.report.lettering import INK
from mmgap.report.model import shorten

#: Room for the title and the line below it, and for the names of the curves, in inches.
HEAD, KEY = 0.55, 0.2

#: Where everything above the panels begins, in inches.
LEFT = 0.11


def sheet(width: float, height: float, title: str, subtitle: str, *, key: bool = False) -> Figure:
    """A figure with a title and, below it, what kind of picture this is; panels are laid out under both.

    Args:
        width, height: in inches.
        title: what was measured; too long a one loses its middle.
        subtitle: what the picture shows.
        key: with room for a line of names, see `key`.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    head = HEAD + KEY * key
    figure.set_layout_engine("constrained", rect=(0.01, 0.0, 0.98, 1 - head / height), w_pad=0.06, h_pad=0.06)
    shown = shorten(title, int(width * 10.5))
    figure.text(LEFT / width, 1 - 0.22 / height, shown, fontsize=10.5, fontweight="bold", color=INK, parse_math=False)
    figure.text(LEFT / width, 1 - 0.42 / height, subtitle, fontsize=9, color="#555555")
    return figure


def key(figure: Figure, names: Sequence[tuple[str, str]]) -> None:
    """What the colours mean, one name after another in its own, on the line below the subtitle.

    Args:
        figure: a `sheet` with room for it.
        names: (name, colour) of each kind of curve.
    """
    width, height = figure.get_size_inches()
    renderer = FigureCanvasAgg(figure).get_renderer()
    left = LEFT
    for name, colour in names:
        text = figure.text(
            left / width, 1 - (HEAD + 0.1) / height, name, fontsize=8, fontweight="bold", color=colour, parse_math=False
        )
        left += text.get_window_extent(renderer).width / figure.dpi + 0.22
