"""Gap and R@1 by how many images share a caption."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.style import GREEN, INK, PURPLE, STYLE, TEXT
from mmgap.report.translation import translated


def shared_captions(items: Items, title: str, language: str) -> Figure:
    """Return two panels over the groups of images: the corrected gap, and R@1 T→I by own pairs and by any image.

    Args:
        items: ``multiplicity`` and its three series, see `mmgap.evaluation.item_arrays.TRANSFER_ARRAYS`.
        title: what was measured.
        language: "en" or "es".
    """
    least, images = items["multiplicity"].T
    ends = [*(least[1:] - 1), None]
    names = [
        f"{low}" if end == low else f"{low}+" if end is None else f"{low}–{end}"
        for low, end in zip(least, ends, strict=True)
    ]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 3.4), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)
        gap, recall = figure.subplots(1, 2)
        _band(gap, items["multiplicity_gap"], PURPLE, translated("gap, corrected", language))
        _band(recall, 100 * items["multiplicity_r1"], GREEN, translated("any image of the caption", language))
        _band(recall, 100 * items["multiplicity_r1_own"], TEXT, translated("own image", language), "^")
        gap.set_title(translated("gap, corrected", language), loc="left", fontsize=9, color=INK)
        recall.set_title(f"R@1 T→I, %, {translated('full set', language)}", loc="left", fontsize=9, color=INK)
        recall.legend(loc="best", frameon=False, labelcolor="linecolor", fontsize=8.5)
        for axes in (gap, recall):
            axes.set_ylim(bottom=0)
            axes.set_xticks(
                range(len(names)), [f"{name}\n(n = {count})" for name, count in zip(names, images, strict=True)]
            )
            axes.set_xlabel(translated("images under one caption", language))
            axes.margins(x=0.15)
    return figure


def _band(axes: Axes, series: np.ndarray, colour: str, label: str, shape: str = "o") -> None:
    value, low, high = series.T
    places = np.arange(len(value))
    axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.vlines(places, low, high, color=colour, linewidth=1.2, alpha=0.6)
    axes.plot(places, value, f"{shape}-", color=colour, markersize=5, linewidth=1.4, label=label)
