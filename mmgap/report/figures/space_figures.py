"""The figures of a measured space, of spaces beside each other, and of what vectors are good for."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.report.figures.kinds import own_figure

SPACE_FIGURES = (
    # a measured space
    own_figure(
        "cosines",
        "measured_space:cosines",
        N_("Densities of all cosines: image–image, text–text, matched and unmatched image–text; dots mark the means."),
        N_("Cosines within and across modalities"),
        ("edges", "histogram_image", "histogram_text", "histogram_matched", "histogram_unmatched"),
        vector=True,
    ),
    own_figure(
        "map",
        "measured_space:pair_map",
        N_(
            "First two principal components of a sample of pairs; a line joins each image to its"
            " text, an arrow their means."
        ),
        N_("Pairs on the first two principal components of both modalities"),
        ("map_image", "map_text", "map_ids"),
        interactive="explored_maps:pair_map",
        ids="map_ids",
    ),
    own_figure(
        "similarity",
        "measured_space:similarity",
        N_("Cosines of a sample of images (rows) and their captions (columns), by id; pairs lie on the diagonal."),
        N_("Cosine of each image (row) with each caption (column)"),
        ("similarity", "sample_ids"),
        vector=True,
        interactive="explored_heatmaps:similarity",
        ids="sample_ids",
    ),
    # one index of images and texts
    own_figure(
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
    own_figure(
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
    own_figure(
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
    own_figure(
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
    own_figure(
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
    own_figure(
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
    own_figure(
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
    own_figure(
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
    own_figure(
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
)
