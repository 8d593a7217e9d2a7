"""The figures of mmgap's own reports: one entry for each, and the registry through which other packages add theirs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmgap.core.messages import N_
from mmgap.core.registry import Registry
from mmgap.report.figures.kinds import FigureKind

#: Every kind of figure by its name.
registry: Registry[FigureKind] = Registry("figure", "mmgap.figures")

_CURVES = tuple(f"curve_{name}" for name in ("gap", "t2i_r1", "i2t_r1"))
_HISTOGRAMS = ("epochs", "curve_gap", "epoch_edges", *(f"epoch_{k}" for k in ("image", "text", "matched", "unmatched")))
#: A film takes seconds and half a megabyte; of the other losses the page has a slider.
_FILMED = ("ce", "ce+anti")
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


def _own(name: str, draw: str, *about: Any, **flags: Any) -> FigureKind:
    """A figure of mmgap's own; what a page explores of it is named likewise."""
    if (explored := flags.get("interactive")) is not None:
        flags["interactive"] = f"mmgap.report.figures.{explored}"
    return FigureKind(name, f"mmgap.report.figures.{draw}", *about, **flags)


for _kind in (
    # a measured space
    _own(
        "cosines",
        "measured_space:cosines",
        N_("Densities of all cosines: image–image, text–text, matched and unmatched image–text; dots mark the means."),
        N_("Cosines within and across modalities"),
        ("edges", "histogram_image", "histogram_text", "histogram_matched", "histogram_unmatched"),
        vector=True,
    ),
    _own(
        "map",
        "measured_space:pair_map",
        N_(
            "First two principal components of a sample of pairs; a line joins each image to its"
            " text, an arrow their means."
        ),
        N_("Pairs on the first two principal components of both modalities"),
        ("map_image", "map_text", "map_ids"),
        interactive="explored_maps:pair_map",
    ),
    _own(
        "similarity",
        "measured_space:similarity",
        N_("Cosines of a sample of images (rows) and their captions (columns), by id; pairs lie on the diagonal."),
        N_("Cosine of each image (row) with each caption (column)"),
        ("similarity", "sample_ids"),
        vector=True,
        interactive="explored_heatmaps:similarity",
    ),
    # one index of images and texts
    _own(
        "mixed_search",
        "mixed_bars:mixed_bars",
        N_(
            "One index of all images and texts: the share of the other modality among the first 10, how often the own"
            " item of the other modality comes first of all, NDCG@10 with all relevant items; bars are 95 % intervals."
        ),
        N_("What queries find in one index of images and texts, before and after each space"),
        ("mixed_t2i_ndcg10",),
        several=True,
        vector=True,
    ),
    # several languages
    _own(
        "language_heatmap",
        "language_heatmap:language_heatmap",
        N_(
            "R@1 from text to image in each language (across) after each was learned (down), in per cent; a frame marks"
            " the learned language itself."
        ),
        N_("Recall in each language after each was learned"),
        several=True,
        vector=True,
        counted=False,
    ),
    # adapters
    _own(
        "adapters",
        "shot_curves:shot_curves",
        N_(
            "Accuracy on held-out images against the number of images of each class that an adapter was given, mean"
            " over draws of them; the line is zero-shot, bands are paired 95 % intervals of the gain over it. Adapters"
            " without training are at the left, trained ones at the right; dashed lines are tuned on the test"
            " images, a leak."
        ),
        N_("Accuracy over shots, a line for each adapter"),
        ("hit_zero_shot",),
        several=True,
        vector=True,
    ),
    # spaces
    _own(
        "frontier",
        "space_frontier:frontier_of_recall",
        N_(
            "Change of R@1 (own pairs, full set) against the share of the corrected gap that a space removes: a line"
            " for each space from weak to strong, bands and bars are paired 95 % intervals, the line at 0 is the"
            " vectors as they are. A scorer changes scores alone and stands at 0 % of the gap."
        ),
        N_("R@1 against the gap removed, a line for each space"),
        ("t2i_r1_own", "i2t_r1_own"),
        several=True,
        vector=True,
    ),
    _own(
        "frontier_spoiled",
        "space_frontier:frontier_of_spoiled",
        N_(
            "The same from spoiled vectors: each panel is set against the vectors as they are, spoiled likewise, whose"
            " R@1 stands above it."
        ),
        N_("R@1 from spoiled vectors against the gap removed"),
        ("t2i_r1_own_noise",),
        several=True,
        vector=True,
    ),
    # what a representation is good for
    _own(
        "layers",
        "layer_heatmaps:layer_maps",
        N_(
            "Debiased CKA of each layer's pooled outputs with each: of the image and of the text tower, before training"
            " with after it (of an encoder as it is, its layers among themselves), and of both towers; 1 is alike, 0"
            " unrelated."
        ),
        N_("Layers with layers, by CKA"),
        ("cka_image", "cka_text", "cka_cross", "layer_names_image", "layer_names_text"),
        vector=True,
    ),
    _own(
        "layers_of_several",
        "layer_heatmaps:layers_of_several",
        N_(
            "Debiased CKA of the layers of the first representation (up) with those of each other one (across), on the"
            " same items."
        ),
        N_("Layers of one encoder with those of others, by CKA"),
        ("layer_items",),
        several=True,
        vector=True,
    ),
    _own(
        "information",
        "information_bars:information_bars",
        N_(
            "Left, InfoNCE's lower bound on the mutual information of images and texts, with the ceiling that it cannot"
            " pass; right, information imbalance; bars are 95 % intervals."
        ),
        N_("What images and texts tell of each other"),
        several=True,
        vector=True,
    ),
    _own(
        "shared_captions",
        "shared_captions:shared_captions",
        N_(
            "Gap (corrected) and R@1 T→I over the full set, by how many images share a caption; bands are 95 %"
            " intervals over clusters."
        ),
        N_("Gap and R@1 by images under one caption"),
        ("multiplicity", "multiplicity_gap", "multiplicity_r1", "multiplicity_r1_own"),
        vector=True,
    ),
    # a training
    _own(
        "curves",
        "training_curves:curves",
        N_(
            "Loss of the steps with its terms and the chance line ln N of a batch of N, learning rate and logit scale;"
            " gap, misalignment, uniformity, R@1 both ways (any-of, pools of 90), effective rank and length of the"
            " mean vectors on the validation split after each epoch, 0 being before training."
        ),
        N_("Training: its steps, and the validation split after each epoch"),
        (
            *("epochs", *_CURVES, *(f"curve_{name}" for name in ("misalignment", "uniformity", "scale"))),
            *(f"curve_{name}_{side}" for name in ("rank", "mean") for side in ("image", "text")),
            *(f"step_{name}" for name in ("loss", "rate", "scale", "gap")),
            *("steps_per_epoch", "chance"),
        ),
        **_DRAWN_OVER_EPOCHS,
    ),
    _own(
        "evolution",
        "histogram_evolution:evolution",
        N_(
            "As figures 5.4 and D.1–D.18: densities of the cosines on the validation split from before training to the"
            " last epoch, on the same axes (peaks beyond the frame are cut); dots mark the means."
        ),
        N_("Cosines over the epochs, validation split"),
        _HISTOGRAMS,
        interactive="explored_histograms:evolution",
        **_DRAWN_OVER_EPOCHS,
    ),
    _own(
        "animation",
        "histogram_evolution:animation",
        N_("The same, one frame an epoch."),
        N_("Cosines over the epochs, animated"),
        _HISTOGRAMS,
        losses=_FILMED,
        least=6,
        moves=True,
        counted=False,
    ),
    _own(
        "loss_frontier",
        "loss_points:loss_frontier",
        N_(
            "Change of R@1 (own pairs, pools as in the table) and of the corrected gap, both against the loss at the"
            " cross: further left more of the gap is closed, below 0 at a cost. Bars are 95 % intervals, over images"
            " and seeds where there are several; the colours follow them, both ways together."
        ),
        N_("Change of R@1 against change of the gap, by loss"),
        ("gap_interval", "gap_replicates"),
        several=True,
        seeds=True,
        vector=True,
    ),
    _own(
        "losses",
        "loss_comparison:losses",
        N_(
            "Gap and R@1 (any-of in pools of 90, both ways averaged) on the validation split after"
            " each epoch, a line for each loss, and below them less those of ce; epoch 0 is before training."
        ),
        N_("Gap and R@1 over the epochs, by loss"),
        ("epochs", *_CURVES),
        several=True,
        interactive="explored_curves:losses",
        **_DRAWN_OVER_EPOCHS,
    ),
    _own(
        "loss_histograms",
        "loss_comparison:loss_histograms",
        N_(
            "Densities of the cosines on the validation split before training and after the last epoch of each loss,"
            " on the same axes (peaks beyond the frame are cut); dots mark the means."
        ),
        N_("Cosines after the last epoch, by loss"),
        _HISTOGRAMS,
        several=True,
        **_DRAWN_OVER_EPOCHS,
    ),
    # theory, and random networks
    _own(
        "concentrations",
        "spheres:concentration_spheres",
        N_("Figure 5.1: 500 draws on the sphere for each concentration κ, and their uniformity."),
        N_("Power Spherical cones of rising concentration"),
        only=("table", "5.1"),
    ),
    _own(
        "separations",
        "spheres:separation_spheres",
        N_(
            "Figure 5.2: images and texts about centres θ apart (κ = 200); the bar joins their"
            " means, its length is the gap."
        ),
        N_("Images and texts about centres θ apart"),
        only=("table", "5.2"),
    ),
    _own(
        "dimensions",
        "dimensions:high_dimension",
        N_(
            "Annex E: the ball's volume against its cube's, the share of it near the surface, and"
            " the cosines of random directions."
        ),
        N_("Volumes, shells and angles as the dimension grows"),
        vector=True,
    ),
    _own(
        "cone",
        "random_cone_maps:cone_map",
        N_(
            "Figure 3.3: the same items under every random initialisation, one colour a seed, on"
            " their first two principal components."
        ),
        N_("Map of random networks"),
        ("vectors", "kind"),
    ),
    _own(
        "cone_cosines",
        "random_cone_maps:cone_histogram",
        N_("Figure 3.1: cosines between items under one random initialisation, all seeds together."),
        N_("Cosines within the cones of random networks"),
        ("vectors", "kind"),
        vector=True,
    ),
    _own(
        "depth",
        "random_cone_maps:depths",
        N_("Mean cosine of random inputs after 0, 1, 2 … random layers, by activation."),
        N_("Mean cosine after each random layer"),
        ("relu", "sigmoid", "tanh", "linear"),
        vector=True,
    ),
    # encoders on the same images
    _own(
        "image_text",
        "comparison_heatmaps:image_text",
        N_(
            "Cosines of all images (rows) with all captions (columns), by category and file name; a"
            " pair lies on the diagonal, lines part the categories."
        ),
        N_("Cosine of each image (row) with each caption (column)"),
        ("image_text", *_PAIRS),
        alone=True,
        vector=True,
        interactive="explored_heatmaps:image_text",
    ),
    _own(
        "image_image",
        "comparison_heatmaps:image_image",
        N_("Cosines between all images, by category and file name; lines part the categories."),
        N_("Cosines between the images"),
        ("image_image", *_PAIRS),
        alone=True,
        vector=True,
        interactive="explored_heatmaps:image_image",
    ),
    _own(
        "text_text",
        "comparison_heatmaps:text_text",
        N_("Cosines between all captions, by category and the name of their image's file; lines part the categories."),
        N_("Cosines between the captions"),
        ("text_text", *_PAIRS),
        alone=True,
        vector=True,
        interactive="explored_heatmaps:text_text",
    ),
    _own(
        "map_pca",
        "plane_maps:map_pca",
        N_("Images and captions on their first two principal components, with file names; a line joins a pair."),
        N_("Map: two principal components"),
        ("map_pca", *_PAIRS),
        interactive="explored_maps:map_pca",
    ),
    _own(
        "map_tsne",
        "plane_maps:map_tsne",
        N_(
            "t-SNE map of images and captions, with file names; a line joins a pair. Near"
            " neighbours are kept, distances are not."
        ),
        N_("Map: t-SNE"),
        ("map_tsne", *_PAIRS),
        interactive="explored_maps:map_tsne",
    ),
    _own(
        "map_umap",
        "plane_maps:map_umap",
        N_(
            "UMAP map of images and captions, with file names; a line joins a pair. Near neighbours"
            " are kept, distances are not."
        ),
        N_("Map: UMAP"),
        ("map_umap", *_PAIRS),
        interactive="explored_maps:map_umap",
    ),
    _own(
        "map_thumbnails",
        "comparison_thumbnails:map_thumbnails",
        N_(
            "The images on their first two principal components, moved apart where they would cover"
            " each other. For the reader of this machine: not to be published."
        ),
        N_("Map of the images: two principal components"),
        ("map_pca", "thumbnails", "ids"),
        local=True,
    ),
    _own(
        "top1",
        "comparison_top1:top1",
        N_(
            "Images whose most similar caption is their own, of all and by category, under both encoders; the bars of"
            " all images have 95 % intervals."
        ),
        N_("Top-1: images that choose their own caption"),
        ("top1_image", *_PAIRS),
        several=True,
        vector=True,
    ),
    _own(
        "cosine_of_each",
        "comparison_dumbbells:cosine_of_each",
        N_("Cosine of each image with its own captions under encoder A (ring) and under encoder B (square)."),
        N_("Cosine of each image with its captions under both encoders"),
        ("diagonal", *_PAIRS),
        several=True,
        vector=True,
    ),
    _own(
        "image_text_of_both",
        "comparison_heatmaps:image_text_of_both",
        N_(
            "Cosines of all images (rows) with all captions (columns) under encoder A, above, and B, below, on one"
            " scale; lines part the categories."
        ),
        N_("Cosine of each image (row) with each caption (column) under both encoders"),
        ("image_text", *_PAIRS),
        several=True,
        vector=True,
        interactive="explored_heatmaps:image_text_of_both",
    ),
    _own(
        "image_image_of_both",
        "comparison_heatmaps:image_image_of_both",
        N_(
            "Cosines between all images under encoder A, above, and B, below, on one scale; an image with itself is"
            " left out, lines part the categories."
        ),
        N_("Cosines between the images under both encoders"),
        ("image_image", *_PAIRS),
        several=True,
        vector=True,
        interactive="explored_heatmaps:image_image_of_both",
    ),
    _own(
        "text_text_of_both",
        "comparison_heatmaps:text_text_of_both",
        N_(
            "Cosines between all captions under encoder A, above, and B, below, on one scale; a caption with itself is"
            " left out, lines part the categories."
        ),
        N_("Cosines between the captions under both encoders"),
        ("text_text", *_PAIRS),
        several=True,
        vector=True,
        interactive="explored_heatmaps:text_text_of_both",
    ),
    _own(
        "by_category",
        "comparison_bars:by_category",
        N_("Mean cosine of the pairs of each category under both encoders; bars are ± 1 sd."),
        N_("Mean cosine of the pairs, by category"),
        ("diagonal", *_PAIRS),
        several=True,
        vector=True,
    ),
    _own(
        "by_image",
        "comparison_bars:by_image",
        N_("How much nearer each image's captions are under B than under A (cosines), sorted."),
        N_("Improvement of each image"),
        ("diagonal", *_PAIRS),
        several=True,
        vector=True,
    ),
):
    registry.register(_kind.name)(_kind)
