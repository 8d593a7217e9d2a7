"""The picture of a study's answer: the gap against R@1, crosses of intervals, arrows from the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.estimates import Estimate
from mmgap.analysis.study_answers import Study
from mmgap.report.blocks import shorten
from mmgap.report.figures.label_places import names_at_right
from mmgap.report.figures.style import FAINT, INK, LINES, STYLE, settle
from mmgap.report.labels import member
from mmgap.report.translation import translated

#: Member → its gap and its R@1.
Points: TypeAlias = Mapping[str, tuple[Estimate, Estimate]]


def draw(study: Study, language: str) -> Figure:
    """Return the gap against R@1 of all members; beside it those that came from another of them alone, larger."""
    points = study.points
    others = {name: point for name, point in points.items() if name != study.start}
    both = len(others) < len(points) and len(others) > 1
    colours = {name: INK if name == study.start else LINES[1 + n % (len(LINES) - 1)] for n, name in enumerate(points)}
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6 if both else 7.2, max(3.2, 0.17 * len(points) + 0.9)), layout="constrained")
        panels = list(figure.subplots(1, 2, squeeze=False)[0]) if both else [figure.subplots()]
        _arrows(panels[0], points, study.start)
        for axes, shown in zip(panels, (points, others), strict=False):
            _crosses(axes, shown, colours, study.start)
            axes.set_xlabel(translated("gap, corrected", language))
            axes.margins(0.06)
        panels[0].set_ylabel(translated("R@1, mean of both ways, %", language))
        panels[0].set_title(
            translated(study.title, language), loc="left", fontsize=9, fontweight="bold", color=INK, parse_math=False
        )
        if both:
            closer = translated("the same without {start}", language, start=member(study.start or "", language))
            panels[1].set_title(closer, loc="left", fontsize=8.5, color=INK, parse_math=False)
        longest = max(len(shorten(member(name, language), 28)) for name in points)
        beside = max(0.2, (0.25 + 0.065 * longest) / figure.get_figwidth())  # room for the names at the right
        figure.get_layout_engine().set(rect=(0, 0, 1 - beside, 1))  # type: ignore[call-arg, union-attr]
        settle(figure)
        named = others if both else points
        places = np.array([[gap.value, 100 * recall.value] for gap, recall in named.values()])
        names = [shorten(member(name, language), 28) for name in named]
        names_at_right(panels[-1], places, names, [colours[name] for name in named])
        if both and (start := points.get(study.start or "")):
            panels[0].annotate(
                member(study.start or "", language),
                (start[0].value, 100 * start[1].value),
                xytext=(-7, 7),
                textcoords="offset points",
                ha="right",
                fontsize=7.5,
                color=INK,
                parse_math=False,
            )
    return figure


def _arrows(axes: Axes, points: Points, start: str | None) -> None:
    """From where all began to where each ended."""
    if start is None or start not in points:
        return
    gap, recall = points[start]
    for name, (x, y) in points.items():
        if name != start:
            axes.annotate(
                "",
                (x.value, 100 * y.value),
                (gap.value, 100 * recall.value),
                arrowprops={"arrowstyle": "->", "color": FAINT, "linewidth": 0.7, "shrinkA": 4, "shrinkB": 4},
            )


def _crosses(axes: Axes, points: Points, colours: Mapping[str, str], start: str | None) -> None:
    """A mark for each member, with both intervals where they are known."""
    for name, (gap, recall) in points.items():
        x, y, colour = gap.value, 100 * recall.value, colours[name]
        if gap.low is not None and gap.high is not None:
            axes.hlines(y, gap.low, gap.high, color=colour, linewidth=1.4)
        if recall.low is not None and recall.high is not None:
            axes.vlines(x, 100 * recall.low, 100 * recall.high, color=colour, linewidth=1.4)
        axes.plot(x, y, marker="s" if name == start else "o", markersize=5, color=colour)
