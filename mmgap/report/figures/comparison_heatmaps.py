"""Heat-maps of the practices: every image with every caption, images among themselves, captions among themselves.

Items are ordered by category, and white lines part the categories. File names stand at the rows where they fit. Own
pairs and the best of each row are marked; encoders that are compared stand one above the other on one scale.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from mmgap.analysis.row_items import RowItems
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.asked_labels import mark_ticks, part_ticks
from mmgap.report.figures.comparison_bars import labels_of
from mmgap.report.figures.comparison_names import shown_categories, shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_column
from mmgap.report.figures.figure_entries import registry
from mmgap.report.figures.heatmap_marks import best_of_rows, mark_best, mark_own
from mmgap.report.figures.labelled_items import places_of
from mmgap.report.figures.style import INK, ON_DARK, ON_LIGHT
from mmgap.report.translation import translated
from mmgap.report.values import fixed, minus

#: Names are left out where they would be smaller than this, in points.
SMALLEST = 3.2

#: Height of the map in points: what the rows share.
HEIGHT = 270.0

#: A map has no more rows or columns of colour: more are averaged in blocks.
FINEST = 1200

#: Up to so many rows and columns every cell says its cosine.
FIGURES = 20


def image_text(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return every image (rows) with every caption (columns).

    Args:
        items: ``image_text`` (N, M), ``ids``, ``categories`` and ``owner`` (M,).
        title: what was measured.
        language: "en" or "es".
        labels: ids of items whose names stand at their rows and columns, whatever their number is.
    """
    return _column([(items, "")], "image_text", title, language, labels)


