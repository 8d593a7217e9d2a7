"""Language × language: what an encoder that learned the one finds with texts of the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmgap.analysis.language_findings import language_findings
from mmgap.analysis.row_items import RowItems
from mmgap.core.cache import Cache
from mmgap.report.figures.style import INK, ON_DARK, ON_LIGHT, STYLE
from mmgap.report.translation import translated
from mmgap.report.values import fixed

#: Languages up to which each field says its value.
FIGURES = 30


def language_heatmap(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """R@1 T→I in per cent: learned languages down, measured ones across; a frame marks the learned language itself.

    Args:
        rows: of one encoder, loss and family of data sets, one a learned language.
        title: what was measured.
        language: "en" or "es".
    """
    (found,) = language_findings([one.row for one in rows], Path(), Cache())
    measured, learned = found.languages, list(found.learned)
    values = 100 * found.matrix(found.recall("t2i"))
    pool = "" if found.pool is None else f", n = {found.pool}"
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.2 + 0.3 * len(measured), 1.7 + 0.27 * len(learned)), layout="constrained")
        figure.suptitle(found.title, x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)
        axes = figure.subplots()
        shown = axes.imshow(values, cmap="viridis", vmin=0, vmax=max(1.0, float(np.nanmax(values))), aspect="auto")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.set_xticks(range(len(measured)), measured, fontsize=7.5, rotation=90)
        axes.set_yticks(range(len(learned)), learned, fontsize=7.5)
        axes.set_xlabel(translated("language of the texts that look for their image", language))
        axes.set_ylabel(translated("language that was learned", language))
        for row, name in enumerate(learned):
            axes.add_patch(
                Rectangle((measured.index(name) - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=ON_DARK, linewidth=1.4)
            )
        if len(measured) <= FIGURES:
            middle = 0.6 * np.nanmax(values)
            for (row, column), value in np.ndenumerate(values):
                if not np.isnan(value):
                    colour = ON_DARK if value < middle else ON_LIGHT
                    axes.text(column, row, fixed(value, 0), ha="center", va="center", fontsize=6.5, color=colour)
        bar = figure.colorbar(shown, ax=axes, shrink=0.8, aspect=30, pad=0.01)
        bar.outline.set_visible(False)
        bar.set_label(f"R@1 T→I, %{pool}")
    return figure
