"""The figures of mmgap's own reports: one entry for each, and the registry through which other packages add theirs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmgap.core.registry import Registry
from mmgap.report.figures.kinds import FigureKind

#: Every kind of figure by its name.
registry: Registry[FigureKind] = Registry("figure", "mmgap.figures")

_CURVES = tuple(f"curve_{name}" for name in ("gap", "t2i_r1", "i2t_r1"))
_HISTOGRAMS = ("epochs", "curve_gap", "epoch_edges", *(f"epoch_{k}" for k in ("image", "text", "matched", "unmatched")))
_PAIRS = ("ids", "categories", "owner")
_DRAWN_OVER_EPOCHS: Any = {"vector": True, "counted": False}


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


def _own(name: str, draw: str, needs: tuple[str, ...] = (), **flags: Any) -> FigureKind:
    """A figure of mmgap's own, whose caption is the word ``cap_<name>`` and whose alt text ``fig_<name>``."""
    return FigureKind(name, f"mmgap.report.figures.{draw}", f"cap_{name}", f"fig_{name}", needs, **flags)


for _kind in (
    # a measured space
    _own(
        "cosines",
        "measured_space:cosines",
        ("edges", "histogram_image", "histogram_text", "histogram_matched", "histogram_unmatched"),
        vector=True,
    ),
    _own("map", "measured_space:pair_map", ("map_image", "map_text", "map_ids")),
    _own("similarity", "measured_space:similarity", ("similarity", "sample_ids")),
    # a training
    _own(
        "curves",
        "training_curves:curves",
        (
            *("epochs", *_CURVES, *(f"curve_{name}" for name in ("misalignment", "uniformity", "scale"))),
            *(f"curve_{name}_{side}" for name in ("rank", "mean") for side in ("image", "text")),
            *(f"step_{name}" for name in ("loss", "rate", "scale", "gap")),
            *("steps_per_epoch", "chance"),
        ),
        **_DRAWN_OVER_EPOCHS,
    ),
    _own("evolution", "histogram_evolution:evolution", _HISTOGRAMS, **_DRAWN_OVER_EPOCHS),
    _own("animation", "histogram_evolution:animation", _HISTOGRAMS, moves=True, counted=False),
    _own("losses", "loss_comparison:losses", ("epochs", *_CURVES), several=True, **_DRAWN_OVER_EPOCHS),
    _own("loss_histograms", "loss_comparison:loss_histograms", _HISTOGRAMS, several=True, **_DRAWN_OVER_EPOCHS),
    # theory, and random networks
    _own("concentrations", "spheres:concentration_spheres", only=("table", "5.1")),
    _own("separations", "spheres:separation_spheres", only=("table", "5.2")),
    _own("dimensions", "dimensions:high_dimension", vector=True),
    _own("cone", "random_cone_maps:cone_map", ("vectors", "kind")),
    _own("cone_cosines", "random_cone_maps:cone_histogram", ("vectors", "kind"), vector=True),
    _own("depth", "random_cone_maps:depths", ("relu", "sigmoid", "tanh", "linear"), vector=True),
    # encoders on the same images
    *(
        _own(name, f"comparison_heatmaps:{name}", (name, *_PAIRS))
        for name in ("image_text", "image_image", "text_text")
    ),
    *(_own(name, f"plane_maps:{name}", (name, *_PAIRS)) for name in ("map_pca", "map_tsne", "map_umap")),
    _own("map_thumbnails", "comparison_thumbnails:map_thumbnails", ("map_pca", "thumbnails", "ids"), local=True),
    _own("by_category", "comparison_bars:by_category", ("diagonal", *_PAIRS), several=True, vector=True),
    _own("by_image", "comparison_bars:by_image", ("diagonal", *_PAIRS), several=True, vector=True),
):
    registry.register(_kind.name)(_kind)
