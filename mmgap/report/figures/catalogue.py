"""The kinds of pictures there are: what each is drawn from, by which function, and which experiment has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmgap.rows.row import Row

if TYPE_CHECKING:
    import numpy as np

    from mmgap.report.figures.galleries import Subject

#: Raised when a drawing changes: pictures of older code are drawn again.
DRAWING = 1

#: Below the folder of pictures: those that must not leave this machine.
LOCAL = "local"


@dataclass(frozen=True)
class Picture:
    """One kind of picture.

    Attributes:
        name: in file names, and its caption is the word ``cap_<name>``.
        path: ``module:function`` of ``(items, title, language) -> matplotlib Figure``, or a `Film` where it moves.
        needs: arrays it is drawn from; a row whose items lack one, or whose first of these is empty, goes without.
        vector: also as SVG.
        only: (name, value) of the variant it belongs to; None for every row of the experiment.
        local: it shows what may not be published, so it is drawn for local reports alone, in a folder of its own.
        moves: an animation, as GIF.
        counted: it shows the items that were measured, so that its caption counts them.
    """

    name: str
    path: str
    needs: tuple[str, ...]
    vector: bool = False
    only: tuple[str, str] | None = None
    local: bool = False
    moves: bool = False
    counted: bool = True

    def of(self, row: Row) -> bool:
        """Whether the row has this picture."""
        return self.only is None or row["cell"]["variant"].get(self.only[0]) == self.only[1]

    def can_be_drawn(self, items: Mapping[str, np.ndarray]) -> bool:
        """Whether these arrays hold what it shows."""
        return all(name in items for name in self.needs) and not (self.needs and items[self.needs[0]].size == 0)

    def files(self, subject: Subject, language: str) -> tuple[str, ...]:
        base = f"{subject.stem}-{subject.key[:12]}-{self.name}-{language}{DRAWING}"
        return tuple(f"{LOCAL}/{base}{suffix}" if self.local else base + suffix for suffix in self.suffixes)

    @property
    def suffixes(self) -> tuple[str, ...]:
        if self.moves:
            return (".gif",)
        return (".png", ".svg") if self.vector else (".png",)


SPACE = (
    Picture(
        "cosines",
        "mmgap.report.figures.measured_space:cosines",
        ("edges", "histogram_image", "histogram_text", "histogram_matched", "histogram_unmatched"),
        vector=True,
    ),
    Picture("map", "mmgap.report.figures.measured_space:pair_map", ("map_image", "map_text", "map_ids")),
    Picture("similarity", "mmgap.report.figures.measured_space:similarity", ("similarity", "sample_ids")),
)

_HISTOGRAMS = ("epoch_edges", *(f"epoch_{name}" for name in ("image", "text", "matched", "unmatched")))
_CURVES = tuple(f"curve_{name}" for name in ("gap", "t2i_r1", "i2t_r1"))

TRAINING = (
    Picture(
        "curves",
        "mmgap.report.figures.training_curves:curves",
        (
            "epochs",
            *_CURVES,
            *(f"curve_{name}" for name in ("misalignment", "uniformity", "scale")),
            *(f"curve_{name}_{side}" for name in ("rank", "mean") for side in ("image", "text")),
            *(f"step_{name}" for name in ("loss", "rate", "scale", "gap")),
            "steps_per_epoch",
            "chance",
        ),
        vector=True,
        counted=False,
    ),
    Picture(
        "evolution",
        "mmgap.report.figures.histogram_evolution:evolution",
        ("epochs", "curve_gap", *_HISTOGRAMS),
        vector=True,
        counted=False,
    ),
    Picture(
        "animation",
        "mmgap.report.figures.histogram_evolution:animation",
        ("epochs", "curve_gap", *_HISTOGRAMS),
        moves=True,
        counted=False,
    ),
)

#: experiment → its pictures; an experiment without an entry has none.
PICTURES: dict[str, tuple[Picture, ...]] = {
    "measure": SPACE,
    "train": TRAINING,
    "initialisation": TRAINING,
    "theory": (
        Picture("concentrations", "mmgap.report.figures.spheres:figure_5_1", (), only=("table", "5.1")),
        Picture("separations", "mmgap.report.figures.spheres:figure_5_2", (), only=("table", "5.2")),
    ),
    "dimensions": (Picture("dimensions", "mmgap.report.figures.dimensions:figure_e", (), vector=True),),
    "cones": (
        Picture("cone", "mmgap.report.figures.random_cone_maps:cone_map", ("vectors", "kind")),
        Picture(
            "cone_cosines", "mmgap.report.figures.random_cone_maps:cone_histogram", ("vectors", "kind"), vector=True
        ),
    ),
    "depth": (
        Picture(
            "depth", "mmgap.report.figures.random_cone_maps:depths", ("relu", "sigmoid", "tanh", "linear"), vector=True
        ),
    ),
    "practices": (
        *(
            Picture(name, f"mmgap.report.figures.comparison_heatmaps:{name}", (name, "ids", "categories", "owner"))
            for name in ("image_text", "image_image", "text_text")
        ),
        *(
            Picture(name, f"mmgap.report.figures.comparison_maps:{name}", (name, "ids", "categories", "owner"))
            for name in ("map_pca", "map_tsne", "map_umap")
        ),
        Picture(
            "map_thumbnails",
            "mmgap.report.figures.comparison_thumbnails:map_thumbnails",
            ("map_pca", "thumbnails", "ids"),
            local=True,
        ),
    ),
}

_PAIR = tuple(f"{side}.{name}" for side in "ab" for name in ("diagonal", "owner", "ids", "categories"))

#: experiment → the pictures of one row against another, or of several side by side.
PAIR_PICTURES: dict[str, tuple[Picture, ...]] = {
    "practices": (
        Picture("by_category", "mmgap.report.figures.comparison_bars:by_category", _PAIR, vector=True),
        Picture("by_image", "mmgap.report.figures.comparison_bars:by_image", _PAIR, vector=True),
    ),
    "train": (
        Picture(
            "losses",
            "mmgap.report.figures.loss_comparison:losses",
            tuple(f"a.{name}" for name in ("epochs", *_CURVES)),
            vector=True,
            counted=False,
        ),
        Picture(
            "loss_histograms",
            "mmgap.report.figures.loss_comparison:loss_histograms",
            tuple(f"a.{name}" for name in ("epochs", "curve_gap", *_HISTOGRAMS)),
            vector=True,
            counted=False,
        ),
    ),
}
