"""Figures 5.1 and 5.2 of the thesis: Power Spherical cones on the sphere, by concentration and by angle.

Each function returns a matplotlib figure; `mmgap.report.figures.style.save` writes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmgap.core.messages import N_
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.style import FAINT, IMAGE, INK, STYLE, TEXT
from mmgap.report.labels import label
from mmgap.report.translation import translated
from mmgap.theory.sphere_draws import SphereDraw, concentrations, separations

#: Where the viewer stands: degrees about the vertical axis, and above the equator in figures 5.1 and 5.2.
_AZIMUTH, _HIGH, LOW = -58.0, 62.0, 28.0


def concentration_spheres(_items: Items, _title: str, language: str, draws: Iterable[SphereDraw] = ()) -> Figure:
    """Figure 5.1: a cone of images on S² for each concentration κ, and its uniformity; without draws the thesis's."""
    draws = list(draws) or list(concentrations())
    figure, panels = row_of_spheres(len(draws), 2.75, _HIGH)
    for axes, draw in zip(panels, draws, strict=True):
        draw_points(axes, seen_from(draw.images, _HIGH), IMAGE)
        _name(axes, f"κ = {draw.parameter:g}", label("uniformity", language), draw.value)
    return figure


def separation_spheres(_items: Items, _title: str, language: str, draws: Iterable[SphereDraw] = ()) -> Figure:
    """Figure 5.2: images and texts about centres θ apart on S²; the bar joins their means, its length is the gap."""
    draws = list(draws) or list(separations())
    figure, panels = row_of_spheres(len(draws), 3.2, LOW)
    for axes, draw in zip(panels, draws, strict=True):
        draw_points(axes, seen_from(draw.images, LOW), IMAGE)
        draw_points(axes, seen_from(draw.texts, LOW), TEXT, "^")
        ends = seen_from(np.stack([draw.images.mean(0), draw.texts.mean(0)]), LOW)
        axes.plot(ends[:, 0], ends[:, 1], color=INK, linewidth=1.8, solid_capstyle="round", zorder=6)
        axes.scatter(ends[:, 0], ends[:, 1], s=26, color=[IMAGE, TEXT], edgecolor="white", linewidth=1, zorder=7)
        _name(axes, f"θ = {draw.parameter:g}°", label("gap", language), draw.value)
    handles = [
        Line2D([], [], linestyle="", marker=shape, markersize=5, color=colour, label=translated(side, language))
        for side, colour, shape in ((N_("images"), IMAGE, "o"), (N_("texts"), TEXT, "^"))
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=2, frameon=False, labelcolor=INK, handletextpad=0.1
    )
    return figure


def row_of_spheres(count: int, height: float, elevation: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with a row of empty balls, and their axes."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.2 * count, height), layout="constrained")
        panels = list(figure.subplots(1, count, squeeze=False)[0])
    for axes in panels:
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.set_xlim(-1.04, 1.04)
        axes.set_ylim(-1.04, 1.04)
        _ball(axes, elevation)
    return figure, panels


def _ball(axes: Axes, elevation: float) -> None:
    """A lit ball with meridians and parallels, those behind fainter."""
    grid = np.linspace(-1, 1, 200)
    a, b = np.meshgrid(grid, grid)
    light = np.clip(1 - 0.55 * np.hypot(a + 0.35, b - 0.4) ** 2, 0, 1)
    picture = axes.imshow(
        light, extent=(-1, 1, -1, 1), origin="lower", cmap="Greys_r", vmin=-4.5, vmax=1, interpolation="bilinear"
    )
    outline = mpl.patches.Circle((0, 0), 1, facecolor="none", edgecolor=FAINT, linewidth=0.9)
    axes.add_patch(outline)
    picture.set_clip_path(outline)
    turn = np.linspace(0, 2 * math.pi, 241)
    circles = [
        np.stack([np.cos(turn) * np.cos(m), np.cos(turn) * np.sin(m), np.sin(turn)], axis=1)
        for m in np.arange(0, math.pi, math.pi / 6)
    ] + [
        np.stack([np.cos(turn) * np.cos(p), np.sin(turn) * np.cos(p), np.full_like(turn, np.sin(p))], axis=1)
        for p in np.radians([-60, -30, 0, 30, 60])
    ]
    for circle in circles:
        seen = seen_from(circle, elevation)
        front = seen[:, 2] >= 0
        for side, alpha in ((front, 0.55), (~front, 0.15)):
            line = np.where(side[:, None], seen[:, :2], np.nan)
            axes.plot(line[:, 0], line[:, 1], color=FAINT, linewidth=0.5, alpha=alpha, zorder=2)


def draw_points(axes: Axes, seen: np.ndarray, colour: str, shape: str = "o") -> None:
    """Draw (P, 3) points as `seen_from` has them, those behind fainter."""
    for side, alpha, level in ((seen[:, 2] < 0, 0.18, 3), (seen[:, 2] >= 0, 0.6, 4)):
        axes.scatter(
            seen[side, 0], seen[side, 1], s=5, marker=shape, color=colour, alpha=alpha, linewidth=0, zorder=level
        )


def seen_from(points: np.ndarray, elevation: float) -> np.ndarray:
    """Return (P, 3) points as the viewer has them: to the right, up, and towards them."""
    azimuth, elevation = math.radians(_AZIMUTH), math.radians(elevation)
    right = np.array([-math.sin(azimuth), math.cos(azimuth), 0])
    towards = np.array(
        [math.cos(azimuth) * math.cos(elevation), math.sin(azimuth) * math.cos(elevation), math.sin(elevation)]
    )
    return points @ np.stack([right, np.cross(towards, right), towards], axis=1)


def _name(axes: Axes, drawn: str, quantity: str, value: float) -> None:
    axes.set_title(f"{drawn}\n{quantity} {value:.3f}".replace("-", "−"), fontsize=9.5, color=INK)
