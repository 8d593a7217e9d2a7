"""Heat-maps of the practices: every image with every caption, images among themselves, captions among themselves.

Items are ordered by category, and white lines part the categories. File names stand at the rows where they fit.
"""

from __future__ import annotations

from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.comparison_names import shown_categories, shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.figure_entries import registry
from mmgap.report.translation import translated
from mmgap.report.values import fixed

#: Names are left out where they would be smaller than this, in points.
SMALLEST = 3.2

#: Height of the map in points: what the rows share.
HEIGHT = 270.0

#: A map has no more rows or columns of colour: more are averaged in blocks.
FINEST = 1200

#: Up to so many rows and columns every cell says its cosine.
FIGURES = 12


def image_text(items: Items, title: str, language: str) -> Figure:
    """Return every image (rows) with every caption (columns).

    Args:
        items: ``image_text`` (N, M), ``ids``, ``categories`` and ``owner`` (M,).
        title: what was measured.
        language: "en" or "es".
    """
    rows = order(items)
    columns = _of_captions(items, rows)
    return _heat(items, "image_text", (rows, columns), title, language)


def image_image(items: Items, title: str, language: str) -> Figure:
    """Return the images among themselves; as `image_text`."""
    return _heat(items, "image_image", (order(items),) * 2, title, language)


def text_text(items: Items, title: str, language: str) -> Figure:
    """Return the captions among themselves, by the names of their images' files; as `image_text`."""
    return _heat(items, "text_text", (_of_captions(items, order(items)),) * 2, title, language)


def order(items: Items) -> np.ndarray:
    """Return the rows by category, in the order in which the categories are met; those without one last."""
    kinds = texts_of(items["categories"])
    ranks = {name: rank for rank, name in enumerate(sorted(dict.fromkeys(kinds), key=lambda name: not name))}
    return np.argsort([ranks[name] for name in kinds], kind="stable")


def _of_captions(items: Items, rows: np.ndarray) -> np.ndarray:
    """Captions in the order of their images."""
    place = np.empty(len(rows), dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return np.argsort(place[items["owner"]], kind="stable")


def _heat(items: Items, name: str, orders: tuple[np.ndarray, np.ndarray], title: str, language: str) -> Figure:
    matrix = items[name][np.ix_(*orders)]
    of_image = [
        rows if kind == "image" else items["owner"][rows] for kind, rows in zip(name.split("_"), orders, strict=True)
    ]
    colours = _coarse(matrix)
    low, high = _limits(colours, same=name != "image_text")
    with mpl.rc_context(style_with_fonts()):
        figure, axes = titled_axes(5.9, title, translated(registry.get(name).alt, language))
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        frame = (-0.5, matrix.shape[1] - 0.5, matrix.shape[0] - 0.5, -0.5)
        aspect: Literal["equal", "auto"] = "equal" if matrix.shape[0] == matrix.shape[1] else "auto"
        shown = axes.imshow(colours, cmap="viridis", vmin=low, vmax=high, aspect=aspect, extent=frame)
        _names(axes, items, of_image)
        kinds = [np.array(texts_of(items["categories"]), dtype=object)[rows] for rows in of_image]
        if len(set(kinds[0])) > 1:
            _categories(axes, kinds, language)
        if max(matrix.shape) <= FIGURES:
            _figures(axes, matrix, (low + high) / 2)
        down, across = (
            (translated("image", language) if kind == "image" else translated("caption", language))
            for kind in name.split("_")
        )
        axes.set_ylabel(down)
        axes.set_xlabel(across)
        ends = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
        extend = ends[bool(colours.min() < low), bool(colours.max() > high)]
        bar = figure.colorbar(shown, ax=axes, shrink=0.6, aspect=28, pad=0.02, extend=extend)
        bar.outline.set_visible(False)
        bar.set_label(translated("cosine", language))
    return figure


def _limits(matrix: np.ndarray, *, same: bool) -> tuple[float, float]:
    """The ends of the colours; an item with itself is left out, where it would take up most of the range."""
    values = matrix[~np.eye(len(matrix), dtype=bool)] if same and len(matrix) > 1 else matrix.ravel()
    low = float(np.quantile(values, 0.002) if len(values) > 2000 else values.min())
    high = float(values.max())
    return (low, high) if high - low > 1e-6 else (low - 0.05, high + 0.05)


def _coarse(matrix: np.ndarray) -> np.ndarray:
    """Means of equal blocks, where there are more rows or columns than a picture can show."""
    for axis in (0, 1):
        step = -(-matrix.shape[axis] // FINEST)
        if step > 1:
            starts = np.arange(0, matrix.shape[axis], step)
            counts = np.diff(np.append(starts, matrix.shape[axis]))
            matrix = np.add.reduceat(matrix, starts, axis=axis) / np.expand_dims(counts, 1 - axis)
    return matrix


def _names(axes: Axes, items: Items, of_image: list[np.ndarray]) -> None:
    names = shown_names(texts_of(items["ids"]), 24)
    for axis, rows, turned in ((axes.yaxis, of_image[0], 0), (axes.xaxis, of_image[1], 90)):
        size = min(8.0, 0.8 * HEIGHT / len(rows))
        if size < SMALLEST:
            axis.set_ticks([])
        else:
            shown = [names[i] for i in rows]
            axis.set_ticks(range(len(rows)), shown, rotation=turned, fontsize=size, parse_math=False)


def _categories(axes: Axes, kinds: list[np.ndarray], language: str) -> None:
    """Lines between the blocks of categories, and at the right the names of those that are high enough."""
    for draw, sequence in ((axes.axhline, kinds[0]), (axes.axvline, kinds[1])):
        for border in np.flatnonzero(sequence[1:] != sequence[:-1]):
            draw(border + 0.5, color="white", linewidth=float(np.clip(HEIGHT / len(sequence) / 3, 0.25, 1.2)))
    starts = np.flatnonzero(np.append(True, kinds[0][1:] != kinds[0][:-1]))
    sizes = np.diff(np.append(starts, len(kinds[0])))
    names = shown_categories([str(kinds[0][start]) for start in starts], 20)
    heights = sizes * HEIGHT / len(kinds[0])
    size = 7.0 if np.median(heights) > 8 else 4.5
    tall = heights > size
    right = axes.secondary_yaxis("right")
    right.set_yticks(
        (starts + (sizes - 1) / 2)[tall],
        [name or translated("no category", language) for name, fits in zip(names, tall, strict=True) if fits],
        fontsize=size,
        parse_math=False,
    )
    right.spines[:].set_visible(False)


def _figures(axes: Axes, matrix: np.ndarray, middle: float) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        shown = fixed(value, 2).replace("-", "−")
        colour = "white" if value < middle else "black"
        axes.text(column, row, shown, ha="center", va="center", color=colour, fontsize=9 if len(matrix) < 7 else 7)
