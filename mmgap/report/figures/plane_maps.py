"""Maps of the practices: images and captions in the plane, each pair joined by a line, with the files' names."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmgap.analysis.explained_variance import explained_by
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.asked_labels import label_asked, ring
from mmgap.report.figures.comparison_names import shown_categories, shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.component_axes import name_components
from mmgap.report.figures.figure_entries import registry
from mmgap.report.figures.label_places import label_points
from mmgap.report.figures.labelled_items import places_of
from mmgap.report.figures.style import CATEGORIES, FAINT, IMAGE, SHAPES, TEXT, settle
from mmgap.report.translation import translated


def map_pca(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return the images and captions on their first two principal components.

    Args:
        items: ``map_pca`` (N + M, 2), images first; ``ids``, ``categories`` and ``owner`` (M,).
        title: what was measured.
        language: "en" or "es".
        labels: ids of the items that are labelled, where it shows them: then they alone, and with rings.
    """
    figure, axes = _map(items, "map_pca", title, language)
    name_components(axes, explained_by(items, items["map_pca"]), language)
    return _named(figure, axes, items, "map_pca", labels)


def map_tsne(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return their t-SNE map, whose axes have no unit; as `map_pca`."""
    return _named(*_without_ticks(*_map(items, "map_tsne", title, language), "t-SNE"), items, "map_tsne", labels)


def map_umap(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return their UMAP map, whose axes have no unit; as `map_pca`."""
    return _named(*_without_ticks(*_map(items, "map_umap", title, language), "UMAP"), items, "map_umap", labels)


def _map(items: Items, name: str, title: str, language: str) -> tuple[Figure, Axes]:
    images, texts = _parts(items, name)
    owner = items["owner"]
    kinds = texts_of(items["categories"])
    listed = list(dict.fromkeys(kind for kind in kinds if kind))
    with mpl.rc_context(style_with_fonts()):
        shown = translated("all {images} images and {texts} texts", language, images=len(images), texts=len(texts))
        figure, axes = titled_axes(5.2, title, f"{translated(registry.get(name).alt, language)}; {shown}")
        faint = float(np.clip(60 / len(kinds), 0.05, 0.6))  # many lines would be one grey patch
        joined = LineCollection(
            list(np.stack([images[owner], texts], axis=1)), colors=FAINT, linewidths=0.5, alpha=faint
        )
        axes.add_collection(joined)
        coloured = 1 < len(listed) <= len(CATEGORIES)
        palette = dict(zip(listed, zip(CATEGORIES, SHAPES, strict=True), strict=False)) if coloured else {}
        size = float(np.clip(1500 / len(kinds), 9, 34))
        for points, of_image, plain, filled in (
            (images, np.arange(len(kinds)), (IMAGE, "o"), True),
            (texts, owner, (TEXT, "^"), not palette),
        ):
            for kind in dict.fromkeys(kinds):
                own = np.array([kinds[i] == kind for i in of_image], dtype=bool)
                colour, shape = palette.get(kind, (FAINT, "o")) if coloured else plain
                axes.scatter(
                    points[own, 0],
                    points[own, 1],
                    s=size,
                    marker=shape,
                    facecolors=colour if filled else "none",
                    edgecolors="none" if filled else colour,
                    linewidths=0 if filled else 1.1,
                    alpha=0.85,
                    zorder=2,
                )
        axes.margins(0.12, 0.1)
        axes.set_aspect("equal", adjustable="datalim")
        _legend(figure, palette, with_texts=len(texts) > 0, language=language)
    return figure, axes


def _legend(figure: Figure, palette: dict[str, tuple[str, str]], *, with_texts: bool, language: str) -> None:
    """Below the map: what is an image and what a caption, then colour and shape of each category."""
    images, texts = translated("images", language), translated("texts", language)
    if palette:
        entries: list[tuple[str, str, Any, str]] = [
            ("o", "#6B6B6B", "full", f"{images}: {translated('filled', language)}")
        ]
        entries += [("o", "#6B6B6B", "none", f"{texts}: {translated('hollow', language)}")] * with_texts
    else:
        entries = [("o", IMAGE, "full", images)] + [("^", TEXT, "full", texts)] * with_texts
    names = shown_categories(list(palette), 26)
    entries += [(shape, colour, "full", name) for name, (colour, shape) in zip(names, palette.values(), strict=True)]
    handles = [
        Line2D([], [], linestyle="", marker=marker, fillstyle=fill, color=colour, markersize=5.5, label=name)
        for marker, colour, fill, name in entries
    ]
    columns = 2 if max(len(name) for *_, name in entries) > 16 else 5
    legend = figure.legend(
        handles=handles, loc="outside lower left", ncols=columns, frameon=False, fontsize=7.5, handletextpad=0.1
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _named(figure: Figure, axes: Axes, items: Items, name: str, labels: Collection[str]) -> Figure:
    """File names beside the images, then beside the captions where there is room left; labelled ones alone."""
    images, texts = _parts(items, name)
    ids = texts_of(items["ids"])
    names, asked = shown_names(ids, 22), places_of(ids, labels)
    with mpl.rc_context(style_with_fonts()):
        settle(figure)
        everything = np.concatenate([images, texts])
        if asked:
            ring(axes, np.concatenate([images[asked], texts[np.isin(items["owner"], asked)]]))
            label_asked(axes, images[asked], everything, [names[place] for place in asked], [])
            return figure
        size = 7.0 if len(images) <= 30 else 5.5
        taken = label_points(axes, images, everything, names, [], size=size, length=22)
        if len(texts):
            label_points(axes, texts, everything, [names[i] for i in items["owner"]], taken, size=size, length=22)
    return figure


def _parts(items: Items, name: str) -> tuple[np.ndarray, np.ndarray]:
    points = np.asarray(items[name], dtype=np.float64)
    n = len(texts_of(items["ids"]))
    return points[:n], points[n:]


def _without_ticks(figure: Figure, axes: Axes, name: str) -> tuple[Figure, Axes]:
    """Axes with names, and without figures: they have no unit."""
    axes.set(xticks=[], yticks=[], xlabel=f"{name} 1", ylabel=f"{name} 2")
    return figure, axes
