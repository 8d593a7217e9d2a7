"""The pictures of a card: the ruler, where the gap lies, the recalls, the cosines with the cut, the spaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from mmgap.analysis.cosine_histograms import bins_together, density
from mmgap.card.card_parts import Card, Direction
from mmgap.card.known_gaps import known_gaps
from mmgap.core.messages import Message
from mmgap.report import values
from mmgap.report.blocks import shorten
from mmgap.report.card.card_answers import WAYS, has_gap
from mmgap.report.card.card_numbers import change_of_gap, cosine, part_of_distance
from mmgap.report.card.definition_words import definition_name
from mmgap.report.figures.style import BLUE, FAINT, INK, MATCHED, STYLE, UNMATCHED, VERMILLION
from mmgap.report.translation import translated

_COLOURS: dict[Direction, str] = {"t2i": VERMILLION, "i2t": BLUE}
_MARKS: dict[Direction, str] = {"t2i": "^", "i2t": "o"}
_SHIFTS: dict[Direction, float] = {"t2i": -0.14, "i2t": 0.14}


@dataclass(frozen=True)
class CardFigure:
    """One picture: its name, what it shows in a sentence, and how it is drawn."""

    name: str
    caption: Message
    drawn: Callable[[Card, str], Figure]


def card_figures(card: Card) -> list[CardFigure]:
    """Return the pictures that there can be of a card."""
    found = []
    if card.gap is not None:
        found.append(
            CardFigure(
                "ruler", Message("The gap beside those of known models; sources stand in the table below."), ruler
            )
        )
        if card.gap.dimensions and card.gap.dimensions[0][1] > 0:
            found.append(
                CardFigure(
                    "where", Message("Which dimensions carry the gap, and what it is of the distance of pairs."), where
                )
            )
    if card.recalls:
        found.append(
            CardFigure("recalls", Message("R@1 of one ranking by every definition, with 95 % intervals."), recalls)
        )
    if card.thresholds is not None:
        found.append(
            CardFigure(
                "cosines",
                Message("Cosines of matches and of all other pairs; the band is the interval of the best cut."),
                cosines,
            )
        )
    if card.spaces is not None and card.spaces.lines:
        found.append(CardFigure("spaces", Message("What closing the gap changes of R@1, on the same queries."), spaces))
    return found


def ruler(card: Card, language: str) -> Figure:
    """A line for each known model and for this one, by their gaps."""
    gap = card.gap
    assert gap is not None
    here = gap.plain if gap.corrected is None else gap.corrected.value
    ends = (here, here) if gap.corrected is None else (gap.corrected.low, gap.corrected.high)
    lines = [(one.gap, one.low, one.high, translated(one.name, language), False) for one in known_gaps()]
    lines.append((here, *ends, translated("here: {name}", language, name=shorten(card.name, 28)), True))
    lines.sort(key=lambda line: line[0])
    with mpl.rc_context(STYLE):
        figure, axes = _axes(6.3, 0.24 * len(lines) + 1.0)
        for place, (value, low, high, _, own) in enumerate(lines):
            colour = VERMILLION if own else BLUE
            if low is not None and high is not None:
                axes.plot([low, high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
            axes.plot(value, place, "D" if own else "o", color=colour, markersize=7 if own else 4.5)
        axes.set_yticks(range(len(lines)), [line[3] for line in lines], fontsize=8)
        for label, line in zip(axes.get_yticklabels(), lines, strict=True):
            label.set_parse_math(False)
            if line[4]:
                label.set(fontweight="bold", color=VERMILLION)
        axes.set_xlim(0, max(1.45, 1.05 * max(line[2] or line[0] for line in lines)))
        axes.set_xlabel(translated("distance between the centres of images and texts", language))
        axes.grid(axis="y", visible=False)
    return figure


def where(card: Card, language: str) -> Figure:
    """Shares of gap² by dimension, and of the gap in the distance of pairs."""
    gap = card.gap
    assert gap is not None
    shown = [(translated("dimension {n}", language, n=n), share, BLUE) for n, share in gap.dimensions]
    rest = 1 - sum(share for _, share in gap.dimensions)
    if len(gap.dimensions) < card.dimensions:
        shown.append((translated("all others", language), rest, FAINT))
    with mpl.rc_context(STYLE):
        figure, axes = _axes(6.3, 0.3 * len(shown) + 1.5)
        _bars(axes, [(name, share, colour) for name, share, colour in shown])
        axes.set_xlabel(translated("share of gap², %", language))
        if gap.centroid_share is not None:
            axes.set_title(
                translated(
                    "The gap is {share} % of the mean squared distance of pairs",
                    language,
                    share=part_of_distance(gap.centroid_share),
                ),
                loc="left",
                fontsize=9,
                color=INK,
            )
    return figure


def recalls(card: Card, language: str) -> Figure:
    """R@1 by each definition, both directions."""
    kinds = dict.fromkeys((one.definition, one.k, one.pool) for one in card.recalls if one.k in (None, 1))
    if all(
        one.recall.value == other.recall.value
        for one in card.recalls
        if one.definition == "own" and one.pool is not None
        if (other := card.recall("any", one.way, one.k, one.pool)) is not None
    ):
        kinds = {kind: None for kind in kinds if kind[0] != "own" or kind[2] is None}
    with mpl.rc_context(STYLE):
        figure, axes = _axes(6.3, 0.3 * len(kinds) + 1.1)
        names: list[str] = []
        for place, (definition, k, pool) in enumerate(kinds):
            for way, shift in _SHIFTS.items():
                line = card.recall(definition, way, k, pool)
                if line is None:
                    continue
                names = [*names[:place], translated(definition_name(line), language)]
                ends = [100 * line.recall.low, 100 * line.recall.high]
                axes.plot(ends, [place + shift] * 2, color=_COLOURS[way], linewidth=1.8, solid_capstyle="butt")
                axes.plot(
                    100 * line.recall.value,
                    place + shift,
                    _MARKS[way],
                    color=_COLOURS[way],
                    markersize=5.5,
                    label=WAYS[way] if place == 0 else None,
                )
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlim(0, 101)
        axes.set_xlabel("%")
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside upper left", ncols=2, frameon=False, labelcolor=INK)
    return figure


def cosines(card: Card, language: str) -> Figure:
    """Densities of matched and unmatched cosines, the best cut as a band, the cosine that was asked for as a line."""
    part = card.thresholds
    assert part is not None
    step = bins_together(part.edges, part.matched, part.edges[-1] - part.edges[0])
    with mpl.rc_context(STYLE):
        figure, axes = _axes(6.3, 3.0)
        for counts, colour, name, dashes in (
            (part.unmatched, UNMATCHED, translated("other pairs", language), (0, (1.2, 1))),
            (part.matched, MATCHED, translated("matches", language), "-"),
        ):
            edges, heights = density(part.edges, counts, step)
            axes.add_artist(StepPatch(heights, edges, fill=True, color=colour, alpha=0.16, linewidth=0))
            axes.add_artist(StepPatch(heights, edges, fill=False, color=colour, linewidth=1.4, linestyle=dashes))
            axes.plot([], [], color=colour, linewidth=1.4, linestyle=dashes, label=name)
            axes.set_ylim(0, max(axes.get_ylim()[1], 1.15 * heights.max()))
        axes.set_xlim(part.edges[0], part.edges[-1])
        if part.tells:
            axes.axvspan(part.cut.low, part.cut.high, color=VERMILLION, alpha=0.18, linewidth=0)
            name = translated("best cut {cosine}", language, cosine=cosine(part.cut.value))
            axes.axvline(part.cut.value, color=VERMILLION, linewidth=1.4, label=name)
        if part.edges[0] <= part.asked.cosine <= part.edges[-1]:
            name = translated("cosine {cosine}", language, cosine=cosine(part.asked.cosine))
            axes.axvline(part.asked.cosine, color=INK, linewidth=1.2, linestyle="--", label=name)
        axes.set_xlabel(translated("cosine", language))
        axes.set_ylabel(translated("density", language))
        axes.grid(axis="x", visible=False)
        figure.legend(loc="outside upper left", ncols=4, frameon=False, labelcolor=INK, fontsize=8.5)
    return figure


def spaces(card: Card, language: str) -> Figure:
    """Change of R@1 by each space, both directions, with the part of the gap that it closes."""
    part = card.spaces
    assert part is not None
    with mpl.rc_context(STYLE):
        figure, axes = _axes(6.3, 0.42 * len(part.lines) + 1.1)
        names = []
        for place, line in enumerate(part.lines):
            removed = (
                ""
                if line.removed is None or not has_gap(card)
                else f"\n{translated('gap {change} %', language, change=change_of_gap(line))}"
            )
            names.append(line.space + removed)
            for way, shift in _SHIFTS.items():
                change = line.changes[way]
                ends = [100 * change.low, 100 * change.high]
                axes.plot(ends, [place + shift] * 2, color=_COLOURS[way], linewidth=1.8, solid_capstyle="butt")
                axes.plot(
                    100 * change.value,
                    place + shift,
                    _MARKS[way],
                    color=_COLOURS[way],
                    markersize=5.5,
                    label=WAYS[way] if place == 0 else None,
                )
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.set_yticks(range(len(names)), names, fontsize=8.5)
        axes.invert_yaxis()
        axes.set_xlabel(translated("change of R@1, points", language))
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside upper left", ncols=2, frameon=False, labelcolor=INK)
    return figure


def _bars(axes: Axes, shown: list[tuple[str, float, str]]) -> None:
    for place, (_, share, colour) in enumerate(shown):
        axes.barh(place, 100 * share, color=colour, height=0.62)
        axes.annotate(
            values.fixed(100 * share, 1),
            (100 * share, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
    axes.set_yticks(range(len(shown)), [name for name, *_ in shown])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * 100 * max(share for _, share, _ in shown))
    axes.grid(axis="y", visible=False)


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()
