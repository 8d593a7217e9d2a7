"""What a page draws when a heat-map of cosines is explored: ids and cosine of the field under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmgap.analysis.row_items import RowItems
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.comparison_heatmaps import CosineMap, limits, sides_of
from mmgap.report.figures.measured_space import scale_of
from mmgap.report.figures.page_plots import axis, rounded, told_apart
from mmgap.report.translation import translated

#: A page holds no map of more rows or columns: of larger ones it has the picture alone.
MOST = 200


def image_text(items: Items, title: str, language: str) -> dict[str, Any] | None:
    """Return `mmgap.report.figures.comparison_heatmaps.image_text`; None where it is too large for a page."""
    return _compared([(items, "")], "image_text", title, language)


def image_image(items: Items, title: str, language: str) -> dict[str, Any] | None:
    """Return the images among themselves; as `image_text`."""
    return _compared([(items, "")], "image_image", title, language)


def text_text(items: Items, title: str, language: str) -> dict[str, Any] | None:
    """Return the captions among themselves; as `image_text`."""
    return _compared([(items, "")], "text_text", title, language)


def image_text_of_both(encoders: Sequence[RowItems], title: str, language: str) -> dict[str, Any] | None:
    """Return `image_text` under encoder A and under B by choice, on one scale."""
    return _compared(sides_of(encoders), "image_text", title, language)


def image_image_of_both(encoders: Sequence[RowItems], title: str, language: str) -> dict[str, Any] | None:
    """Return `image_image` under encoder A and under B by choice, on one scale."""
    return _compared(sides_of(encoders), "image_image", title, language)


def text_text_of_both(encoders: Sequence[RowItems], title: str, language: str) -> dict[str, Any] | None:
    """Return `text_text` under encoder A and under B by choice, on one scale."""
    return _compared(sides_of(encoders), "text_text", title, language)


def similarity(items: Items, title: str, language: str) -> dict[str, Any]:
    """Return `mmgap.report.figures.measured_space.similarity`."""
    names = told_apart(texts_of(items["sample_ids"]))
    matrix = np.asarray(items["similarity"], dtype=np.float64)
    words = (translated("image", language), translated("text", language))
    return _plot([matrix], [""], (names, names), words, scale_of(matrix), title, language)


def _compared(sides: Sequence[tuple[Items, str]], name: str, title: str, language: str) -> dict[str, Any] | None:
    maps = [CosineMap(items, name) for items, _ in sides]
    matrices = [one.matrix for one in maps]
    if max(matrices[0].shape) > MOST:
        return None
    ids = texts_of(maps[0].items["ids"])
    down, across = (told_apart([ids[i] for i in rows]) for rows in maps[0].of_image)
    words = [
        translated("image", language) if kind == "image" else translated("caption", language)
        for kind in name.split("_")
    ]
    called = [called for _, called in sides]
    return _plot(matrices, called, (down, across), (words[0], words[1]), limits(matrices), title, language)


def _plot(
    matrices: Sequence[np.ndarray],
    called: Sequence[str],
    names: tuple[list[str], list[str]],
    words: tuple[str, str],
    ends: tuple[float, float],
    title: str,
    language: str,
) -> dict[str, Any]:
    cosine = translated("cosine", language)
    trace = {
        "type": "heatmap",
        "x": names[1],
        "y": names[0],
        "z": rounded(matrices[0], 3),
        "zmin": ends[0],
        "zmax": ends[1],
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": cosine}, "thickness": 14},
        "hoverongaps": False,
        "hovertemplate": f"{words[0]} %{{y}}<br>{words[1]} %{{x}}<br>{cosine} %{{z:.3f}}<extra></extra>",
    }
    few = max(map(len, names)) <= 45
    layout = {
        "xaxis": axis(words[1], type="category", showticklabels=few),
        "yaxis": axis(words[0], type="category", showticklabels=few, autorange="reversed"),
        "square": True,
    }
    plot = {"title": title, "data": [trace], "layout": layout}
    if len(matrices) > 1:
        steps = [{"name": name, "z": [rounded(one, 3)]} for name, one in zip(called, matrices, strict=True)]
        plot |= {"choice": translated("encoder", language), "steps": steps}
    return plot
