"""Bar charts of one encoder against another: the pairs' cosine by category, and what every image gained."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.pair_changes import cosines_by_category, gains
from mmgap.analysis.row_items import RowItems
from mmgap.core.text_arrays import texts_of
from mmgap.report.blocks import shorten
from mmgap.report.figures.comparison_names import shown_categories, shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.style import FAINT, IMAGE, INK, MATCHED, TEXT
from mmgap.report.translation import translated
from mmgap.report.values import fixed, minus

#: A chart holds no more categories than this; of more, the largest are shown.
CATEGORIES = 30

#: Colour and hatching of encoder A, before, and of encoder B, with.
SIDES = ((TEXT, "////"), (IMAGE, ""))

#: Up to so many images each bar has its file's name.
NAMED = 40


def by_category(encoders: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return the mean cosine of the pairs of each category under encoder A and under B, ± 1 sd.

    Args:
        encoders: two rows with ``diagonal`` (M,), ``owner`` (M,) and ``categories``.
        title: what was compared.
        language: "en" or "es".
    """
    shown = cosines_by_category([one.arrays for one in encoders], CATEGORIES)
    subtitle = translated("Mean cosine of the pairs, by category", language)
    if shown.found > CATEGORIES:
        subtitle += f" ({translated('the {n} largest of {of} categories', language, n=CATEGORIES, of=shown.found)})"
    lone = translated("all images", language) if shown.found == 1 else translated("no category", language)
    names = [name or lone for name in shown_categories(shown.categories, 24)]
    with mpl.rc_context(style_with_fonts()):
        figure, axes = titled_axes(1.5 + 0.42 * len(names), title, subtitle)
        places = np.arange(len(names))
        sides = zip(labels_of(encoders), shown.means, shown.deviations, (-0.19, 0.19), SIDES, strict=True)
        for label, means, spreads, offset, (colour, hatch) in sides:
            axes.barh(
                places + offset,
                means,
                height=0.36,
                xerr=spreads,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
                error_kw={"ecolor": INK, "elinewidth": 0.7, "capsize": 2},
                label=label,
            )
            _figures(axes, places + offset, means, spreads)
        axes.set_yticks(places, names, parse_math=False)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.margins(x=0.14)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(translated("cosine of the pairs, mean ± sd", language))
        legend_below(figure)
    return figure


def by_image(encoders: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return what each image gained: the cosine with its captions under B less that under A, sorted.

    Args:
        encoders: as `by_category`, with ``ids``.
        title: what was compared.
        language: "en" or "es".
    """
    before, after = (one.arrays for one in encoders)
    gained, images = gains(before, after)
    better, n = int((gained > 0).sum()), len(gained)
    improved = translated("{count} of {of} images improved", language, count=better, of=n)
    subtitle = f"{translated('Improvement of each image', language)}: {improved}"
    colours = np.where(gained > 0, MATCHED, TEXT)
    with mpl.rc_context(style_with_fonts()):
        height = 1.6 + 0.19 * n if n <= NAMED else 3.9
        figure, axes = titled_axes(height, title, subtitle)
        if n <= NAMED:
            names = shown_names(texts_of(before["ids"]), 34)
            axes.barh(np.arange(n), gained, color=colours, height=0.72)
            axes.set_yticks(np.arange(n), [names[i] for i in images], fontsize=7.5, parse_math=False)
            axes.set_ylim(n - 0.4, -0.6)
            axes.grid(axis="y", visible=False)
            axes.axvline(0, color=FAINT, linewidth=0.8)
            axes.set_xlabel(translated("cosine under B − cosine under A", language))
        else:
            axes.bar(np.arange(n) + 0.5, gained, width=1.0, color=colours, linewidth=0)
            axes.set_xlim(0, n)
            axes.grid(axis="x", visible=False)
            axes.axhline(0, color=FAINT, linewidth=0.8)
            axes.set_ylabel(translated("cosine under B − cosine under A", language))
            axes.set_xlabel(translated("images, the most improved first", language))
        for label in labels_of(encoders):
            axes.plot([], [], " ", label=label)
        legend_below(figure)
    return figure


def labels_of(encoders: Sequence[RowItems]) -> list[str]:
    """Return ``A  name of the encoder`` and the like."""
    return [f"{side}  {shorten(str(one.row['cell']['encoder']), 58)}" for side, one in zip("AB", encoders, strict=True)]


def _figures(axes: Axes, places: np.ndarray, means: np.ndarray, spreads: np.ndarray) -> None:
    """Each bar's mean beyond its whisker."""
    for place, mean, spread in zip(places, means, spreads, strict=True):
        side = 1 if mean >= 0 else -1
        axes.annotate(
            minus(fixed(mean, 3)),
            (mean + side * spread, place),
            xytext=(side * 4, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize=7,
            color=INK,
        )


def legend_below(figure: Figure) -> None:
    """What A and B are, below the chart: names of encoders are long."""
    legend = figure.legend(loc="outside lower left", ncols=1, frameon=False, fontsize=8)
    for text in legend.get_texts():
        text.set_parse_math(False)
