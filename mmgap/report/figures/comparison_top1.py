"""Bars of top-1: how many images choose their own caption under encoder A and under B, of all and by category."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmgap.analysis.row_items import RowItems
from mmgap.core.text_arrays import texts_of
from mmgap.report.figures.comparison_bars import CATEGORIES, SIDES, labels_of, legend_below
from mmgap.report.figures.comparison_names import shown_categories, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.style import INK
from mmgap.report.translation import translated
from mmgap.report.values import fixed


def top1(encoders: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return the share of images whose most similar caption is their own: a pair of bars for all, then by category.

    Args:
        encoders: two rows with ``top1_image`` (N,), the chance of a hit of each image, and ``categories``; the metric
            ``top1`` of each has the interval of all images.
        title: what was compared.
        language: "en" or "es".
    """
    kinds = np.array(texts_of(encoders[0].arrays["categories"]), dtype=object)
    listed = [name for name in dict.fromkeys(kinds) if name][:CATEGORIES]
    groups = [np.ones(len(kinds), dtype=bool), *(kinds == name for name in listed if len(listed) > 1)]
    names = [translated("all images", language), *shown_categories(listed, 24)][: len(groups)]
    names = [f"{name} (n = {group.sum()})" for name, group in zip(names, groups, strict=True)]
    with mpl.rc_context(style_with_fonts()):
        subtitle = translated("Top-1: images that choose their own caption", language)
        figure, axes = titled_axes(1.5 + 0.42 * len(names), title, subtitle)
        places = np.arange(len(names))
        sides = zip(labels_of(encoders), encoders, (-0.19, 0.19), SIDES, strict=True)
        for label, one, offset, (colour, hatch) in sides:
            shares = [100 * float(one.arrays["top1_image"][group].mean()) for group in groups]
            axes.barh(
                places + offset,
                shares,
                height=0.36,
                label=label,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
            )
            known = one.row["metrics"].get("top1")
            low, high = (known["ci_low"], known["ci_high"]) if known else (None, None)
            if low is not None and high is not None:
                axes.hlines(offset, 100 * low, 100 * high, color=INK, linewidth=0.9)
            for place, share in zip(places, shares, strict=True):
                beyond = max(share, 100 * high) if place == 0 and high is not None else share
                axes.annotate(
                    f"{fixed(share, 0)} %",
                    (beyond, place + offset),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=7,
                    color=INK,
                )
        axes.set_yticks(places, names, parse_math=False)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0, 112)
        axes.set_xticks(range(0, 101, 20))
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(translated("images that choose their own caption, %", language))
        legend_below(figure)
    return figure
