"""What a page draws when a map of images and captions is explored: the id and category of the point under the
pointer."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmgap.analysis.explained_variance import explained_by
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.component_axes import component_names
from mmgap.report.figures.page_plots import axis, rounded
from mmgap.report.figures.style import CATEGORIES, FAINT, IMAGE, TEXT
from mmgap.report.translation import translated

#: The shapes of `mmgap.report.figures.style.SHAPES` in Plotly's names.
_SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star")


def pair_map(items: Items, title: str, language: str) -> dict[str, Any]:
    """Return `mmgap.report.figures.measured_space.pair_map`."""
    images, texts = np.asarray(items["map_image"]), np.asarray(items["map_text"])
    names = texts_of(items["map_ids"])
    data = _pairs(images[: len(texts)], texts)
    data.append(_points(images, names, translated("images", language), IMAGE, "circle"))
    if len(texts):
        data.append(_points(texts, names, translated("texts", language), TEXT, "triangle-up"))
    return _plot(data, component_names(items.get("map_explained"), language), title)


def map_pca(items: Items, title: str, language: str) -> dict[str, Any]:
    """Return `mmgap.report.figures.plane_maps.map_pca`."""
    return _map(items, "map_pca", component_names(explained_by(items, items["map_pca"]), language), title, language)


def map_tsne(items: Items, title: str, language: str) -> dict[str, Any]:
    """Return `mmgap.report.figures.plane_maps.map_tsne`."""
    return _map(items, "map_tsne", ("t-SNE 1", "t-SNE 2"), title, language)


def map_umap(items: Items, title: str, language: str) -> dict[str, Any]:
    """Return `mmgap.report.figures.plane_maps.map_umap`."""
    return _map(items, "map_umap", ("UMAP 1", "UMAP 2"), title, language)


def _map(items: Items, name: str, axes: tuple[str, str], title: str, language: str) -> dict[str, Any]:
    ids, kinds = texts_of(items["ids"]), texts_of(items["categories"])
    points, owner = np.asarray(items[name], dtype=np.float64), items["owner"]
    images, texts = points[: len(ids)], points[len(ids) :]
    listed = list(dict.fromkeys(kind for kind in kinds if kind))
    coloured = 1 < len(listed) <= len(CATEGORIES)
    data = _pairs(images[owner], texts)
    for side, places, of_image in (
        (translated("images", language), images, np.arange(len(ids))),
        (translated("texts", language), texts, owner),
    ):
        filled = places is images
        for kind in dict.fromkeys(kinds) if coloured else [None]:
            own = np.flatnonzero([kind is None or kinds[i] == kind for i in of_image])
            if not len(own):
                continue
            named = [f"{ids[i]}<br>{kinds[i]}" if kinds[i] else ids[i] for i in of_image[own]]
            if kind in listed:
                place = listed.index(kind)
                colour, shape = CATEGORIES[place], _SHAPES[place]
            elif coloured:
                colour, shape = FAINT, "circle"
            else:
                colour, shape = (IMAGE, "circle") if filled else (TEXT, "triangle-up")
            called = side if kind is None else f"{kind or translated('no category', language)}, {side}"
            mark = shape if filled or not coloured else f"{shape}-open"
            data.append(_points(places[own], named, called, colour, mark))
    return _plot(data, axes, title)


def _pairs(images: np.ndarray, texts: np.ndarray) -> list[dict[str, Any]]:
    """Thin lines from images to their captions, one trace."""
    if not len(texts):
        return []
    gaps = np.full_like(images, np.nan)
    line = np.stack([images, texts, gaps], axis=1).reshape(-1, 2)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": rounded(line[:, 0]),
            "y": rounded(line[:, 1]),
            "line": {"color": FAINT, "width": 0.6},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def _points(places: np.ndarray, names: list[str], called: str, colour: str, shape: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": called,
        "x": rounded(places[:, 0]),
        "y": rounded(places[:, 1]),
        "text": names,
        "marker": {"color": colour, "symbol": shape, "size": 8},
        "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
    }


def _plot(data: list[dict[str, Any]], axes: tuple[str, str], title: str) -> dict[str, Any]:
    layout = {"xaxis": axis(axes[0]), "yaxis": axis(axes[1], scaleanchor="x"), "hovermode": "closest"}
    return {"title": title, "data": data, "layout": layout, "toggles": True}
