"""The pictures of one measured space: cosine histograms, a map of the pairs, a similarity heat-map.

Every function takes the row's per-item arrays and gives back a matplotlib figure for `mmgap.report.figures.style.save`.
Pictures carry ids and figures only, never an image or a caption of a data set.
"""

from __future__ import annotations

from collections.abc import Collection

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmgap.analysis.cosine_histograms import HistogramScale
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.blocks import shorten
from mmgap.report.figures.asked_labels import label_asked, mark_ticks, ring
from mmgap.report.figures.component_axes import name_components
from mmgap.report.figures.heatmap_marks import best_of_rows, mark_best, mark_own
from mmgap.report.figures.histograms import KINDS, densities, tell_cut
from mmgap.report.figures.label_places import arrow, label_peaks, label_points, name_cloud
from mmgap.report.figures.labelled_items import places_of
from mmgap.report.figures.style import FAINT, IMAGE, INK, ON_DARK, ON_LIGHT, STYLE, TEXT, settle
from mmgap.report.translation import translated, translated_in
from mmgap.report.values import fixed, minus

#: Ends of the colours of a heat-map: the first that holds its cosines, so that encoders of one kind share a scale.
SCALES = ((0.0, 0.5), (-0.25, 0.75), (0.5, 1.0), (0.0, 1.0), (-1.0, 1.0))

#: Up to so many rows and columns every field says its cosine.
FIGURES = 20


def cosines(items: Items, title: str, language: str) -> Figure:
    """Densities of image–image, text–text, matched and unmatched cosines, each labelled at its peak.

    Args:
        items: ``edges`` (B+1,) and the counts ``histogram_image``, ``histogram_text``, ``histogram_matched``,
            ``histogram_unmatched``, each (B,).
        title: what was measured.
        language: "en" or "es".
    """
    edges = np.asarray(items["edges"], dtype=np.float64)
    histograms = {name: items[f"histogram_{name}"] for name, *_ in KINDS}
    scale = HistogramScale.of(edges, [histograms])
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.3, 3.6, title, translated("Cosines within and across modalities", language))
        labels = []
        drawn = densities(axes, edges, histograms, scale.step)
        for one in drawn:
            mean = f"{translated('mean', language)} {minus(fixed(one.mean, 2))}"
            peak = (one.peak[0], min(one.peak[1], scale.height))
            labels.append((*peak, f"{translated(one.name, language)}\n{mean}", one.colour))
        clip = Rectangle((scale.ends[0], 0), scale.ends[1] - scale.ends[0], scale.height, transform=axes.transData)
        for patch in axes.patches:
            patch.set_clip_path(clip)  # the names stand above
        tell_cut(axes, drawn, scale.height)
        axes.set_xlim(*scale.ends)
        axes.set_ylim(0, 1.45 * scale.height)
        axes.set_xlabel(translated("cosine", language))
        axes.set_ylabel(translated("density", language))
        axes.locator_params(axis="y", nbins=5)
        axes.grid(axis="x", visible=False)
        label_peaks(figure, axes, labels)
    return figure


