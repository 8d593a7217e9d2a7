"""Layers × layers: debiased CKA before and after training, between the towers, and between encoders."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.row_items import RowItems
from mmgap.analysis.transfer_findings import layer_names, layers_between
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.style import INK, ON_DARK, ON_LIGHT, STYLE
from mmgap.report.translation import translated
from mmgap.report.values import fixed, minus
from mmgap.rows.cell import INITIAL

#: Rows and columns up to which every cell says its value; representations beside the first that are shown.
FIGURES, MOST = 8, 4


def layer_maps(items: Items, title: str, language: str) -> Figure:
    """Return three maps of one row: image layers, text layers (before down, after across), image × text layers."""
    image, text = (layer_names(items, side) for side in ("image", "text"))
    before, after = translated("before", language), translated("after", language)
    trained = not np.allclose(np.diag(items["cka_image"]), 1) or not np.allclose(np.diag(items["cka_text"]), 1)
    ends = (before, after) if trained else (translated("layer", language),) * 2
    panels = (
        (items["cka_image"], image, image, translated("image layers", language), ends),
        (items["cka_text"], text, text, translated("text layers", language), ends),
        (
            items["cka_cross"],
            image,
            text,
            translated("image layers with text layers", language),
            (translated("image", language), translated("text", language)),
        ),
    )
    with mpl.rc_context(STYLE):
        figure = _figure(title, 10.2, 3.9)
        axes = np.atleast_1d(figure.subplots(1, 3))
        for panel, (matrix, down, across, name, (rows, columns)) in zip(axes, panels, strict=True):
            _map(panel, matrix, (down, across), name, language)
            panel.set_ylabel(rows)
            panel.set_xlabel(columns)
        _bar(figure, axes)
    return figure


def layers_of_several(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return image and text layers of the first representation (down) with those of each other one (across).

    Args:
        rows: of one dataset, encoders as they are first; those without the same items are left out, and those beyond
            the first `MOST`.
    """
    first, *others = rows
    found = [one for one in others if layers_between(first.arrays, one.arrays, "image") is not None][:MOST]
    sides = ("image", translated("image layers", language)), ("text", translated("text layers", language))
    with mpl.rc_context(STYLE):
        figure = _figure(title, 7.4, 0.7 + 3.2 * max(1, len(found)))
        if not found:
            figure.text(0.5, 0.4, translated("no other row has layers of the same items", language), ha="center")
            return figure
        axes = figure.subplots(len(found), 2, squeeze=False)
        for line, one in zip(axes, found, strict=True):
            for panel, (side, name) in zip(line, sides, strict=True):
                matrix = layers_between(first.arrays, one.arrays, side)
                assert matrix is not None
                _map(panel, matrix, (layer_names(first.arrays, side), layer_names(one.arrays, side)), name, language)
                panel.set_xlabel(_short(one))
            line[0].set_ylabel(_short(first))
        _bar(figure, axes)
    return figure


def _figure(title: str, width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)
    return figure


def _short(one: RowItems) -> str:
    cell = one.row["cell"]
    encoder = str(cell["encoder"])
    shown = encoder if len(encoder) <= 30 else f"{encoder[:14]}…{encoder[-14:]}"
    return shown if cell["loss"] in (None, INITIAL) else f"{shown}, {cell['loss']}"


def _map(axes: Axes, matrix: np.ndarray, names: tuple[list[str], list[str]], title: str, language: str) -> None:
    """One map, the first layer at the bottom left; every third layer is named where there are many, and the last."""
    axes.imshow(matrix, cmap="viridis", vmin=0, vmax=1, origin="lower", aspect="auto")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    for axis, layers in ((axes.yaxis, names[0]), (axes.xaxis, names[1])):
        last = len(layers) - 1
        step = 1 if last < 10 else 3
        kept = [*range(0, last - step + 1, step), last]
        shown = [translated("vectors", language) if place == last else layers[place] for place in kept]
        axis.set_ticks(kept, shown, fontsize=7.5)
    if max(matrix.shape) <= FIGURES:
        for (row, column), value in np.ndenumerate(matrix):
            colour = ON_DARK if value < 0.6 else ON_LIGHT
            text = minus(fixed(value, 2))
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)


def _bar(figure: Figure, axes: np.ndarray) -> None:
    shown = axes.ravel()[0].images[0]
    bar = figure.colorbar(shown, ax=axes.ravel().tolist(), shrink=0.7, aspect=28, pad=0.01)
    bar.outline.set_visible(False)
    bar.set_label("CKA")
