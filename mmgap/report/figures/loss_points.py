"""The frontier of losses: what each does to the gap against what it does to R@1, a point with both intervals."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.loss_frontier import WAYS, Point, frontier
from mmgap.analysis.row_items import RowItems
from mmgap.core.messages import N_
from mmgap.report.blocks import shorten
from mmgap.report.figures.label_places import names_at_right
from mmgap.report.figures.style import FAINT, GREEN, INK, ORANGE, STYLE, UNMATCHED
from mmgap.report.figures.training_lines import NAME
from mmgap.report.figures.training_panels import Grid, key, share_axes, titled_panels
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.report.values import fixed, minus

_COLOURS = {"free": GREEN, "paid": ORANGE, "open": UNMATCHED, "none": INK}

#: The shape of each verdict, and the sign of it in the key.
SHAPES = {"free": ("o", "●"), "paid": ("s", "■"), "open": ("^", "▲"), "none": ("D", "◆")}


def loss_frontier(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return R@1 by own pairs, both ways, against the corrected gap, as changes of each loss against ``ce``.

    Args:
        rows: trained ones, all seeds of each loss, with ``gap_interval``, ``gap_replicates`` and the hits of R@1.
        title: what was trained.
        language: "en" or "es".
    """
    against, found = frontier(rows)
    with mpl.rc_context(STYLE):
        grid = Grid(1, 2, 3.3, max(3.0, 0.17 * len(found)), 0.62, 1.75, 0.3, 0.3, 0.3)
        subtitle = translated("What closes the gap at the least cost? Each loss against {loss}", language, loss=against)
        figure, ((*panels,),) = titled_panels(grid, title, subtitle, names=True)
        kinds = {point.kind for point in found}
        key(
            figure,
            [
                (f"{SHAPES[kind][1]} {translated(name, language)}", _COLOURS[kind])
                for kind, name in (
                    ("free", N_("closes it, no cost can be told")),
                    ("paid", N_("closes it at a cost of R@1")),
                    ("open", N_("does not close it further")),
                    ("none", N_("fewer than three seeds: no verdict")),
                )
                if kind in kinds
            ],
        )
        for axes, way in zip(panels, WAYS, strict=True):
            _panel(axes, found, way)
        share_axes(panels)
        for axes, way in zip(panels, WAYS, strict=True):
            _name(axes, found, way, against)
            axes.set_xlabel(translated("change of the corrected gap", language), fontsize=8.5)
            shown = term(way, language)
            if found:
                level = fixed(100 * found[0].recalls[way]["a"], 1)
                told = translated("gap {gap}, R@1 {recall} %", language, gap=fixed(found[0].gap["a"], 3), recall=level)
                shown = f"{shown} ({against}: {told})"
            axes.set_title(shown, loc="left", fontsize=8.5, fontweight="bold", color=INK, pad=5, parse_math=False)
        panels[0].set_ylabel(translated("change of R@1, points", language), fontsize=8.5)
    return figure


def _panel(axes: Axes, found: Sequence[Point], way: str) -> None:
    """The loss that all stand against is the cross at 0, 0."""
    axes.tick_params(labelsize=7.5)
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.plot(0, 0, marker="+", markersize=10, markeredgewidth=2, color=INK, linestyle="")
    for point, (x, y) in zip(found, _places(found, way), strict=True):
        change, colour = point.recalls[way], _COLOURS[point.kind]
        axes.hlines(y, point.gap["low"], point.gap["high"], color=colour, linewidth=1, alpha=0.5)
        axes.vlines(x, 100 * change["low"], 100 * change["high"], color=colour, linewidth=1, alpha=0.5)
        axes.plot(x, y, marker=SHAPES[point.kind][0], markersize=4.5, color=colour, linestyle="")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
    axes.margins(0.05)
    axes.autoscale_view()


def _places(found: Sequence[Point], way: str) -> np.ndarray:
    """(n, 2) change of the gap and of R@1 in points."""
    places = [[point.gap["difference"], 100 * point.recalls[way]["difference"]] for point in found]
    return np.array(places).reshape(-1, 2)


def _name(axes: Axes, found: Sequence[Point], way: str, against: str) -> None:
    named = np.vstack([_places(found, way), [[0, 0]]])
    names = [shorten(point.loss, NAME) for point in found] + [against]
    names_at_right(axes, named, names, [*(_COLOURS[point.kind] for point in found), INK])