def similarity(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Heat-map of the cosines of a few images (rows) with their captions (columns).

    Args:
        items: ``similarity`` (m, m) and ``sample_ids``, the m ids joined by newlines as UTF-8 bytes.
        title: what was measured.
        language: "en" or "es".
        labels: ids of items whose names stand out.
    """
    matrix = np.asarray(items["similarity"], dtype=np.float64)
    ids = texts_of(items["sample_ids"])
    names = [shorten(name, 16) for name in ids]
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(
            6.3,
            5.9,
            title,
            f"{translated('Cosine of each image (row) with each caption (column)', language)};"
            f" {shown_of(len(names), items, language)}",
        )
        axes.grid(visible=False)
        low, high = scale_of(matrix)
        shown = axes.imshow(matrix, cmap="viridis", vmin=low, vmax=high)
        side = 330 / len(names)
        mark_own(axes, np.stack([np.arange(len(names))] * 2, axis=1), side)
        mark_best(axes, best_of_rows(matrix), side)
        if len(names) <= FIGURES:
            for (row, column), value in np.ndenumerate(matrix):
                colour = ON_DARK if value < (low + high) / 2 else ON_LIGHT
                text = minus(fixed(value, 2))
                axes.text(column, row, text, ha="center", va="center", fontsize=min(8, 0.36 * side), color=colour)
        size = max(4.0, min(8.0, 200 / len(names)))
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
        axes.set_yticks(range(len(names)), names, fontsize=size)
        mark_ticks(axes, [places_of(ids, labels)] * 2)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(translated("text", language))
        axes.set_ylabel(translated("image", language))
        bar = figure.colorbar(shown, ax=axes, shrink=0.6, aspect=28, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(translated("cosine", language))
    return figure


def scale_of(matrix: np.ndarray) -> tuple[float, float]:
    """Return the first of `SCALES` that holds all but a hundredth of the cosines at either end.

    >>> scale_of(np.array([[0.31, 0.12], [0.1, 0.28]])), scale_of(np.array([[0.9, -0.4]]))
    ((0.0, 0.5), (-1.0, 1.0))
    """
    low, high = np.quantile(matrix, [0.01, 0.99])
    return next((ends for ends in SCALES if ends[0] <= low and high <= ends[1]), SCALES[-1])


def shown_of(shown: int, items: Items, language: str) -> str:
    """Return how many pairs are shown of how many images there are: ``40 of 500 images``."""
    every = len(items["cluster"]) if "cluster" in items else shown
    return translated("{shown} of {all} images", language, shown=shown, all=every)


def pair_map(items: Items, title: str, language: str, labels: Collection[str] = ()) -> Figure:
    """Return the images and texts on two principal components, each pair joined by a line, as many ids as fit.

    Where items are labelled that it shows, their ids stand there alone, and image and text have rings.

    Args:
        items: ``map_image`` and ``map_text``, each (n, 2) (or no texts at all), and ``map_ids`` as in `similarity`.
        title: what was measured.
        language: "en" or "es".
        labels: ids of the items that are labelled.
    """
    images, texts = np.asarray(items["map_image"]), np.asarray(items["map_text"])
    ids = texts_of(items["map_ids"])
    asked = places_of(ids, labels)
    with mpl.rc_context(STYLE):
        subtitle = translated("Pairs on the first two principal components of both modalities", language)
        figure, axes = _canvas(6.3, 4.6, title, f"{subtitle}; {shown_of(len(images), items, language)}")
        pairs = LineCollection(
            list(np.stack([images[: len(texts)], texts], axis=1)), colors=FAINT, linewidths=0.4, alpha=0.5
        )
        axes.add_collection(pairs)
        for points, colour, marker in ((images, IMAGE, "o"), (texts, TEXT, "^")):
            axes.scatter(
                points[:, 0], points[:, 1], s=14, marker=marker, color=colour, alpha=0.8, linewidths=0, zorder=2
            )
        axes.margins(0.13, 0.14)
        axes.set_aspect("equal", adjustable="datalim")
        name_components(axes, items.get("map_explained"), language)
        settle(figure)
        taken = [name_cloud(axes, images, translated("images", language), IMAGE, [])]
        covered = [images]
        if len(texts):
            taken.append(name_cloud(axes, texts, translated("texts", language), TEXT, taken))
            taken += arrow(axes, images.mean(axis=0), texts.mean(axis=0), translated_in("picture", "gap", language))
            covered += [texts, np.linspace(images.mean(axis=0), texts.mean(axis=0), 200)]
        if asked:
            ring(axes, np.concatenate([images[asked], *(texts[asked] for _ in covered[1:2])]))
            label_asked(axes, images[asked], np.concatenate(covered), [ids[place] for place in asked], taken)
        else:
            label_points(axes, images, np.concatenate(covered), ids, taken)
    return figure


def _canvas(width: float, height: float, title: str, subtitle: str) -> tuple[Figure, Axes]:
    """A figure of one axes with a title and, below it, what kind of picture this is."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(
        shorten(title, 62), loc="left", pad=20, fontsize=10.5, fontweight="bold", color=INK, parse_math=False
    )
    below = axes.annotate(subtitle, (0, 1), xytext=(0, 7), xycoords="axes fraction", textcoords="offset points")
    below.set(color="#555555", in_layout=False)
    return figure, axes
