"""Ids that a reader asked for: at their points on a map, at their rows and columns of a heat-map, none on another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from mmgap.report.blocks import shorten
from mmgap.report.figures.label_places import is_free, spread
from mmgap.report.figures.style import INK, settle

#: Letters of an id.
LENGTH = 28

#: The rings' name, by which tests and readers of a figure find them.
RINGS = "labelled"

_DISTANCES = (7, 13, 20, 30, 44, 64, 90, 124, 170, 230)  # points
_ANGLES = np.deg2rad((0, 180, 45, 135, -45, -135, 90, -90, 22, 158, -22, -158, 68, 112, -68, -112))


def label_asked(axes: Axes, points: np.ndarray, dots: np.ndarray, names: Sequence[str], taken: list[Text]) -> None:
    """Write a name for each point as near to it as there is room, with a line that leads to it.

    Names keep clear of what is taken and of each other; of other points where they can.

    Args:
        axes: laid out (`mmgap.report.figures.style.settle`).
        points: (k, 2) in the data's coordinates.
        dots: (n, 2) all points of the map.
        names: k ids.
        taken: texts that stand there.
    """
    figure = _figure(axes)
    figure.draw_without_rendering()  # limits follow what was drawn last
    renderer = FigureCanvasAgg(figure).get_renderer()
    frame, scale = axes.get_window_extent(), axes.figure.dpi / 72
    boxes = [text.get_window_extent(renderer).padded(2) for text in taken]
    pixels, places = axes.transData.transform(dots), axes.transData.transform(points)
    for point, place, name in zip(points, places, names, strict=True):
        label = axes.annotate(
            shorten(name, LENGTH),
            tuple(point),
            xytext=(0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=7.5,
            fontweight="bold",
            color=INK,
            path_effects=[withStroke(linewidth=2, foreground="white")],
            parse_math=False,
            zorder=8,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3},
        )
        size = np.array(Text.get_window_extent(label, renderer).size)
        offered = [(offset, _box(place + offset, size)) for offset in _offsets(size, scale)]
        for clear_of in (pixels, places, pixels[:0]):
            room = (one for one in offered if is_free(one[1], boxes, clear_of, place, frame))
            if (found := next(room, None)) is not None:
                label.set_position(tuple(found[0] / scale))
                boxes.append(found[1].padded(1))
                break


def ring(axes: Axes, points: np.ndarray) -> None:
    """Ring the points that are labelled."""
    rings = axes.scatter(
        points[:, 0], points[:, 1], s=60, marker="o", facecolors="none", edgecolors=INK, linewidths=1.2, zorder=7
    )
    rings.set_gid(RINGS)


def mark_ticks(axes: Axes, places: Sequence[Sequence[int]]) -> None:
    """Set the labels of these ticks, first of the rows, then of the columns, in bold."""
    for axis, own in zip((axes.yaxis, axes.xaxis), places, strict=True):
        labels = axis.get_ticklabels()
        for place in own:
            labels[place].set(fontweight="bold", color="#C03000")


def part_ticks(figure: Figure, panels: Sequence[Axes]) -> None:
    """Move the ticks' labels of both axes apart where they would cover each other; a line leads to where each belongs.

    The figure is laid out by it; the room that the labels need beside the axes is that of their longest.
    """
    settle(figure)
    for axes, side in itertools.product(panels, (0, 1)):
        axis = (axes.xaxis, axes.yaxis)[side]
        labels, where = axis.get_ticklabels(), axis.get_ticklocs()
        if not labels:
            continue
        boxes = [label.get_window_extent() for label in labels]
        wanted = np.array([(box.min[side] + box.max[side]) / 2 for box in boxes])
        widths = np.array([box.size[side] for box in boxes]) + 3
        frame, order = axes.get_window_extent(), np.argsort(wanted)
        centres = spread(wanted[order], widths[order], frame.min[side], frame.max[side])
        if np.allclose(centres, wanted[order], atol=1):
            continue
        for i, centre in zip(order, centres, strict=True):
            _beside(axes, side, float(where[i]), labels[i], float(centre))


def _beside(axes: Axes, side: int, where: float, label: Text, centre: float) -> None:
    """Write a tick's label anew at another height of the figure; the old one keeps its room unseen."""
    box, size = label.get_window_extent(), _figure(axes).bbox.size
    text = (centre, box.y1 - 5) if side == 0 else (box.x1 - 5, centre)
    written = axes.annotate(
        label.get_text(),
        (where, 0) if side == 0 else (0, where),
        xycoords=axes.get_xaxis_transform() if side == 0 else axes.get_yaxis_transform(),
        xytext=(text[0] / size[0], text[1] / size[1]),
        textcoords="figure fraction",
        rotation=label.get_rotation(),
        ha="center" if side == 0 else "right",
        va="top" if side == 0 else "center",
        color=label.get_color(),
        parse_math=False,
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0},
    )
    written.set_fontproperties(label.get_fontproperties())
    label.set_alpha(0)


def _box(middle: np.ndarray, size: np.ndarray) -> Bbox:
    return Bbox(np.stack([middle - size / 2, middle + size / 2]))


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def _offsets(size: np.ndarray, scale: float) -> Iterator[np.ndarray]:
    """Where the middle of a text of this size may stand, from its point: the nearest first, in pixels."""
    for distance, angle in itertools.product(_DISTANCES, _ANGLES):
        towards = np.array([np.cos(angle), np.sin(angle)])
        yield towards * distance * scale + np.sign(np.round(towards, 2)) * size / 2
