"""Where words stand in a figure: names beside what they name, none on top of another."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from mmgap.report.blocks import shorten
from mmgap.report.figures.style import FAINT, IMAGE, INK, TEXT, settle


def label_peaks(figure: Figure, axes: Axes, labels: list[tuple[float, float, str, str]]) -> None:
    """Write the curves' names in one row above them, in the order of their peaks, each joined to its own by a line."""
    labels = sorted(labels, key=lambda entry: entry[0])
    settle(figure)
    frame = axes.get_window_extent()
    made: list[Annotation] = []
    for x, y, text, colour in labels:
        made.append(
            axes.annotate(
                text,
                (x, y),
                xytext=(0.5, 0.98),
                textcoords="axes fraction",
                ha="center",
                va="top",
                fontsize=8,
                fontweight="bold",
                color=colour,
                linespacing=1.2,
                arrowprops={
                    "arrowstyle": "-",
                    "color": colour,
                    "linewidth": 0.7,
                    "shrinkA": 1,
                    "shrinkB": 1,
                    "relpos": (0.5, 0),
                },
            )
        )
    widths = np.array([Text.get_window_extent(label).width for label in made]) + 14
    wanted = axes.transData.transform([(x, 0) for x, *_ in labels])[:, 0]
    for label, centre in zip(made, spread(wanted, widths, frame.x0, frame.x1), strict=True):
        label.set_position(((centre - frame.x0) / frame.width, 0.98))


def spread(wanted: np.ndarray, widths: np.ndarray, left: float, right: float) -> np.ndarray:
    """Return the centres as near to the (ascending) wanted ones as boxes of these widths lie side by side between two
    walls."""
    apart = (widths[1:] + widths[:-1]) / 2
    first, last = left + widths[0] / 2, right - widths[-1] / 2
    pushed_right = _pushed_left(_pushed_right(wanted, apart, first), apart, last)
    pushed_left = _pushed_right(_pushed_left(wanted, apart, last), apart, first)
    return (pushed_right + pushed_left) / 2


def names_at_right(
    axes: Axes, points: np.ndarray, names: Sequence[str], colours: Sequence[str], at: float = 1.03
) -> None:
    """Write the names of points in a column at the right, by their height; a thin line leads from each to its point.

    Args:
        axes: whose limits are set.
        points: (n, 2) in the data's coordinates.
        names, colours: one each.
        at: where the column stands, in widths of the axes.
    """
    scale = axes.figure.dpi / 72
    box = axes.get_window_extent()
    heights = axes.transData.transform(points)[:, 1]
    order = np.argsort(heights, kind="stable")
    placed = spread(heights[order], np.full(len(points), 9.5 * scale), box.y0, box.y1)
    for i, centre in zip(order, placed, strict=True):
        axes.annotate(
            names[i],
            tuple(points[i]),
            xytext=(at, (centre - box.y0) / box.height),
            textcoords="axes fraction",
            va="center",
            fontsize=7.5,
            color=colours[i],
            annotation_clip=False,
            parse_math=False,
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.5, "shrinkB": 2, "relpos": (0, 0.5)},
        )


def _pushed_right(centres: np.ndarray, apart: np.ndarray, first: float) -> np.ndarray:
    moved = np.maximum(centres, first)
    for i, distance in enumerate(apart):
        moved[i + 1] = max(moved[i + 1], moved[i] + distance)
    return moved


def _pushed_left(centres: np.ndarray, apart: np.ndarray, last: float) -> np.ndarray:
    return -_pushed_right(-centres[::-1], apart[::-1], -last)[::-1]


def name_cloud(axes: Axes, points: np.ndarray, name: str, colour: str, taken: list[Text]) -> Text:
    """Write a modality's name above the upper end of its cloud, and above what is taken there."""
    label = axes.annotate(
        name,
        (float(np.median(points[:, 0])), float(points[:, 1].max())),
        xytext=(0, 7),
        textcoords="offset points",
        ha="center",
        fontsize=9.5,
        fontweight="bold",
        color=colour,
    )
    while any(label.get_window_extent().overlaps(other.get_window_extent()) for other in taken):
        label.set_position((0, label.get_position()[1] + 3))
    return label


def arrow(axes: Axes, start: np.ndarray, end: np.ndarray, name: str) -> list[Text]:
    """Draw the gap: an arrow between the two means, with its name where there is room for it."""
    white = [withStroke(linewidth=3, foreground="white")]
    for mean, colour in ((start, IMAGE), (end, TEXT)):
        axes.plot(*mean, "o", color=colour, markersize=8, markeredgecolor="white", markeredgewidth=1.2, zorder=6)
    arrow = {"arrowstyle": "<->", "color": INK, "linewidth": 1.3, "shrinkA": 4, "shrinkB": 4, "path_effects": white}
    axes.annotate("", tuple(start), xytext=tuple(end), arrowprops=arrow, zorder=5)
    if np.linalg.norm(axes.transData.transform(start) - axes.transData.transform(end)) < 120:
        return []
    middle = (start + end) / 2
    named = axes.annotate(
        name,
        tuple(middle),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        fontsize=9.5,
        fontweight="bold",
        color=INK,
        path_effects=white,
        zorder=6,
    )
    return [named]


def label_points(
    axes: Axes,
    points: np.ndarray,
    all_points: np.ndarray,
    names: list[str],
    taken: list[Text],
    *,
    size: float = 5.5,
    length: int = 14,
) -> list[Text]:
    """Ids beside as many points as have room, the outermost first: no id covers a point, a name or another id.

    Gives back all that is taken now.
    """
    renderer = FigureCanvasAgg(axes.get_figure(root=True)).get_renderer()
    font = FontProperties(family=mpl.rcParams["font.family"], size=size)
    _, height, _ = renderer.get_text_width_height_descent("lp", font, False)
    scale = axes.figure.dpi / 72
    dots, places = axes.transData.transform(all_points), axes.transData.transform(points)
    boxes = [text.get_window_extent(renderer).padded(2) for text in taken]
    white = [withStroke(linewidth=1.5, foreground="white")]
    for i in np.argsort(-np.linalg.norm(points - points.mean(axis=0), axis=1), kind="stable"):
        name = shorten(names[i], length)
        width, _, _ = renderer.get_text_width_height_descent(name, font, False)
        x, y = places[i]
        for align, side, left in (("left", 4, x + 4 * scale), ("right", -4, x - 4 * scale - width)):
            box = Bbox.from_bounds(left, y - height / 2, width, height)
            if not is_free(box, boxes, dots, places[i], axes.get_window_extent()):
                continue
            boxes.append(box.padded(1))
            label = axes.annotate(
                name,
                tuple(points[i]),
                xytext=(side, 0),
                textcoords="offset points",
                ha=align,
                va="center",
                fontproperties=font,
                color="#333333",
                path_effects=white,
                parse_math=False,
                zorder=3,
            )
            taken = [*taken, label]
            break
    return taken


def is_free(box: Bbox, boxes: list[Bbox], dots: np.ndarray, own: np.ndarray, frame: Bbox) -> bool:
    """Return whether a text may stand there: inside the frame, on no dot but its own, on no other text."""
    inside = ((dots > [box.x0 - 4, box.y0 - 4]) & (dots < [box.x1 + 4, box.y1 + 4])).all(axis=1)  # a dot is 4 wide
    others = inside & (np.abs(dots - own).sum(axis=1) > 1e-6)
    in_frame = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
    return in_frame and not others.any() and not any(box.overlaps(other) for other in boxes)
