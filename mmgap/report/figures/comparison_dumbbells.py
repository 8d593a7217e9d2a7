"""The cosine of each image with its own captions under encoder A and under encoder B, on one axis."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmgap.analysis.encoder_results import image_diagonal
from mmgap.analysis.row_items import RowItems
from mmgap.core.text_arrays import texts_of
from mmgap.report.figures.comparison_bars import NAMED, SIDES, labels_of, legend_below
from mmgap.report.figures.comparison_names import shown_names, style_with_fonts
from mmgap.report.figures.comparison_panels import titled_axes
from mmgap.report.figures.style import FAINT
from mmgap.report.translation import translated


def cosine_of_each(encoders: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return a line an image from A (ring) to B (square), by name; of many images a point each, A across and B up.

    Args:
        encoders: two rows with ``diagonal`` (M,), ``owner`` (M,), ``image_image`` (N, N) and ``ids``; an image without
            a caption is left out.
        title: what was compared.
        language: "en" or "es".
    """
    before, after = (image_diagonal(one.arrays) for one in encoders)
    kept = np.flatnonzero(np.isfinite(before))
    before, after = before[kept], after[kept]
    names = shown_names(texts_of(encoders[0].arrays["ids"]), 34)
    few = len(kept) <= NAMED
    labels = labels_of(encoders)
    with mpl.rc_context(style_with_fonts()):
        subtitle = translated("Cosine of each image with its captions under both encoders", language)
        figure, axes = titled_axes(1.6 + 0.19 * len(kept) if few else 5.6, title, subtitle)
        if few:
            places = np.arange(len(kept))
            axes.hlines(places, before, after, color=FAINT, linewidth=1.2)
            (first, _), (second, _) = SIDES
            axes.plot(before, places, "o", markerfacecolor="white", markeredgecolor=first, label=labels[0])
            axes.plot(after, places, "s", color=second, markersize=5, label=labels[1])
            axes.set_yticks(places, [names[i] for i in kept], fontsize=7.5, parse_math=False)
            axes.set_ylim(len(kept) - 0.4, -0.6)
            axes.set_xlabel(translated("cosine of the pairs", language))
        else:
            ends = [min(before.min(), after.min()), max(before.max(), after.max())]
            axes.plot(ends, ends, color=FAINT, linewidth=0.9)
            axes.scatter(before, after, s=8, color=SIDES[1][0], alpha=0.6, linewidths=0)
            axes.set_aspect("equal", adjustable="datalim")
            axes.set_xlabel(translated("cosine under A", language))
            axes.set_ylabel(translated("cosine under B", language))
            for label in labels:
                axes.plot([], [], " ", label=label)
        legend_below(figure)
    return figure
