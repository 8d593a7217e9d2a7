"""A map that shows the images themselves: for the reader of the machine they lie on, never for a published report."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from mmgap.analysis.explained_variance import explained_by
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.comparison_names import shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.component_axes import name_components
from mmgap.report.figures.style import FAINT, settle
from mmgap.report.translation import translated

#: Rounds of pushing covered pictures apart.
ROUNDS = 400

#: Up to so many pictures each has its file's name below it.
NAMED = 40


def map_thumbnails(items: Items, title: str, language: str) -> Figure:
    """Return the images on their first two principal components, moved apart, a thin line to where each belongs.

    Args:
        items: ``thumbnails`` (N, h, w, 3) uint8, ``map_pca`` (N + M, 2), images first, and ``ids``.
        title: what was measured.
        language: "en" or "es".
    """
    pictures = items["thumbnails"]
    n = len(pictures)
    points = np.asarray(items["map_pca"][:n], dtype=np.float64)
    side = float(np.clip(250 / np.sqrt(n), 15, 44))  # points
    with mpl.rc_context(style_with_fonts()):
        figure, axes = titled_axes(6.0, title, translated("Map of the images: two principal components", language))
        axes.scatter(points[:, 0], points[:, 1], s=4, color=FAINT, zorder=1)
        axes.margins(0.12)
        axes.set(xticks=[], yticks=[])
        known = explained_by(items, items["map_pca"]) if "image_image" in items else None
        name_components(axes, known, language)
        settle(figure)
        scale = figure.dpi / 72
        frame = axes.get_window_extent()
        named = n <= NAMED
        box = np.array([side + 3, side + (11 if named else 3)]) * scale
        if named:
            box[0] = max(box[0], 47 * scale)
        walls = np.array([[frame.x0, frame.y0], [frame.x1, frame.y1]]) + np.array([[1], [-1]]) * box / 2
        places = spread(axes.transData.transform(points), box, walls)
        if named:
            places[:, 1] += 4 * scale  # room for the name
        names = shown_names(texts_of(items["ids"]), 14)
        for point, place, picture, name in zip(
            points, axes.transData.inverted().transform(places), pictures, names, strict=True
        ):
            axes.add_artist(
                AnnotationBbox(
                    OffsetImage(picture, zoom=side / len(picture), interpolation="antialiased"),
                    tuple(point),
                    xybox=tuple(place),
                    boxcoords="data",
                    pad=0.06,
                    bboxprops={"edgecolor": FAINT, "linewidth": 0.5},
                    arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.5},
                )
            )
            if named:
                axes.annotate(
                    name,
                    tuple(place),
                    xytext=(0, -side / 2 - 2),
                    textcoords="offset points",
                    ha="center",
                    va="top",
                    fontsize=5.2,
                    parse_math=False,
                    zorder=4,
                )
    return figure


def spread(wanted: np.ndarray, box: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """Return the centres near the wanted ones (n, 2) at which boxes of this width and height do not cover each other.

    In every round each pair that overlaps is pushed apart along the axis on which it overlaps less; all stay between
    the walls (lower and upper corner).
    """
    n = len(wanted)
    # equal points would be pushed nowhere: a start a hair apart, each on its own side
    turn = np.arange(n) * 2.39996
    places = np.clip(wanted + 0.01 * np.stack([np.cos(turn), np.sin(turn)], axis=1), *walls)
    for _ in range(ROUNDS):
        apart = places[:, None] - places[None]
        overlap = box - np.abs(apart)
        covered = (overlap > 0).all(axis=2) & ~np.eye(n, dtype=bool)
        if not covered.any():
            break
        along = (overlap / box).argmin(axis=2)[..., None] == np.arange(2)
        push = np.where(covered[..., None] & along, np.sign(apart) * (overlap / 2 + 0.01), 0)
        places = np.clip(places + 0.6 * push.sum(axis=1), *walls)
    return places
