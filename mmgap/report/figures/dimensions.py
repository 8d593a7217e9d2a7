"""Annex E of the thesis as one figure: volumes, shells and angles as the dimension grows."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.core.messages import N_
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.style import IMAGE, INK, STYLE, UNMATCHED
from mmgap.report.translation import translated
from mmgap.theory.high_dimension import ball_volume, cosine_density, cube_volume, shell_share


def high_dimension(
    _items: Items,
    _title: str,
    language: str,
    thicknesses: Sequence[float] = (0.01, 0.05, 0.1),
    dims: Sequence[int] = (3, 10, 100, 768),
) -> Figure:
    """Volumes of hypercube and hypersphere, the share of a ball near its surface, and cosines of random directions.

    Args:
        language: ``"en"`` or ``"es"``.
        thicknesses: of the shells, as parts of the radius.
        dims: whose cosine densities are drawn, rising.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.2, 3.2), layout="constrained")
        volumes, shells, angles = figure.subplots(1, 3)
    _volumes(volumes, language)
    _shells(shells, thicknesses, language)
    _angles(angles, dims, language)
    for axes, title in (
        (volumes, N_("The ball vanishes in its cube")),
        (shells, N_("Volume moves to the surface")),
        (angles, N_("Random directions stand near 90°")),
    ):
        axes.set_title(translated(title, language), loc="left", fontsize=10.5, fontweight="bold", color=INK)
    return figure


def _volumes(axes: Axes, language: str) -> None:
    d = np.arange(1, 31)
    cube, ball = cube_volume(d), ball_volume(d)
    axes.semilogy(d, cube, color=UNMATCHED, linewidth=1.8)
    axes.semilogy(d, ball, color=IMAGE, linewidth=1.8)
    _name(axes, d[19], cube[19], translated("hypercube", language), UNMATCHED, (-6, 4))
    _name(axes, d[19], ball[19], translated("hypersphere", language), IMAGE, (-6, -10))
    axes.set_xlabel(translated("dimension d", language))
    axes.set_ylabel(translated("volume (radius 1)", language))


def _shells(axes: Axes, thicknesses: Sequence[float], language: str) -> None:
    d = np.geomspace(1, 1000, 300)
    shades = mpl.colormaps["Oranges"](np.linspace(0.9, 0.5, len(thicknesses)))
    for shade, thickness in zip(shades, sorted(thicknesses, reverse=True), strict=True):
        name = translated("outer {percent} %", language, percent=f"{100 * thickness:g}")
        axes.semilogx(d, shell_share(d, thickness), color=shade, linewidth=1.8, label=name)
    axes.minorticks_off()
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(translated("dimension d", language))
    axes.set_ylabel(translated("share of the ball's volume", language))
    axes.legend(loc="lower right", frameon=False, labelcolor="linecolor", handlelength=1.2)


def _angles(axes: Axes, dims: Sequence[int], language: str) -> None:
    u = np.linspace(-1, 1, 2001)
    shades = mpl.colormaps["Blues"](np.linspace(0.45, 0.95, len(dims)))
    for shade, dim in zip(shades, dims, strict=True):
        density = cosine_density(u, dim)
        axes.plot(u, density, color=shade, linewidth=1.8, label=f"d = {dim}")
        axes.fill_between(u, density, color=shade, alpha=0.12, linewidth=0)
    axes.set_ylim(0)
    axes.set_xlabel(translated("cosine of two random directions", language))
    axes.set_ylabel(translated("density", language))
    axes.legend(loc="upper right", frameon=False, labelcolor="linecolor", handlelength=1.2)


def _name(axes: Axes, x: float, y: float, text: str, colour: str, offset: tuple[int, int]) -> None:
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", ha="right", color=colour, fontweight="bold")
