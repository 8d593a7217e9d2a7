"""All losses of one encoder on one dataset side by side: the gap and R@1 over the epochs, and where the cosines end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmgap.analysis.epoch_curves import by_loss, less, mean_recall
from mmgap.analysis.row_items import RowItems
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.histogram_evolution import headed, multiples, of_epoch
from mmgap.report.figures.histograms import KINDS
from mmgap.report.figures.style import STYLE
from mmgap.report.figures.training_lines import NAME, Line, name_ends, palette, panel
from mmgap.report.figures.training_panels import Grid, titled_panels
from mmgap.report.labels import label
from mmgap.report.translation import translated

#: What the others are set against.
AGAINST = "ce"


def losses(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return the gap over the epochs, and R@1 averaged over both directions: a line for each loss, named at its end.

    Below them stands the same less that of ``ce``, where that is among them: lines that form a bundle above lie apart.

    Args:
        rows: trained ones with ``epochs``, ``curve_gap``, ``curve_t2i_r1``, ``curve_i2t_r1``; one that lacks any, and
            what is not finite, is left out.
        title: what was trained.
        language: "en" or "es".
    """
    found = by_loss(rows, ("epochs", "curve_gap", "curve_t2i_r1", "curve_i2t_r1"))
    colours = palette(list(found))
    wanted = loss_curves(found, language)
    with mpl.rc_context(STYLE):
        longest = max(len(name) for name in found)
        beside = 0.3 + 0.066 * min(longest, NAME)
        grid = Grid(len(wanted) // 2, 2, 2.7, max(2.4, 0.16 * len(found)), 0.45, beside, 0.25, 0.25)
        figure, panels = titled_panels(grid, title, translated("Gap and R@1 over the epochs, by loss", language))
        ends = {}
        for axes, (name, curves) in zip(panels.flat, wanted, strict=True):
            if axes in panels[1:]:
                axes.axhline(0, color=colours[AGAINST], linewidth=0.9)
            lines = [Line(x, y, loss, colours[loss]) for loss, (x, y) in curves.items()]
            ends[axes] = panel(axes, name, lines)
        for axes in panels.flat:
            axes.set_xlim(0, max(float(max(items["epochs"][-1] for items in found.values())), 1.0))
        for axes in panels[-1]:
            axes.set_xlabel(translated("epoch", language), fontsize=8)
        for axes, lines in ends.items():
            name_ends(axes, lines)
    return figure


def loss_curves(
    found: Mapping[str, Items], language: str
) -> list[tuple[str, dict[str, tuple[np.ndarray, np.ndarray]]]]:
    """Return what is drawn: heading → loss → epochs and values; gap and R@1, then both less those of ``ce``.

    Args:
        found: loss → its arrays, as `mmgap.analysis.epoch_curves.by_loss` gives them.
        language: "en" or "es".
    """
    gap, recall = label("gap", language), f"{translated('R@1 any-of, both ways', language)}, %"
    shown = [
        (gap, {loss: (items["epochs"], np.asarray(items["curve_gap"])) for loss, items in found.items()}),
        (recall, {loss: (items["epochs"], mean_recall(items)) for loss, items in found.items()}),
    ]
    if AGAINST not in found or len(found) < 2:
        return shown
    points = f"{translated('R@1 any-of', language)}, {translated('points', language)}"
    return shown + [
        (translated("Δ {what} against {loss}", language, what=name, loss=AGAINST), less(curves, AGAINST))
        for name, (_, curves) in zip((gap, points), shown, strict=True)
    ]


def loss_histograms(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return the cosine histograms before training and after the last epoch of each loss, on the same axes.

    Args:
        rows: as `losses`, with ``epoch_edges`` and ``epoch_image``, ``epoch_text``, ``epoch_matched``,
            ``epoch_unmatched`` (E+1, B) of each.
        title: what was trained.
        language: "en" or "es".
    """
    found = by_loss(rows, ("curve_gap", "epoch_edges", *(f"epoch_{name}" for name, *_ in KINDS)))
    first = next(iter(found.values()))
    panels = [(headed(translated("initial", language), float(first["curve_gap"][0]), language), of_epoch(first, 0))]
    for name, items in found.items():
        panels.append((headed(name, float(items["curve_gap"][-1]), language), of_epoch(items, -1)))
    return multiples(
        first["epoch_edges"], panels, title, translated("Cosines after the last epoch, by loss", language), language
    )
