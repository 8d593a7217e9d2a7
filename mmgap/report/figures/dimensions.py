"""Annex E of the thesis as one figure: volumes, shells and angles as the dimension grows."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.style import IMAGE, INK, STYLE, UNMATCHED
from mmgap.theory.high_dimension import ball_volume, cosine_density, cube_volume, shell_share

_WORDS = {
    "en": {
        "volumes": "The ball vanishes in its cube",
        "volume": "volume (radius 1)",
        "cube": "hypercube",
        "ball": "hypersphere",
        "shells": "Volume moves to the surface",
        "share": "share of the ball's volume",
        "outer": "outer {percent} %",
        "angles": "Random directions stand near 90°",
        "cosine": "cosine of two random directions",
        "density": "density",
        "dimension": "dimension d",
    },
    "es": {
        "volumes": "La esfera desaparece en su cubo",
        "volume": "volumen (radio 1)",
        "cube": "hipercubo",
        "ball": "hiperesfera",
        "shells": "El volumen se va a la superficie",
        "share": "parte del volumen de la esfera",
        "outer": "{percent} % exterior",
        "angles": "Direcciones al azar: cerca de 90°",
        "cosine": "coseno de dos direcciones al azar",
        "density": "densidad",
        "dimension": "dimensión d",
    },
}


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
    words = _WORDS[language]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.2, 3.2), layout="constrained")
        volumes, shells, angles = figure.subplots(1, 3)
    _volumes(volumes, words)
    _shells(shells, thicknesses, words)
    _angles(angles, dims, words)
    for axes, title in ((volumes, "volumes"), (shells, "shells"), (angles, "angles")):
        axes.set_title(words[title], loc="left", fontsize=10.5, fontweight="bold", color=INK)
    return figure


def _volumes(axes: Axes, words: dict[str, str]) -> None:
    d = np.arange(1, 31)
    cube, ball = cube_volume(d), ball_volume(d)
    axes.semilogy(d, cube, color=UNMATCHED, linewidth=1.8)
    axes.semilogy(d, ball, color=IMAGE, linewidth=1.8)
    _name(axes, d[19], cube[19], words["cube"], UNMATCHED, (-6, 4))
    _name(axes, d[19], ball[19], words["ball"], IMAGE, (-6, -10))
    axes.set_xlabel(words["dimension"])
    axes.set_ylabel(words["volume"])


def _shells(axes: Axes, thicknesses: Sequence[float], words: dict[str, str]) -> None:
    d = np.geomspace(1, 1000, 300)
    shades = mpl.colormaps["Oranges"](np.linspace(0.9, 0.5, len(thicknesses)))
    for shade, thickness in zip(shades, sorted(thicknesses, reverse=True), strict=True):
        name = words["outer"].format(percent=f"{100 * thickness:g}")
        axes.semilogx(d, shell_share(d, thickness), color=shade, linewidth=1.8, label=name)
    axes.minorticks_off()
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(words["dimension"])
    axes.set_ylabel(words["share"])
    axes.legend(loc="lower right", frameon=False, labelcolor="linecolor", handlelength=1.2)


def _angles(axes: Axes, dims: Sequence[int], words: dict[str, str]) -> None:
    u = np.linspace(-1, 1, 2001)
    shades = mpl.colormaps["Blues"](np.linspace(0.45, 0.95, len(dims)))
    for shade, dim in zip(shades, dims, strict=True):
        density = cosine_density(u, dim)
        axes.plot(u, density, color=shade, linewidth=1.8, label=f"d = {dim}")
        axes.fill_between(u, density, color=shade, alpha=0.12, linewidth=0)
    axes.set_ylim(0)
    axes.set_xlabel(words["cosine"])
    axes.set_ylabel(words["density"])
    axes.legend(loc="upper right", frameon=False, labelcolor="linecolor", handlelength=1.2)


def _name(axes: Axes, x: float, y: float, text: str, colour: str, offset: tuple[int, int]) -> None:
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", ha="right", color=colour, fontweight="bold")
