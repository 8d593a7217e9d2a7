"""Search in one index of images and texts, before and after each space: a line each, three panels."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmgap.analysis.row_items import RowItems
from mmgap.report.figures.style import IMAGE, INK, STYLE, TEXT
from mmgap.report.terms import term
from mmgap.report.translation import translated

_WAYS = (("t2i", TEXT, "^", -0.13), ("i2t", IMAGE, "o", 0.13))


def mixed_bars(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Dots with 95 % intervals of both directions: the other modality's share, the own item first of all, NDCG@10.

    Args:
        rows: the vectors as they are first, then the spaces.
        title: what was searched.
        language: "en" or "es".
    """
    names = [one.row["cell"].get("space") or translated("as is", language) for one in rows]
    panels = (
        ("share10", 100, translated("other modality in the first 10, %", language)),
        ("r1", 100, translated("own item first of all, %", language)),
        ("ndcg10", 1, "NDCG@10"),
    )
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 1.5 + 0.42 * len(rows)), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)
        for axes, (name, scale, label) in zip(figure.subplots(1, 3, sharey=True), panels, strict=True):
            for way, colour, shape, lift in _WAYS:
                found = [one.row["metrics"][f"mixed_{way}_{name}"] for one in rows]
                value, low, high = scale * np.array(
                    [[one[part] for one in found] for part in ("value", "ci_low", "ci_high")], dtype=np.float64
                )
                places = [place + lift for place in range(len(rows))]
                axes.hlines(places, low, high, color=colour, linewidth=1.4, alpha=0.6)
                axes.plot(value, places, shape, markersize=5, color=colour, label=term(way, language), clip_on=False)
            axes.set_title(label, loc="left", fontsize=9, color=INK)
            axes.set_xlim(0, scale)
        axes.set_yticks(range(len(rows)), names, parse_math=False)
        axes.invert_yaxis()
        figure.axes[0].legend(loc="lower right", frameon=False, labelcolor="linecolor", fontsize=8.5)
    return figure
