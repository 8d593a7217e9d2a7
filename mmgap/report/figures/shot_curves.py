"""Accuracy over the shots of each class: a line for each adapter, zero-shot the line that they start from."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.adapter_findings import leaky, shots_of, spec_of, trained
from mmgap.analysis.row_items import RowItems
from mmgap.report.figures.label_places import names_at_right
from mmgap.report.figures.style import BLUE, GREEN, INK, LINES, ORANGE, PURPLE, STYLE, VERMILLION
from mmgap.report.figures.training_panels import Grid, titled_panels
from mmgap.report.translation import translated
from mmgap.report.values import fixed
from mmgap.rows.row import Row

#: Colours of a panel's lines.
_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, *LINES[7:])


def shot_curves(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """Accuracy against the shots, with bands of the gain: without training in one panel, trained in another.

    Args:
        rows: of one encoder on one dataset.
        title: what was classified.
        language: "en" or "es".
    """
    found = [one.row for one in rows]
    zero = found[0]["metrics"]["accuracy_zero_shot"]["value"]
    sides = {
        translated("without training", language): [row for row in found if _gains(row) and not trained(spec_of(row))],
        translated("trained", language): [row for row in found if _gains(row) and trained(spec_of(row))],
    }
    shown = {name: some for name, some in sides.items() if some} or {translated("zero-shot", language): []}
    low, high = _range(found, zero)
    with mpl.rc_context(STYLE):
        grid = Grid(1, len(shown), 3.5, 3.4, 0.62, 1.75, 0.3, 0.3, 0.3)
        figure, ((*panels,),) = titled_panels(
            grid, title, translated("What do a few images of each class add? Accuracy over shots", language)
        )
        for axes, (name, some) in zip(panels, shown.items(), strict=True):
            axes.set_title(name, loc="left", fontsize=8.5, fontweight="bold", color=INK, pad=5)
            axes.set_ylim(low, high)
            _panel(axes, some, 100 * zero, language)
            axes.set_xlabel(translated("shots of each class", language), fontsize=8.5)
        panels[0].set_ylabel(translated("accuracy, %", language), fontsize=8.5)
    return figure


def _gains(row: Row) -> bool:
    return any(name.startswith("gain_shots") for name in row["metrics"])


def _range(rows: Sequence[Row], zero: float) -> tuple[float, float]:
    """The part of the axis that holds all values, with some room."""
    values = [100 * row["metrics"][f"accuracy_shots{count}"]["value"] for row in rows for count in shots_of(row)]
    low, high = min([100 * zero, *values]), max([100 * zero, *values])
    room = max(1.0, 0.12 * (high - low))
    return max(0.0, low - room), min(100.0, high + room)


def _panel(axes: Axes, rows: Sequence[Row], zero: float, language: str) -> None:
    axes.axhline(zero, color=INK, linewidth=1)
    ends = [(zero, f"{translated('zero-shot', language)} {fixed(zero, 1)}", INK)]
    ticks = sorted({count for row in rows for count in shots_of(row)})
    for row, colour in zip(rows, _COLOURS * len(rows), strict=False):
        counts = shots_of(row)
        value = np.array([100 * row["metrics"][f"accuracy_shots{count}"]["value"] for count in counts])
        gains = [row["metrics"][f"gain_shots{count}"] for count in counts]
        low, high = (zero + np.array([one[end] for one in gains], dtype=np.float64) for end in ("ci_low", "ci_high"))
        axes.plot(counts, value, "o--" if leaky(row) else "o-", markersize=3, color=colour, linewidth=1.3)
        axes.fill_between(counts, low, high, color=colour, alpha=0.07, linewidth=0)
        mark = f" {translated('LEAKY', language)}" if leaky(row) else ""
        ends.append((float(value[-1]), f"{_short(spec_of(row))}{mark} {fixed(value[-1], 1)}", colour))
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [str(count) for count in ticks])
    axes.minorticks_off()
    axes.tick_params(labelsize=7.5)
    if ticks:
        axes.set_xlim(ticks[0], ticks[-1])
    heights, names, colours = zip(*ends, strict=True)
    last = np.full(len(ends), ticks[-1] if ticks else 1)
    names_at_right(axes, np.column_stack([last, heights]), names, colours, at=1.05)


def _short(spec: str) -> str:
    """A leaky adapter goes by its name alone: the mark says the rest."""
    return spec.replace("select=test,protocol=legacy", "").rstrip(":,").replace("select=val", "val")
