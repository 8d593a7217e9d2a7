"""Maps of the practices: images and captions in the plane, each pair joined by a line, with the files' names."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.comparison_names import shown_categories, shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.figure_entries import registry
from mmgap.report.figures.label_places import label_points
from mmgap.report.figures.style import CATEGORIES, FAINT, IMAGE, TEXT, settle
from mmgap.report.translation import translated


def map_pca(items: Items, title: str, language: str) -> Figure:
    """Return the images and captions on their first two principal components.

    Args:
        items: ``map_pca`` (N + M, 2), images first; ``ids``, ``categories`` and ``owner`` (M,).
        title: what was measured.
        language: "en" or "es".
    """
    figure, axes = _map(items, "map_pca", title, language)
    axes.set_xlabel(translated("principal component {n}", language, n=1))
    axes.set_ylabel(translated("principal component {n}", language, n=2))
    return _named(figure, axes, items, "map_pca")


def map_tsne(items: Items, title: str, language: str) -> Figure:
    """Return their t-SNE map, whose axes mean nothing; as `map_pca`."""
    return _named(*_without_axes(*_map(items, "map_tsne", title, language)), items, "map_tsne")


def map_umap(items: Items, title: str, language: str) -> Figure:
    """Return their UMAP map, whose axes mean nothing; as `map_pca`."""
    return _named(*_without_axes(*_map(items, "map_umap", title, language)), items, "map_umap")


def _map(items: Items, name: str, title: str, language: str) -> tuple[Figure, Axes]:
    images, texts = _parts(items, name)
    owner = items["owner"]
    kinds = texts_of(items["categories"])
    listed = list(dict.fromkeys(kind for kind in kinds if kind))
    with mpl.rc_context(style_with_fonts()):
        figure, axes = titled_axes(5.2, title, translated(registry.get(name).alt, language))
        faint = float(np.clip(60 / len(kinds), 0.05, 0.6))  # many lines would be one grey patch
        joined = LineCollection(
            list(np.stack([images[owner], texts], axis=1)), colors=FAINT, linewidths=0.5, alpha=faint
        )
        axes.add_collection(joined)
        coloured = 1 < len(listed) <= len(CATEGORIES)
        palette = dict(zip(listed, CATEGORIES, strict=False)) if coloured else {}
        size = float(np.clip(1500 / len(kinds), 9, 34))
        for points, of_image, plain, marker in (
            (images, np.arange(len(kinds)), IMAGE, "o"),
            (texts, owner, TEXT, "^"),
        ):
            colours = [palette.get(kinds[i], FAINT) if coloured else plain for i in of_image]
            axes.scatter(
                points[:, 0], points[:, 1], s=size, marker=marker, c=colours, alpha=0.85, linewidths=0, zorder=2
            )
        axes.margins(0.12, 0.1)
        axes.set_aspect("equal", adjustable="datalim")
        _legend(figure, palette, with_texts=len(texts) > 0, language=language)
    return figure, axes


def _legend(figure: Figure, palette: dict[str, str], *, with_texts: bool, language: str) -> None:
    """Below the map: which mark is an image and which a caption, then the colours of the categories."""
    colours = ("#666666", "#666666") if palette else (IMAGE, TEXT)
    entries = [("o", colours[0], translated("images", language))]
    if with_texts:
        entries.append(("^", colours[1], translated("texts", language)))
    names = shown_categories(list(palette), 26)
    entries += [("s", colour, name) for name, colour in zip(names, palette.values(), strict=True)]
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, markeredgewidth=0, markersize=5.5, label=name)
        for marker, colour, name in entries
    ]
    columns = 2 if max(len(name) for _, _, name in entries) > 16 else 5
    legend = figure.legend(
        handles=handles, loc="outside lower left", ncols=columns, frameon=False, fontsize=7.5, handletextpad=0.1
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _named(figure: Figure, axes: Axes, items: Items, name: str) -> Figure:
    """File names beside the images, then beside the captions where there is room left."""
    images, texts = _parts(items, name)
    names = shown_names(texts_of(items["ids"]), 22)
    with mpl.rc_context(style_with_fonts()):
        settle(figure)
        everything = np.concatenate([images, texts])
        size = 7.0 if len(images) <= 30 else 5.5
        taken = label_points(axes, images, everything, names, [], size=size, length=22)
        if len(texts):
            label_points(axes, texts, everything, [names[i] for i in items["owner"]], taken, size=size, length=22)
    return figure


def _parts(items: Items, name: str) -> tuple[np.ndarray, np.ndarray]:
    points = np.asarray(items[name], dtype=np.float64)
    n = len(texts_of(items["ids"]))
    return points[:n], points[n:]


def _without_axes(figure: Figure, axes: Axes) -> tuple[Figure, Axes]:
    axes.set(xticks=[], yticks=[])
    return figure, axes
