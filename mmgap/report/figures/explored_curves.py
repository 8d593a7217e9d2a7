"""What a page draws when the curves of losses are explored: a line a loss, and what they are set against by choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmgap.analysis.epoch_curves import by_loss
from mmgap.analysis.row_items import RowItems
from mmgap.report.figures.loss_comparison import loss_curves
from mmgap.report.figures.page_plots import axis, rounded
from mmgap.report.figures.training_lines import palette
from mmgap.report.translation import translated

#: The marks of lines, in Plotly's names: they differ where colours do not.
_MARKS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star")


def losses(rows: Sequence[RowItems], title: str, language: str) -> dict[str, Any]:
    """Return the curves of `mmgap.report.figures.loss_comparison.losses`, each of its panels a choice.

    Args:
        rows: trained ones, see there.
        title: what was trained.
        language: "en" or "es".
    """
    found = by_loss(rows, ("epochs", "curve_gap", "curve_t2i_r1", "curve_i2t_r1"))
    colours = palette(list(found))
    epochs = np.unique(np.concatenate([items["epochs"] for items in found.values()]))
    steps: list[dict[str, Any]] = []
    for name, curves in loss_curves(found, language):
        lines = []
        for loss in found:
            held = np.full(len(epochs), np.nan)
            if loss in curves:
                x, y = curves[loss]
                held[np.searchsorted(epochs, x)] = y
            lines.append(rounded(held, 5))
        steps.append({"name": name, "axis": name, "y": lines})
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": loss,
            "x": epochs.tolist(),
            "y": line,
            "line": {"color": colours[loss]},
            "marker": {"symbol": _MARKS[number % len(_MARKS)], "size": 7},
        }
        for number, (loss, line) in enumerate(zip(found, steps[0]["y"], strict=True))
    ]
    layout = {"xaxis": axis(translated("epoch", language)), "yaxis": axis(steps[0]["name"])}
    choice = translated("what is shown", language)
    return {"title": title, "data": data, "layout": layout, "choice": choice, "steps": steps, "toggles": True}
