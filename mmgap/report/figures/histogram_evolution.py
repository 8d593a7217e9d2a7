"""How the cosines of a space move while it is trained: small multiples (thesis figures 5.4, D.1 to D.18) and a film."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmgap.analysis.cosine_histograms import Histograms, HistogramScale
from mmgap.evaluation.item_arrays import Items
from mmgap.report.blocks import shorten
from mmgap.report.figures.film import Film
from mmgap.report.figures.histograms import KINDS, SIGNS, densities, limit, tell_cut
from mmgap.report.figures.style import INK, STYLE
from mmgap.report.figures.training_panels import Grid, key, titled_panels
from mmgap.report.translation import translated, translated_in
from mmgap.report.values import fixed

#: Epochs that are shown side by side, at most, and frames of a film.
SHOWN, FRAMES = 8, 100

#: One panel of a film, and (width, height, left, right, top, bottom) of one of many.
FILM = Grid(1, 1, 5.6, 2.4, 0.5, 0.2, 0.25, 0.2, 0.27)
PANEL = (1.7, 1.15, 0.22, 0.08, 0.25, 0.17)

#: Letters that a panel's heading has room for; a longer one is set smaller.
LETTERS = 26


def evolution(items: Items, title: str, language: str) -> Figure:
    """Return the cosine histograms of at most `SHOWN` epochs, evenly chosen, the first and the last among them.

    Args:
        items: of a trained row: ``epochs``, ``epoch_edges`` (B+1,), ``epoch_image``, ``epoch_text``,
            ``epoch_matched`` and ``epoch_unmatched`` (E+1, B), ``curve_gap``.
        title: what was trained.
        language: "en" or "es".
    """
    chosen = evenly(len(items["epochs"]), SHOWN)
    panels = [(_headline(items, i, language), of_epoch(items, i)) for i in chosen]
    return multiples(
        items["epoch_edges"], panels, title, translated("Cosines over the epochs, validation split", language), language
    )


def animation(items: Items, title: str, language: str) -> Film:
    """Return the same as a film: every epoch one frame, or `FRAMES` of them where there are more; the last one is
    held."""
    chosen = evenly(len(items["epochs"]), FRAMES)
    scale = HistogramScale.of(items["epoch_edges"], [of_epoch(items, i) for i in chosen])
    with mpl.rc_context(STYLE):
        figure, ((axes,),) = titled_panels(
            FILM, title, translated("Cosines over the epochs, animated", language), names=True
        )
        _key(figure, language)
        limit(axes, scale)
        axes.set_xlabel(translated("cosine", language))
        axes.set_ylabel(translated("density", language))

    def draw(number: int) -> list[Artist]:
        still = set(axes.get_children())
        tell_cut(axes, densities(axes, scale.edges, of_epoch(items, chosen[number]), scale.step), scale.height)
        _head(axes, _headline(items, chosen[number], language), 9.5)
        return [artist for artist in axes.get_children() if artist not in still]

    return Film(figure, len(chosen), draw)


def multiples(
    edges: np.ndarray, panels: Sequence[tuple[str, Histograms]], title: str, subtitle: str, language: str
) -> Figure:
    """Panels of histograms on the same axes, each under its own heading; the curves' names stand in one line above.

    Args:
        edges: (B+1,) of the bins.
        panels: heading and histograms of each.
        title, subtitle: above the picture.
        language: "en" or "es".
    """
    scale = HistogramScale.of(edges, [histograms for _, histograms in panels])
    across = min(4, len(panels))
    down = -(-len(panels) // across)
    with mpl.rc_context(STYLE):
        figure, grid = titled_panels(Grid(down, across, *PANEL), title, subtitle, names=True, shared=True)
        _key(figure, language)
        for axes, (heading, histograms) in zip(grid.flat, panels, strict=False):
            drawn = densities(axes, scale.edges, histograms, scale.step, small=True)
            limit(axes, scale)
            tell_cut(axes, drawn, scale.height, small=True)
            _head(axes, heading, 8 * min(1.0, LETTERS / len(heading)))
            axes.tick_params(labelsize=7)
            axes.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_axis_off()
        for i, axes in enumerate(grid.flat):
            if i < len(panels) <= i + across:
                axes.set_xlabel(translated("cosine", language), fontsize=8)
                axes.xaxis.set_tick_params(labelbottom=True)
    return figure


def of_epoch(items: Items, number: int) -> Histograms:
    """Return the four histograms after one epoch, by its place among the epochs."""
    return {name: np.asarray(items[f"epoch_{name}"][number]) for name, *_ in KINDS}


def evenly(count: int, most: int) -> list[int]:
    """At most so many of 0 … count − 1, evenly chosen, both ends among them.

    >>> evenly(4, 8), evenly(11, 6)
    ([0, 1, 2, 3], [0, 2, 4, 6, 8, 10])
    """
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most)).tolist()})


def headed(name: str, gap: float, language: str) -> str:
    """Return a panel's heading: what it shows, and the gap there, where that is finite."""
    called = translated_in("picture", "gap", language)
    name = shorten(name, 22)
    return f"{name}, {called} {fixed(gap, 2)}" if np.isfinite(gap) else name


def _headline(items: Items, number: int, language: str) -> str:
    epoch = int(items["epochs"][number])
    name = translated("epoch {n}", language, n=epoch) if epoch else translated("initial", language)
    return headed(name, float(items["curve_gap"][number]), language)


def _head(axes: Axes, text: str, size: float) -> None:
    axes.annotate(
        text,
        (0, 1),
        xytext=(0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=size,
        fontweight="bold",
        color=INK,
        annotation_clip=False,
        parse_math=False,
    )


def _key(figure: Figure, language: str) -> None:
    names = {name: translated(called, language).replace("\n", " ") for name, called, *_ in KINDS}
    key(figure, [(f"{SIGNS[name]} {names[name]}", colour) for name, _, colour, _ in KINDS])
