"""Colours and type of every figure, and how one is written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from mmgap.core.cache import write_atomic
from mmgap.report.figures.film import Film

#: Okabe and Ito's colours, told apart by every kind of colour vision.
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"

#: On colours of a map: the same in dark mode, where ink and paper change places.
ON_DARK, ON_LIGHT = "#fefefe", "#010101"

INK, FAINT = "#222222", "#9A9A9A"
IMAGE, TEXT, MATCHED, UNMATCHED = BLUE, VERMILLION, GREEN, "#6B6B6B"

#: One for each of several categories, with its shape, and for each of several lines: after theirs, others that differ
#: in lightness.
CATEGORIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, "#000000", "#8C6D1F")
SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = (INK, VERMILLION, ORANGE, SKY, BLUE, GREEN, PURPLE, "#8C564B", "#7F7FBF", "#8A8A00", "#B22222", "#2F7F7F")

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "svg.hashsalt": "mmgap",
    "svg.fonttype": "path",
}


#: What a file would say of its making, other than in an equal one.
_SAYS_WHEN = {"png": ("Software",), "svg": ("Date", "Creator"), "pdf": ("CreationDate", "Creator", "Producer")}


def save(figure: Figure | Film, path: Path) -> None:
    """Write a figure, or a film, as the path's suffix says, whole or not at all; equal ones give equal bytes."""
    if isinstance(figure, Film):
        with mpl.rc_context(STYLE):
            write_atomic(path, figure.gif())
        return
    buffer = io.BytesIO()
    kind = path.suffix.lstrip(".")
    metadata = dict.fromkeys(_SAYS_WHEN[kind])
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format=kind, dpi=200, metadata=metadata)
    write_atomic(path, buffer.getvalue())


def settle(figure: Figure) -> None:
    """Lay the figure out once: what is placed from here on stays where it was measured."""
    for _ in range(2):  # a fixed aspect changes the ticks, and these the room they need
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
