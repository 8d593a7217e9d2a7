"""How much images and texts tell of each other: InfoNCE's bound under its ceiling, and information imbalance."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.row_items import RowItems
from mmgap.report.figures.style import FAINT, GREEN, IMAGE, INK, STYLE, TEXT
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL


def information_bars(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Return a line a representation: the bound with its ceiling in nats, the imbalance of both ways with chance at 1.

    Args:
        rows: of one dataset.
        title: what was measured.
        language: "en" or "es".
    """
    metrics = [one.row["metrics"] for one in rows]
    places = np.arange(len(rows))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 2.0 + 0.42 * len(rows)), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold", color=INK)
        bound, imbalance = figure.subplots(1, 2, sharey=True)
        _dots(bound, [m["information_bound"] for m in metrics], places, GREEN)
        for place, found in zip(places, metrics, strict=True):
            ceiling = found["information_ceiling"]["value"]
            bound.plot([ceiling, ceiling], [place - 0.35, place + 0.35], color=INK, linewidth=1.6)
        ceiling = metrics[0]["information_ceiling"]["value"]
        bound.annotate(
            translated("ceiling ln N", language),
            (ceiling, -0.35),
            (-4, 0),
            textcoords="offset points",
            fontsize=8,
            ha="right",
        )
        bound.set_xlim(left=min(0.0, *(float(m["information_bound"]["ci_low"] or 0) for m in metrics)))
        bound.set_title(translated("information, at least (nats)", language), loc="left", fontsize=9, color=INK)
        for way, colour, shape, lift in (("i2t", IMAGE, "o", -0.13), ("t2i", TEXT, "^", 0.13)):
            _dots(
                imbalance, [m[f"imbalance_{way}"] for m in metrics], places + lift, colour, term(way, language), shape
            )
        imbalance.axvline(1, color=FAINT, linewidth=1)
        imbalance.set_xlim(0, 1.1)
        imbalance.set_title(
            translated("information imbalance (1: tells nothing)", language), loc="left", fontsize=9, color=INK
        )
        imbalance.legend(loc="best", frameon=False, labelcolor="linecolor", fontsize=8.5)
        bound.set_yticks(places, [_name(one) for one in rows], parse_math=False)
        bound.invert_yaxis()
    return figure


def _dots(axes: Axes, found: list, places: np.ndarray, colour: str, label: str | None = None, shape: str = "o") -> None:
    value, low, high = np.array([[one[part] for one in found] for part in ("value", "ci_low", "ci_high")], dtype=float)
    axes.hlines(places, low, high, color=colour, linewidth=1.6, alpha=0.6)
    axes.plot(value, places, shape, markersize=5, color=colour, label=label, clip_on=False)


def _name(one: RowItems) -> str:
    cell = one.row["cell"]
    return str(cell["encoder"]) if cell["loss"] in (None, INITIAL) else f"{cell['encoder']}, {cell['loss']}"
