"""All losses of one encoder on one dataset side by side: the gap and R@1 over the epochs, and where the cosines end."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from mmgap.analysis.epoch_curves import by_loss, mean_recall
from mmgap.analysis.row_items import RowItems
from mmgap.report.figures.histogram_evolution import headed, multiples, of_epoch
from mmgap.report.figures.histograms import KINDS
from mmgap.report.figures.style import STYLE
from mmgap.report.figures.training_lines import NAME, Line, name_ends, palette, panel
from mmgap.report.figures.training_panels import Grid, titled_panels
from mmgap.report.labels import label
from mmgap.report.translation import translated


def losses(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return the gap over the epochs, and R@1 averaged over both directions: a line for each loss, named at its end.

    Args:
        rows: trained ones with ``epochs``, ``curve_gap``, ``curve_t2i_r1``, ``curve_i2t_r1``; one that lacks any, and
            what is not finite, is left out.
        title: what was trained.
        language: "en" or "es".
    """
    found = by_loss(rows, ("epochs", "curve_gap", "curve_t2i_r1", "curve_i2t_r1"))
    colours = palette(list(found))
    gaps, recalls = [], []
    for name, items in found.items():
        gaps.append(Line(items["epochs"], items["curve_gap"], name, colours[name]))
        recalls.append(Line(items["epochs"], mean_recall(items), name, colours[name]))
    with mpl.rc_context(STYLE):
        longest = max(len(name) for name in found)
        grid = Grid(1, 2, 2.7, max(2.4, 0.16 * len(found)), 0.45, 0.3 + 0.066 * min(longest, NAME), 0.25, 0.2)
        figure, ((left, right),) = titled_panels(
            grid, title, translated("Gap and R@1 over the epochs, by loss", language)
        )
        wanted = (
            (left, label("gap", language), gaps),
            (right, f"{translated('R@1 any-of, both ways', language)}, %", recalls),
        )
        ends = {axes: panel(axes, name, lines) for axes, name, lines in wanted}
        for axes in (left, right):
            axes.set_xlim(0, max(float(max(items["epochs"][-1] for items in found.values())), 1.0))
            axes.set_xlabel(translated("epoch", language), fontsize=8)
        for axes, lines in ends.items():
            name_ends(axes, lines)
    return figure


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
