"""All losses of one encoder on one dataset side by side: the gap and R@1 over the epochs, and where the cosines end."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.histogram_evolution import headed, multiples, of_epoch
from mmgap.report.figures.histograms import KINDS
from mmgap.report.figures.style import STYLE
from mmgap.report.figures.training_lines import NAME, Line, name_ends, palette, panel
from mmgap.report.figures.training_panels import Grid, sheet
from mmgap.report.labels import label, word


def losses(items: Items, title: str, language: str) -> Figure:
    """The gap over the epochs, and R@1 averaged over both directions: a line for each loss, named at its end.

    Args:
        items: of several trained rows, ``a.<name>``, ``b.<name>`` …: ``loss`` (UTF-8 bytes), ``epochs``, ``curve_gap``,
            ``curve_t2i_r1``, ``curve_i2t_r1``; what is not finite is left out.
        title: what was trained.
        language: "en" or "es".
    """
    rows = by_loss(items, ("epochs", "curve_gap", "curve_t2i_r1", "curve_i2t_r1"))
    colours = palette(list(rows))
    gaps, recalls = [], []
    for name, row in rows.items():
        recall = 50 * (np.asarray(row["curve_t2i_r1"], dtype=np.float64) + np.asarray(row["curve_i2t_r1"]))
        gaps.append(Line(row["epochs"], row["curve_gap"], name, colours[name]))
        recalls.append(Line(row["epochs"], recall, name, colours[name]))
    with mpl.rc_context(STYLE):
        longest = max(len(name) for name in rows)
        grid = Grid(1, 2, 2.7, max(2.4, 0.16 * len(rows)), 0.45, 0.3 + 0.066 * min(longest, NAME), 0.25, 0.2)
        figure, ((left, right),) = sheet(grid, title, word("fig_losses", language))
        wanted = ((left, label("gap", language), gaps), (right, f"{word('r1_both', language)}, %", recalls))
        ends = {axes: panel(axes, name, lines) for axes, name, lines in wanted}
        for axes in (left, right):
            axes.set_xlim(0, max(float(max(row["epochs"][-1] for row in rows.values())), 1.0))
            axes.set_xlabel(word("epoch", language), fontsize=8)
        for axes, lines in ends.items():
            name_ends(axes, lines)
    return figure


def loss_histograms(items: Items, title: str, language: str) -> Figure:
    """The cosine histograms before training and after the last epoch of each loss, on the same axes.

    Args:
        items: as `losses`, with ``epoch_edges`` and ``epoch_image``, ``epoch_text``, ``epoch_matched``,
            ``epoch_unmatched`` (E+1, B) of each.
        title: what was trained.
        language: "en" or "es".
    """
    rows = by_loss(items, ("curve_gap", "epoch_edges", *(f"epoch_{name}" for name, *_ in KINDS)))
    first = next(iter(rows.values()))
    panels = [(headed(word("initial", language), float(first["curve_gap"][0]), language), of_epoch(first, 0))]
    for name, row in rows.items():
        panels.append((headed(name, float(row["curve_gap"][-1]), language), of_epoch(row, -1)))
    return multiples(first["epoch_edges"], panels, title, word("fig_loss_histograms", language), language)


def by_loss(items: Items, needs: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
    """Each row's loss and its arrays, without the letter that tells the rows apart; a row that lacks one stays out."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    for name, array in items.items():
        side, _, own = name.partition(".")
        rows.setdefault(side, {})[own] = array
    return {texts_of(row["loss"])[0]: row for row in rows.values() if all(name in row for name in needs)}
