"""The figures of mmgap's own reports: one entry for each, and the registry through which other packages add theirs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmgap.core.registry import Registry
from mmgap.report.figures.kinds import FigureKind

#: Every kind of figure by its name.
registry: Registry[FigureKind] = Registry("figure", "mmgap.figures")

_HISTOGRAMS = ("epoch_edges", *(f"epoch_{name}" for name in ("image", "text", "matched", "unmatched")))
_CURVES = tuple(f"curve_{name}" for name in ("gap", "t2i_r1", "i2t_r1"))
_COMPARED = ("diagonal", "owner", "ids", "categories")
_OF_PAIRS = ("ids", "categories", "owner")


def figures(names: Iterable[str], experiment: str, *, several: bool = False) -> list[FigureKind]:
    """Return the figures of these names in their order, then those that join the experiment.

    Args:
        names: as a section names them.
        experiment: whose section it is.
        several: those of several rows, instead of those of one.

    Raises:
        UnknownNameError: no such figure.
    """
    kinds = {name: registry.get(name) for name in names}
    kinds |= {name: registry.get(name) for name in registry if experiment in registry.get(name).joins}
    return [kind for kind in kinds.values() if kind.several is several]


def _add(name: str, draw: str, needs: tuple[str, ...] = (), **flags: Any) -> None:
    """Register a figure of mmgap's own, whose caption is the word ``cap_<name>`` and whose alt text ``fig_<name>``."""
    kind = FigureKind(name, f"mmgap.report.figures.{draw}", f"cap_{name}", f"fig_{name}", needs, **flags)
    registry.register(name)(kind)


# a measured space
_add(
    "cosines",
    "measured_space:cosines",
    ("edges", "histogram_image", "histogram_text", "histogram_matched", "histogram_unmatched"),
    vector=True,
)
_add("map", "measured_space:pair_map", ("map_image", "map_text", "map_ids"))
_add("similarity", "measured_space:similarity", ("similarity", "sample_ids"))

# a training
_add(
    "curves",
    "training_curves:curves",
    (
        *("epochs", *_CURVES, *(f"curve_{name}" for name in ("misalignment", "uniformity", "scale"))),
        *(f"curve_{name}_{side}" for name in ("rank", "mean") for side in ("image", "text")),
        *(f"step_{name}" for name in ("loss", "rate", "scale", "gap")),
        *("steps_per_epoch", "chance"),
    ),
    vector=True,
    counted=False,
)
_add(
    "evolution",
    "histogram_evolution:evolution",
    ("epochs", "curve_gap", *_HISTOGRAMS),
    vector=True,
    counted=False,
)
_add(
    "animation",
    "histogram_evolution:animation",
    ("epochs", "curve_gap", *_HISTOGRAMS),
    moves=True,
    counted=False,
)
_add("losses", "loss_comparison:losses", ("epochs", *_CURVES), several=True, vector=True, counted=False)
_add(
    "loss_histograms",
    "loss_comparison:loss_histograms",
    ("epochs", "curve_gap", *_HISTOGRAMS),
    several=True,
    vector=True,
    counted=False,
)

# theory, and random networks
_add("concentrations", "spheres:figure_5_1", only=("table", "5.1"))
_add("separations", "spheres:figure_5_2", only=("table", "5.2"))
_add("dimensions", "dimensions:figure_e", vector=True)
_add("cone", "random_cone_maps:cone_map", ("vectors", "kind"))
_add("cone_cosines", "random_cone_maps:cone_histogram", ("vectors", "kind"), vector=True)
_add("depth", "random_cone_maps:depths", ("relu", "sigmoid", "tanh", "linear"), vector=True)

# encoders on the same images
for _name in ("image_text", "image_image", "text_text"):
    _add(_name, f"comparison_heatmaps:{_name}", (_name, *_OF_PAIRS))
for _name in ("map_pca", "map_tsne", "map_umap"):
    _add(_name, f"comparison_maps:{_name}", (_name, *_OF_PAIRS))
_add("map_thumbnails", "comparison_thumbnails:map_thumbnails", ("map_pca", "thumbnails", "ids"), local=True)
for _name in ("by_category", "by_image"):
    _add(_name, f"comparison_bars:{_name}", _COMPARED, several=True, vector=True)
