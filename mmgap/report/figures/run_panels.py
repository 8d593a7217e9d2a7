"""Two runs side by side: the values of both, and the difference with its interval, a line for each metric of a cell."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.run_changes import RunChange
from mmgap.report.figures.style import BLUE, FAINT, INK, STYLE, VERMILLION
from mmgap.report.labels import label
from mmgap.report.translation import translated

#: Lines that a picture shows at most: those whose difference is surest.
MOST = 30


def run_panels(changes: Sequence[RunChange], before: str, after: str, language: str) -> Figure:
    """Return the picture; shares in per cent, other metrics as they are, those of one unit on one scale.

    Args:
        changes: of `mmgap.analysis.run_changes.run_changes`.
        before, after: what the runs are called.
        language: "en" or "es".

    Raises:
        ValueError: there is nothing to draw.
    """
    if not changes:
        raise ValueError("no metric of a cell that both runs have: there is nothing to draw")
    surest = sorted(changes, key=lambda change: 1.0 if change.p_value is None else change.p_value)[:MOST]
    shown = [change for change in changes if change in surest]
    shares = [change for change in shown if change.unit == "share"]
    others = [change for change in shown if change.unit != "share"]
    groups = [group for group in (shares, others) if group]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 1.3 + 0.36 * len(shown) + 0.5 * len(groups)), layout="constrained")
        grid = figure.subplots(len(groups), 2, squeeze=False, height_ratios=[len(group) for group in groups])
        for (values, differences), group in zip(grid, groups, strict=True):
            scale = 100.0 if group is shares else 1.0
            _values(values, group, scale, language)
            _differences(differences, group, scale)
            per_cent = translated("per cent", language) if group is shares else translated("as measured", language)
            values.set_xlabel(per_cent, fontsize=8)
            differences.set_xlabel(
                translated("points", language) if group is shares else translated("as measured", language), fontsize=8
            )
        grid[0][0].set_title(
            translated("{a} (ring) and {b} (dot)", language, a=before, b=after), loc="left", fontsize=9, color=INK
        )
        grid[0][1].set_title(translated("difference (dotted: not paired)", language), loc="left", fontsize=9, color=INK)
    return figure


def _values(axes: Axes, group: Sequence[RunChange], scale: float, language: str) -> None:
    several = len({change.cell for change in group}) > 1
    for place, change in enumerate(group):
        a, b = scale * change.before, scale * change.after
        axes.plot([a, b], [place, place], color=FAINT, linewidth=1.2)
        axes.plot([a], [place], "o", markersize=6, markerfacecolor="white", markeredgecolor=BLUE)
        axes.plot([b], [place], "o", markersize=4, color=VERMILLION)
    names = [
        f"{change.cell}\n{label(change.metric, language)}" if several else label(change.metric, language)
        for change in group
    ]
    axes.set_yticks(range(len(group)), names, fontsize=7)
    axes.set_ylim(len(group) - 0.5, -0.5)


def _differences(axes: Axes, group: Sequence[RunChange], scale: float) -> None:
    axes.axvline(0, color=INK, linewidth=0.9)
    for place, change in enumerate(group):
        if change.low is not None and change.high is not None:
            sure = change.low > 0 or change.high < 0
            axes.plot(
                [scale * change.low, scale * change.high],
                [place, place],
                color=VERMILLION if sure else FAINT,
                linewidth=1.8,
                linestyle="-" if change.paired else ":",
            )
        axes.plot([scale * change.difference], [place], "o", markersize=4, color=INK)
    axes.set_yticks(range(len(group)), [""] * len(group))
    axes.set_ylim(len(group) - 0.5, -0.5)
    axes.margins(x=0.1)