def image_image(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return the images among themselves; as `image_text`."""
    return _column([(items, "")], "image_image", title, language, labels)


def text_text(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return the captions among themselves, by the names of their images' files; as `image_text`."""
    return _column([(items, "")], "text_text", title, language, labels)


def image_text_of_both(encoders: Sequence[RowItems], title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return `image_text` of encoder A above that of encoder B, on one scale."""
    return _column(sides_of(encoders), "image_text", title, language, labels)


def image_image_of_both(
    encoders: Sequence[RowItems], title: str, language: str, labels: Collection[str] = ()
) -> Figure:
    """Return `image_image` of encoder A above that of encoder B, on one scale."""
    return _column(sides_of(encoders), "image_image", title, language, labels)


def text_text_of_both(encoders: Sequence[RowItems], title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return `text_text` of encoder A above that of encoder B, on one scale."""
    return _column(sides_of(encoders), "text_text", title, language, labels)


def sides_of(encoders: Sequence[RowItems]) -> list[tuple[Items, str]]:
    """Return the arrays of each encoder with what stands above them, A before B."""
    return [(one.arrays, label) for one, label in zip(encoders, labels_of(encoders), strict=True)]


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


@dataclass(frozen=True)
class CosineMap:
    """One matrix as it is drawn: rows and columns in their order, an item with itself left out."""

    items: Items
    name: str

    @property
    def orders(self) -> tuple[np.ndarray, np.ndarray]:
        rows = order(self.items)
        if self.name == "image_image":
            return rows, rows
        columns = _of_captions(self.items, rows)
        return (rows, columns) if self.name == "image_text" else (columns, columns)

    @property
    def same(self) -> bool:
        return self.name != "image_text"

    @property
    def matrix(self) -> np.ndarray:
        matrix = np.asarray(self.items[self.name], dtype=np.float64)[np.ix_(*self.orders)]
        if self.same:
            np.fill_diagonal(matrix, np.nan)
        return matrix

    @property
    def of_image(self) -> list[np.ndarray]:
        """The image that each row and each column belongs to."""
        kinds = self.name.split("_")
        return [
            rows if kind == "image" else self.items["owner"][rows]
            for kind, rows in zip(kinds, self.orders, strict=True)
        ]


def _column(
    sides: Sequence[tuple[Items, str]], name: str, title: str, language: str, labels: Collection[str]
) -> Figure:
    """The maps of one or several encoders one below another: all of them on one scale."""
    maps = [CosineMap(items, name) for items, _ in sides]
    colours = [_coarse(one.matrix) for one in maps]
    low, high = limits(colours)
    marks = translated("dot: best of a row", language)
    if not maps[0].same:
        marks = f"{marks}, {translated('frame: own pair', language)}"
    kind = translated(registry.get(name).alt, language)
    with mpl.rc_context(style_with_fonts()):
        figure, panels = titled_column(len(maps), 0.5 + 5.4 * len(maps), title, f"{kind}; {marks}")
        for axes, one, drawn, (_, called) in zip(panels, maps, colours, sides, strict=True):
            shown = _heat(axes, one, drawn, (low, high), language, labels)
            if called:
                axes.set_title(called, loc="left", fontsize=9, fontweight="bold", color=INK, parse_math=False)
        extend: Literal["min", "neither"] = "min" if any((one < low).any() for one in colours) else "neither"
        bar = figure.colorbar(shown, ax=panels, shrink=0.6 / len(maps), aspect=28, pad=0.02, extend=extend)
        bar.outline.set_visible(False)
        bar.set_label(translated("cosine", language))
        if labels:
            part_ticks(figure, panels)
    return figure


def _heat(
    axes: Axes,
    one: CosineMap,
    colours: np.ndarray,
    ends: tuple[float, float],
    language: str,
    labels: Collection[str],
) -> AxesImage:
    matrix, of_image = one.matrix, one.of_image
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    frame = (-0.5, matrix.shape[1] - 0.5, matrix.shape[0] - 0.5, -0.5)
    aspect: Literal["equal", "auto"] = "equal" if matrix.shape[0] == matrix.shape[1] else "auto"
    shown = axes.imshow(colours, cmap="viridis", vmin=ends[0], vmax=ends[1], aspect=aspect, extent=frame)
    _names(axes, one.items, of_image, labels)
    kinds = [np.array(texts_of(one.items["categories"]), dtype=object)[rows] for rows in of_image]
    if len(set(kinds[0])) > 1:
        _categories(axes, kinds, language)
    if max(matrix.shape) <= FIGURES:
        _figures(axes, matrix, sum(ends) / 2)
    side = HEIGHT / max(matrix.shape)
    if not one.same:
        mark_own(axes, np.argwhere(of_image[0][:, None] == of_image[1][None]), side)
    mark_best(axes, best_of_rows(matrix), side)
    down, across = (
        (translated("image", language) if kind == "image" else translated("caption", language))
        for kind in one.name.split("_")
    )
    axes.set_ylabel(down)
    axes.set_xlabel(across)
    return shown


def limits(matrices: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the ends of the colours, which suit all of these; what is left out of a matrix is NaN."""
    values = np.concatenate([matrix[~np.isnan(matrix)] for matrix in matrices])
    if not len(values):
        return 0.0, 1.0
    low = float(np.quantile(values, 0.002) if len(values) > 2000 else values.min())
    high = float(values.max())
    return (low, high) if high - low > 1e-6 else (low - 0.05, high + 0.05)


def _coarse(matrix: np.ndarray) -> np.ndarray:
    """Means of equal blocks, where there are more rows or columns than a picture can show; NaN count for nothing."""
    for axis in (0, 1):
        step = -(-matrix.shape[axis] // FINEST)
        if step > 1:
            starts = np.arange(0, matrix.shape[axis], step)
            known = np.add.reduceat((~np.isnan(matrix)).astype(np.float64), starts, axis=axis)
            matrix = np.add.reduceat(np.nan_to_num(matrix), starts, axis=axis) / np.where(known > 0, known, np.nan)
    return matrix


def _names(axes: Axes, items: Items, of_image: list[np.ndarray], labels: Collection[str]) -> None:
    """The names of all rows and columns where they fit, else of the labelled ones alone; these stand out."""
    ids = texts_of(items["ids"])
    names, asked = shown_names(ids, 24), places_of(ids, labels)
    marked = []
    for axis, rows, turned in ((axes.yaxis, of_image[0], 0), (axes.xaxis, of_image[1], 90)):
        size = min(8.0, 0.8 * HEIGHT / len(rows))
        places, own = np.arange(len(rows)), np.flatnonzero(np.isin(rows, asked))
        if size < SMALLEST:
            size, places = 7.0, own
        axis.set_ticks(places, [names[rows[i]] for i in places], rotation=turned, fontsize=size, parse_math=False)
        marked.append(np.flatnonzero(np.isin(places, own)).tolist())
    mark_ticks(axes, marked)


def _categories(axes: Axes, kinds: list[np.ndarray], language: str) -> None:
    """Lines between the blocks of categories, and at the right the names of those that are high enough."""
    for draw, sequence in ((axes.axhline, kinds[0]), (axes.axvline, kinds[1])):
        for border in np.flatnonzero(sequence[1:] != sequence[:-1]):
            draw(border + 0.5, color=ON_DARK, linewidth=float(np.clip(HEIGHT / len(sequence) / 3, 0.25, 1.2)))
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
    size = float(np.clip(0.36 * HEIGHT / len(matrix), 4.6, 9))
    for (row, column), value in np.ndenumerate(matrix):
        if np.isnan(value):
            continue
        shown = minus(fixed(value, 2))
        if len(matrix) > 12:
            shown = shown.replace("0.", ".", 1)  # narrow fields
        colour = ON_DARK if value < middle else ON_LIGHT
        axes.text(column, row, shown, ha="center", va="center", color=colour, fontsize=size)
