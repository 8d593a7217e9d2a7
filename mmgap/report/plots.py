"""The pictures of one measured space: cosine histograms, a map of the pairs, a similarity heat-map.

Every function takes the row's per-item arrays and gives back a matplotlib figure for `mmgap.report.lettering.save`.
Pictures carry ids and figures only, never an image or a caption of a data set.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from mmgap.report.labels import word
from mmgap.report.lettering import (
    FAINT,
    IMAGE,
    INK,
    MATCHED,
    STYLE,
    TEXT,
    UNMATCHED,
    arrow,
    label_peaks,
    label_points,
    name_cloud,
    settle,
)
from mmgap.report.model import shorten
from mmgap.report.values import fixed

#: The cosine axis: the first of these that holds all but a thousandth of every histogram, so that pictures compare.
WINDOWS = ((-0.25, 1.0), (-0.5, 1.0), (-1.0, 1.0))

Items = Mapping[str, np.ndarray]


def cosines(items: Items, title: str, language: str) -> Figure:
    """Densities of image–image, text–text, matched and unmatched cosines, each labelled at its peak.

    Args:
        items: ``edges`` (B+1,) and the counts ``histogram_image``, ``histogram_text``, ``histogram_matched``,
            ``histogram_unmatched``, each (B,).
        title: what was measured.
        language: "en" or "es".
    """
    curves = (
        ("image_image", items["histogram_image"], IMAGE, "-"),
        ("text_text", items["histogram_text"], TEXT, (0, (5, 1.2))),
        ("matched", items["histogram_matched"], MATCHED, "-"),
        ("unmatched", items["histogram_unmatched"], UNMATCHED, (0, (1.2, 1))),
    )
    edges = np.asarray(items["edges"], dtype=np.float64)
    left, right = _window(edges, [counts for _, counts, _, _ in curves])
    step = _bins_together(edges, items["histogram_matched"], right - left)
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.3, 3.6, title, word("fig_cosines", language))
        labels = []
        for name, counts, colour, dashes in curves:
            if not counts.sum():
                continue
            coarse, density = _density(edges, counts, step)
            axes.stairs(density, coarse, fill=True, color=colour, alpha=0.16, linewidth=0)
            axes.stairs(density, coarse, color=colour, linewidth=1.4, linestyle=dashes)
            mean = float(np.average((edges[1:] + edges[:-1]) / 2, weights=counts))
            axes.plot(mean, 0, "o", color=colour, markeredgecolor="white", markersize=6, clip_on=False, zorder=5)
            peak = int(density.argmax())
            label = f"{word(name, language)}\n{word('mean', language)} {fixed(mean, 2).replace('-', '−')}"
            labels.append(((coarse[peak] + coarse[peak + 1]) / 2, float(density[peak]), label, colour))
        axes.set_xlim(left, right)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.45)
        axes.set_xlabel(word("cosine", language))
        axes.set_ylabel(word("density", language))
        axes.locator_params(axis="y", nbins=5)
        axes.grid(axis="x", visible=False)
        label_peaks(figure, axes, labels)
    return figure


def similarity(items: Items, title: str, language: str) -> Figure:
    """Heat-map of the cosines of a few images (rows) with their captions (columns).

    Args:
        items: ``similarity`` (m, m) and ``sample_ids``, the m ids joined by newlines as UTF-8 bytes.
        title: what was measured.
        language: "en" or "es".
    """
    matrix = np.asarray(items["similarity"], dtype=np.float64)
    names = [shorten(name, 16) for name in ids(items["sample_ids"])]
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.3, 5.9, title, word("fig_similarity", language))
        axes.grid(visible=False)
        shown = axes.imshow(matrix, cmap="viridis", vmin=np.quantile(matrix, 0.01), vmax=matrix.max())
        size = max(4.0, min(8.0, 200 / len(names)))
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
        axes.set_yticks(range(len(names)), names, fontsize=size)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(word("text", language))
        axes.set_ylabel(word("image", language))
        bar = figure.colorbar(shown, ax=axes, shrink=0.6, aspect=28, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(word("cosine", language))
    return figure


def pair_map(items: Items, title: str, language: str) -> Figure:
    """Images and texts on two principal components, each pair joined by a line, as many ids as fit.

    Args:
        items: ``map_image`` and ``map_text``, each (n, 2) (or no texts at all), and ``map_ids`` as in `similarity`.
        title: what was measured.
        language: "en" or "es".
    """
    images, texts = np.asarray(items["map_image"]), np.asarray(items["map_text"])
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.3, 4.6, title, word("fig_map", language))
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
        axes.set_xlabel(word("component", language, n=1))
        axes.set_ylabel(word("component", language, n=2))
        settle(figure)
        taken = [name_cloud(axes, images, word("images", language), IMAGE, [])]
        covered = [images]
        if len(texts):
            taken.append(name_cloud(axes, texts, word("texts", language), TEXT, taken))
            taken += arrow(axes, images.mean(axis=0), texts.mean(axis=0), word("gap", language))
            covered += [texts, np.linspace(images.mean(axis=0), texts.mean(axis=0), 200)]
        label_points(axes, images, np.concatenate(covered), ids(items["map_ids"]), taken)
    return figure


def ids(array: np.ndarray) -> list[str]:
    """The ids behind an array of UTF-8 bytes, one a line."""
    return bytes(np.asarray(array, dtype=np.uint8)).decode("utf-8").split("\n")


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


def _window(edges: np.ndarray, histograms: list[np.ndarray]) -> tuple[float, float]:
    centres = (edges[1:] + edges[:-1]) / 2
    for left, right in WINDOWS[:-1]:
        outside = [counts[centres < left].sum() / max(counts.sum(), 1) for counts in histograms]
        if max(outside) <= 1e-3:
            return left, right
    return WINDOWS[-1]


def _bins_together(edges: np.ndarray, counts: np.ndarray, span: float) -> int:
    """How many fine bins make one that is drawn: Freedman and Diaconis's width for the smallest of the four sets."""
    width = float(edges[1] - edges[0])
    total = counts.sum()
    wanted = span / 120
    if total:
        quartiles = np.interp([0.25 * total, 0.75 * total], np.cumsum(counts), edges[1:])
        wanted = max(wanted, min(2 * float(np.diff(quartiles)[0]) / total ** (1 / 3), span / 50))
    return max(1, round(wanted / width))


def _density(edges: np.ndarray, counts: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Coarser edges, and the counts between them as a density: its integral is 1."""
    starts = np.arange(0, len(counts), step)
    coarse = np.append(edges[starts], edges[-1])
    return coarse, np.add.reduceat(counts, starts) / (counts.sum() * np.diff(coarse))
