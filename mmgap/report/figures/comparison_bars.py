"""Bar charts of one encoder against another: the pairs' cosine by category, and what every image gained."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.blocks import shorten
from mmgap.report.figures.comparison_names import shown_categories, shown_names, style
from mmgap.report.figures.comparison_panels import sheet
from mmgap.report.figures.style import FAINT, IMAGE, INK, MATCHED, TEXT
from mmgap.report.labels import word
from mmgap.report.values import fixed

#: A chart holds no more categories than this; of more, the largest are shown.
CATEGORIES = 30

#: Up to so many images each bar has its file's name.
NAMED = 40


def by_category(items: Items, title: str, language: str) -> Figure:
    """Mean cosine of the pairs of each category under encoder A and under B, ± 1 sd.

    Args:
        items: ``a.diagonal`` and ``b.diagonal`` (M,), ``a.owner`` (M,), ``a.categories``, ``a.encoder``, ``b.encoder``.
        title: what was compared.
        language: "en" or "es".
    """
    kinds = np.array(texts_of(items["a.categories"]), dtype=object)[items["a.owner"]]
    found, sizes = np.unique(kinds, return_counts=True)
    largest = np.argsort(-sizes, kind="stable")[:CATEGORIES]
    chosen = [name for name in dict.fromkeys(kinds) if name in set(found[largest])]
    subtitle = word("fig_by_category", language)
    if len(found) > CATEGORIES:
        subtitle += f" ({word('largest_of', language, n=CATEGORIES, of=len(found))})"
    lone = word("all_images" if len(found) == 1 else "no_category", language)
    names = [name or lone for name in shown_categories(chosen, 24)]
    with mpl.rc_context(style()):
        figure, axes = sheet(1.5 + 0.42 * len(chosen), title, subtitle)
        places = np.arange(len(chosen))
        for side, offset, colour in (("a", -0.19, TEXT), ("b", 0.19, IMAGE)):
            values = [items[f"{side}.diagonal"][kinds == name].astype(np.float64) for name in chosen]
            means, spreads = np.array([v.mean() for v in values]), np.array([v.std() for v in values])
            axes.barh(
                places + offset,
                means,
                height=0.36,
                xerr=spreads,
                color=colour,
                alpha=0.85,
                error_kw={"ecolor": INK, "elinewidth": 0.7, "capsize": 2},
                label=_encoder(items, side),
            )
            _figures(axes, places + offset, means, spreads)
        axes.set_yticks(places, names, parse_math=False)
        axes.set_ylim(len(chosen) - 0.5, -0.5)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.margins(x=0.14)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(word("pair_cosine", language))
        _legend(figure)
    return figure


def by_image(items: Items, title: str, language: str) -> Figure:
    """What each image gained: the cosine with its captions under B less that under A, sorted.

    Args:
        items: as `by_category`, with ``a.ids``.
        title: what was compared.
        language: "en" or "es".
    """
    owner = items["a.owner"]
    images, place = np.unique(owner, return_inverse=True)
    change = np.asarray(items["b.diagonal"], dtype=np.float64) - np.asarray(items["a.diagonal"], dtype=np.float64)
    gained = np.bincount(place, weights=change) / np.bincount(place)
    sorting = np.argsort(-gained, kind="stable")
    gained, images = gained[sorting], images[sorting]
    better, n = int((gained > 0).sum()), len(gained)
    subtitle = f"{word('fig_by_image', language)}: {word('improved_share', language, count=better, of=n)}"
    colours = np.where(gained > 0, MATCHED, TEXT)
    with mpl.rc_context(style()):
        height = 1.6 + 0.19 * n if n <= NAMED else 3.9
        figure, axes = sheet(height, title, subtitle)
        if n <= NAMED:
            names = shown_names(texts_of(items["a.ids"]), 34)
            axes.barh(np.arange(n), gained, color=colours, height=0.72)
            axes.set_yticks(np.arange(n), [names[i] for i in images], fontsize=7.5, parse_math=False)
            axes.set_ylim(n - 0.4, -0.6)
            axes.grid(axis="y", visible=False)
            axes.axvline(0, color=FAINT, linewidth=0.8)
            axes.set_xlabel(word("improvement", language))
        else:
            axes.bar(np.arange(n) + 0.5, gained, width=1.0, color=colours, linewidth=0)
            axes.set_xlim(0, n)
            axes.grid(axis="x", visible=False)
            axes.axhline(0, color=FAINT, linewidth=0.8)
            axes.set_ylabel(word("improvement", language))
            axes.set_xlabel(word("images_sorted", language))
        for side in "ab":
            axes.plot([], [], " ", label=_encoder(items, side))
        _legend(figure)
    return figure


def _encoder(items: Items, side: str) -> str:
    return f"{side.upper()}  {shorten(texts_of(items[f'{side}.encoder'])[0], 58)}"


def _figures(axes: Axes, places: np.ndarray, means: np.ndarray, spreads: np.ndarray) -> None:
    """Each bar's mean beyond its whisker."""
    for place, mean, spread in zip(places, means, spreads, strict=True):
        side = 1 if mean >= 0 else -1
        axes.annotate(
            fixed(mean, 3).replace("-", "−"),
            (mean + side * spread, place),
            xytext=(side * 4, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize=7,
            color=INK,
        )


def _legend(figure: Figure) -> None:
    """What A and B are, below the chart: names of encoders are long."""
    legend = figure.legend(loc="outside lower left", ncols=1, frameon=False, fontsize=8)
    for text in legend.get_texts():
        text.set_parse_math(False)
