"""Pictures of the cone effect: maps of random networks (thesis figure 3.3), their cosines, and what depth does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

from mmgap.encoders.cones import Cone, seeds_apart
from mmgap.report.lettering import IMAGE, INK, MATCHED, STYLE, TEXT, UNMATCHED
from mmgap.report.values import fixed

_WORDS = {
    "en": {
        "resnet": "ResNet",
        "vit": "ViT",
        "text-transformer": "Text transformer",
        "seeds": "{n} random initialisations, {items} items each; one colour a seed",
        "within": "cosine within a seed {within}, between seeds {between}",
        "component": "component {n}",
        "cosine": "cosine between two items",
        "density": "density",
        "narrow": "One random network, one narrow cone",
        "layers": "random layers",
        "mean": "mean cosine",
        "deeper": "Each non-linear layer narrows it",
        "linear": "linear",
    },
    "es": {
        "resnet": "ResNet",
        "vit": "ViT",
        "text-transformer": "Transformer de texto",
        "seeds": "{n} inicializaciones al azar, {items} elementos cada una; un color por semilla",
        "within": "coseno dentro de una semilla {within}, entre semillas {between}",
        "component": "componente {n}",
        "cosine": "coseno entre dos elementos",
        "density": "densidad",
        "narrow": "Una red al azar, un cono estrecho",
        "layers": "capas al azar",
        "mean": "coseno medio",
        "deeper": "Cada capa no lineal lo estrecha",
        "linear": "lineal",
    },
}

_COLOURS = {"resnet": IMAGE, "vit": MATCHED, "text-transformer": TEXT}


def cone_maps(cones: Mapping[str, Sequence[Cone]], language: str = "en") -> Figure:
    """One map per architecture: all items under all seeds on their first two principal components.

    Args:
        cones: architecture → its cones, two seeds or more, as `mmgap.encoders.cones.random_cones` gives them.
        language: ``"en"`` or ``"es"``.
    """
    words = _WORDS[language]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(3.4 * len(cones), 3.75), layout="constrained")
        grid = figure.subplots(1, len(cones), squeeze=False)[0]
        for axes, (architecture, made) in zip(grid, cones.items(), strict=True):
            _map(axes, made, words)
            _title(axes, words[architecture])
            within, between = (
                fixed(v, 2).replace("-", "−") for v in (float(np.mean([c.mean for c in made])), seeds_apart(made))
            )
            axes.set_xlabel(words["within"].format(within=within, between=between), fontsize=8)
        first = next(iter(cones.values()))
        note = words["seeds"].format(n=len(first), items=len(first[0].vectors))
        figure.suptitle(note, x=0.01, ha="left", fontsize=9, color="#555555")
    return figure


def cone_cosines(cones: Mapping[str, Sequence[Cone]], depths: Mapping[str, np.ndarray], language: str = "en") -> Figure:
    """Histogram of all cosines within a cone per architecture, beside the mean cosine after 0, 1, 2 … random layers.

    Args:
        cones: as for `cone_maps`; the cosines of all seeds are put together.
        depths: activation → mean cosines, as `mmgap.encoders.cones.cosine_by_depth` gives them.
        language: ``"en"`` or ``"es"``.
    """
    words = _WORDS[language]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.3), layout="constrained")
        left, right = figure.subplots(1, 2)
        _histograms(left, cones, words)
        _depths(right, depths, words)
        _title(left, words["narrow"])
        _title(right, words["deeper"])
    return figure


def _map(axes: Axes, cones: Sequence[Cone], words: Mapping[str, str]) -> None:
    points = PCA(2, svd_solver="full").fit_transform(np.concatenate([cone.vectors for cone in cones]))
    colours = mpl.colormaps["turbo"](np.linspace(0.04, 0.96, len(cones)))
    for cloud, colour in zip(np.split(points, len(cones)), colours, strict=True):
        axes.scatter(cloud[:, 0], cloud[:, 1], s=5, color=colour, alpha=0.6, linewidths=0)
    for cloud, colour in zip(np.split(points, len(cones)), colours, strict=True):
        axes.plot(*cloud.mean(axis=0), "o", color=colour, markeredgecolor="white", markersize=6, zorder=3)
    axes.set_aspect("equal", adjustable="datalim")
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=5)


def _histograms(axes: Axes, cones: Mapping[str, Sequence[Cone]], words: Mapping[str, str]) -> None:
    within = {name: np.concatenate([_cosines(cone) for cone in made]) for name, made in cones.items()}
    left = min(float(np.quantile(cosines, 0.001)) for cosines in within.values())
    edges = np.linspace(max(-1.0, np.floor(left * 10) / 10), 1, 101)
    for architecture, cosines in within.items():
        density, _ = np.histogram(cosines, edges)
        density = density / (len(cosines) * np.diff(edges))
        colour = _COLOURS[architecture]
        mean = fixed(float(cosines.mean()), 2)
        axes.stairs(density, edges, fill=True, color=colour, alpha=0.18, linewidth=0)
        axes.stairs(density, edges, color=colour, linewidth=1.4, label=f"{words[architecture]}, {words['mean']} {mean}")
    axes.set_xlim(edges[0], 1.0)
    axes.set_ylim(0)
    axes.set_xlabel(words["cosine"])
    axes.set_ylabel(words["density"])
    axes.legend(loc="upper left", frameon=False, labelcolor="linecolor", handlelength=1.2, fontsize=8)


def _cosines(cone: Cone) -> np.ndarray:
    return (cone.vectors @ cone.vectors.T)[np.triu_indices(len(cone.vectors), 1)]


def _depths(axes: Axes, depths: Mapping[str, np.ndarray], words: Mapping[str, str]) -> None:
    colours = (IMAGE, TEXT, MATCHED, UNMATCHED)
    for (activation, means), colour in zip(depths.items(), colours, strict=False):
        axes.plot(means, "o-", color=colour, linewidth=1.5, markersize=3, label=words.get(activation, activation))
    axes.set_ylim(-0.04, 1.04)
    axes.set_xlabel(words["layers"])
    axes.set_ylabel(words["mean"])
    axes.legend(frameon=False, labelcolor="linecolor", handlelength=1.2, fontsize=8)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=10.5, fontweight="bold", color=INK)
