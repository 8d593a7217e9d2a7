"""Pictures of the cone effect: a map of random networks (thesis figure 3.3), their cosines, and what depth does.

Each is drawn from the items of a row: ``vectors`` (seeds, N, d) of unit norm, ``kind`` the architecture's name as UTF-8
bytes; for depth one array of mean cosines for each activation.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmgap.analysis.seed_cones import cosines_of_seeds, density_of_cosines, points, shares
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.component_axes import name_components
from mmgap.report.figures.style import IMAGE, INK, MATCHED, SHAPES, STYLE, TEXT, UNMATCHED
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.report.values import fixed, minus

_ACTIVATIONS = ("relu", "sigmoid", "tanh", "linear")

_COLOURS = {"resnet": IMAGE, "vit": MATCHED, "text-transformer": TEXT}


def cone_map(items: Items, title: str, language: str = "en") -> Figure:
    """Return all items under all seeds on their first two principal components, one colour a seed."""
    vectors = items["vectors"]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 4.6), layout="constrained")
        axes = figure.subplots()
        _map(axes, vectors)
    _title(axes, term(texts_of(items["kind"])[0], language))
    within, between = (minus(fixed(v, 2)) for v in cosines_of_seeds(vectors))
    note = translated(
        "{n} random initialisations, {items} items each; colour and number are the seed",
        language,
        n=len(vectors),
        items=vectors.shape[1],
    )
    cosines = translated(
        "cosine within a seed {within}, between seeds {between}", language, within=within, between=between
    )
    name_components(axes, shares(vectors), language)
    axes.set_xlabel(f"{axes.get_xlabel()}\n{note}\n{cosines}", fontsize=8)
    axes.yaxis.label.set_fontsize(8)
    return figure


def cone_histogram(items: Items, title: str, language: str = "en") -> Figure:
    """Density of all cosines between items under one seed, the seeds together."""
    kind = texts_of(items["kind"])[0]
    edges, density, mean = density_of_cosines(items["vectors"])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 3.2), layout="constrained")
        axes = figure.subplots()
    axes.stairs(density, edges, fill=True, color=_COLOURS[kind], alpha=0.18, linewidth=0)
    axes.stairs(density, edges, color=_COLOURS[kind], linewidth=1.4)
    axes.axvline(mean, color=_COLOURS[kind], linewidth=1, linestyle=":")
    axes.set_xlim(edges[0], 1.0)
    axes.set_ylim(0)
    axes.set_xlabel(translated("cosine between two items", language))
    axes.set_ylabel(translated("density", language))
    _title(axes, f"{term(kind, language)}: {translated('mean cosine', language)} {fixed(mean, 2)}")
    return figure


def depths(items: Items, title: str, language: str = "en") -> Figure:
    """Return the mean cosine after 0, 1, 2 … random layers, a line for each activation."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 3.2), layout="constrained")
        axes = figure.subplots()
    for activation, colour, shape in zip(_ACTIVATIONS, (IMAGE, TEXT, MATCHED, UNMATCHED), SHAPES, strict=False):
        line = f"{shape}-"
        axes.plot(
            items[activation], line, color=colour, linewidth=1.5, markersize=3.5, label=term(activation, language)
        )
    axes.set_ylim(-0.04, 1.04)
    axes.set_xlabel(translated("random layers", language))
    axes.set_ylabel(translated("mean cosine", language))
    axes.legend(frameon=False, labelcolor="linecolor", handlelength=1.2, fontsize=8)
    _title(axes, translated("Each non-linear layer narrows it", language))
    return figure


def _map(axes: Axes, vectors: np.ndarray) -> None:
    colours = mpl.colormaps["turbo"](np.linspace(0.04, 0.96, len(vectors)))
    clouds = points(vectors)
    for cloud, colour in zip(clouds, colours, strict=True):
        axes.scatter(cloud[:, 0], cloud[:, 1], s=5, color=colour, alpha=0.6, linewidths=0)
    for seed, (cloud, colour) in enumerate(zip(clouds, colours, strict=True)):
        axes.annotate(
            str(seed), tuple(cloud.mean(axis=0)), (4, 4), textcoords="offset points", fontsize=6.5, color=INK, zorder=4
        )
        axes.plot(*cloud.mean(axis=0), "o", color=colour, markeredgecolor="white", markersize=6, zorder=3)
    axes.set_aspect("equal", adjustable="datalim")
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=5)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=10.5, fontweight="bold", color=INK)
