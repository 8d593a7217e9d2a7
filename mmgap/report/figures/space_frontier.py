"""The frontier: how much of the gap a space removes against what becomes of R@1, a line for each space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.as_is_changes import SPOILED, WAYS
from mmgap.analysis.row_items import RowItems
from mmgap.analysis.space_lines import frontier
from mmgap.report.figures.label_places import names_at_right
from mmgap.report.figures.style import BLUE, GREEN, INK, ORANGE, STYLE, VERMILLION
from mmgap.report.figures.training_panels import Grid, key, share_axes, titled_panels
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.report.values import fixed, minus

#: What kind of change a space makes, by its colour; a space that is not listed is drawn in ink.
_MOVED, _SCALED, _PAIRED, _SCORED = BLUE, GREEN, ORANGE, VERMILLION
_COLOURS = {
    **dict.fromkeys(("shift", "centre", "project-gap", "gap-drop"), _MOVED),
    **dict.fromkeys(("zscore", "whiten", "zca", "pca-drop"), _SCALED),
    **dict.fromkeys(("procrustes", "cca", "ridge"), _PAIRED),
}

#: The shape of each kind, for eyes and papers without colours; scorers are dashes.
_SHAPES = {_MOVED: ("o", "●"), _SCALED: ("s", "■"), _PAIRED: ("^", "▲"), _SCORED: ("_", "━"), INK: ("D", "◆")}

#: The parts of the axes that are shown, in per cent and in points; what lies beyond stands at the edge, its name with
#: the value.
LEFT, RIGHT, LOWEST = -25.0, 102.0, -15.0


def frontier_of_recall(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """R@1 by own pairs, both ways, against the share of the gap that is removed; bands are paired 95 % intervals.

    Args:
        rows: the vectors as they are first, then the spaces, from weak to strong within a line.
        title: what was measured.
        language: "en" or "es".
    """
    names = [f"{way}_r1_own" for way in WAYS]
    with mpl.rc_context(STYLE):
        grid = Grid(1, 2, 4.1, 4.3, 0.62, 1.1, 0.3, 0.3, 0.3)
        figure, ((*panels,),) = titled_panels(
            grid, title, translated("Does closing the gap help? R@1 against the gap removed", language), names=True
        )
        _key(figure, language)
        drawn = {}
        for axes, name in zip(panels, names, strict=True):
            lines, before = frontier(rows, name)
            way = term(name[:3], language)
            _panel(axes, f"{way}: {translated('R@1 as is {value} %', language, value=fixed(100 * before, 1))}", lines)
            drawn[axes] = lines
            axes.set_xlabel(translated("gap removed, %", language), fontsize=8.5)
        panels[0].set_ylabel(translated("change of R@1, points", language), fontsize=8.5)
        share_axes(panels)
        for axes, lines in drawn.items():
            _name(axes, lines)
    return figure


def frontier_of_spoiled(rows: Sequence[RowItems], title: str, language: str) -> Figure:
    """The same where vectors are spoiled: a panel for noise, 8 bits, sign bits and product codes, both ways.

    Args:
        rows, title, language: as `frontier_of_recall`; what was not measured has no panel.
    """
    known = {name: found for name in SPOILED if (found := frontier(rows, name))[0]}
    kinds = list(dict.fromkeys(name.rpartition("_")[2] for name in known))
    with mpl.rc_context(STYLE):
        grid = Grid(len(WAYS), len(kinds), 2.05, 2.1, 0.5, 0.3, 0.3, 0.22, 0.25)
        figure, panels = titled_panels(
            grid, title, translated("The same, from vectors that were spoiled", language), names=True
        )
        _key(figure, language)
        for place, (way, kind) in enumerate((way, kind) for way in WAYS for kind in kinds):
            axes = panels.flat[place]
            if (name := f"{way}_r1_own_{kind}") not in known:
                axes.set_axis_off()
                continue
            lines, before = known[name]
            shown = translated(
                "{way}, {kind}: {value} %",
                language,
                way=term(way, language),
                kind=term(kind, language),
                value=fixed(100 * before, 1),
            )
            _panel(axes, shown, lines)
        share_axes([axes for axes in panels.flat if axes.axison])
        for axes in panels[-1]:
            axes.set_xlabel(translated("gap removed, %", language), fontsize=8)
        for axes in panels[:, 0]:
            axes.set_ylabel(translated("change of R@1, points", language), fontsize=8)
    return figure


def _key(figure: Figure, language: str) -> None:
    named = (
        (translated("moves a modality", language), _MOVED),
        (translated("rescales", language), _SCALED),
        (translated("is fitted on pairs", language), _PAIRED),
        (translated("changes scores alone", language), _SCORED),
    )
    key(figure, [(f"{_SHAPES[colour][1]} {name}", colour) for name, colour in named])


def _colour(line: Mapping[str, Any]) -> str:
    return _SCORED if line["scorer"] else _COLOURS.get(line["name"].partition(",")[0], INK)


def _panel(axes: Axes, title: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """One panel: the vectors as they are are the line at 0, a line for each space, bars for single ones."""
    axes.set_title(title, loc="left", fontsize=8.5, fontweight="bold", color=INK, pad=5)
    axes.axhline(0, color=INK, linewidth=1)
    axes.tick_params(labelsize=7.5)
    for line in lines:
        x, y, low, high = _points(line)
        colour = _colour(line)
        if line["scorer"]:
            axes.plot(x, y, marker="_", markersize=11, markeredgewidth=2, linestyle="", color=colour, clip_on=False)
            axes.vlines(x, low, high, color=colour, linewidth=1, alpha=0.5)
            continue
        axes.plot(x, y, marker=_SHAPES[colour][0], markersize=3.5, color=colour, linewidth=1.3, clip_on=False)
        if len(x) > 1:
            axes.fill_between(x, low, high, color=colour, alpha=0.1, linewidth=0)
        else:
            axes.vlines(x, low, high, color=colour, linewidth=1, alpha=0.5)
    axes.set_xlim(LEFT if any(_points(line)[0].min() < -3 for line in lines) else -3, RIGHT)
    if any(_points(line)[1].min() <= LOWEST for line in lines):
        axes.set_ylim(bottom=LOWEST)
    axes.yaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))
    axes.xaxis.set_major_formatter(lambda value, _: minus(f"{value:g}"))


def _points(line: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Share of the gap in per cent, change in points and its ends, as they are drawn."""
    x = np.clip(100 * np.asarray(line["removed"]), LEFT, None)
    return x, *(np.clip(100 * np.asarray(line[part]), LOWEST, None) for part in ("difference", "low", "high"))


def _called(line: Mapping[str, Any]) -> str:
    """The name of a line, with the change where its end lies below the panel."""
    change = 100 * line["difference"][-1]
    return line["name"] if change >= LOWEST else f"{line['name']} {minus(fixed(change, 0))}"


def _name(axes: Axes, lines: Sequence[Mapping[str, Any]]) -> None:
    """The names of the lines, each joined to its end."""
    ends = np.array([[float(part[-1]) for part in _points(line)[:2]] for line in lines])
    names_at_right(axes, ends, [_called(line) for line in lines], [_colour(line) for line in lines])
