"""The catalogue of what is measured of a space of images and texts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from mmgap.core.messages import N_
from mmgap.metrics.catalogue_entry import COSINE, COSINES, DISTANCE, NOT_NEGATIVE, PER_CENT, RECALL, SPREAD, Metric

_distance = partial(Metric, family=DISTANCE)
_spread = partial(Metric, family=SPREAD)
cosine = partial(
    Metric,
    range=COSINE,
    family=COSINES,
    help=N_("cosines: I–I, T–T within a modality, matched and unmatched across them"),
    legend=N_("I–I, T–T …"),
)
_entropy = partial(
    Metric,
    help=N_("entropy of the softmax over a query's candidates at the stated logit scale; 0 when certain"),
    legend=N_("logit entropy"),
)

_hubs = partial(
    Metric,
    range="≤ (n − 2)/√(n − 1)",
    better=False,
    family=RECALL,
    help=N_(
        "skewness of N_k, the number of queries whose 10 nearest hold an item; 0 where all are found alike, large where"
        " a few hubs stand in most answers"
    ),
    legend=N_("hubness"),
)
_never = partial(
    Metric,
    unit="share",
    range=PER_CENT,
    better=False,
    family=RECALL,
    help=N_("share of items that are among the 10 nearest of no query"),
    legend=N_("never retrieved"),
)

_DISTANCES = (
    _distance(
        "gap",
        N_("gap"),
        range="[0, 2]",
        help=N_("distance between the mean image and the mean text; 0 for identical sets, and for shuffled pairs too"),
    ),
    _distance(
        "gap_corrected",
        N_("gap, corrected"),
        range="[0, 2]",
        help=N_(
            "the gap without what the noise of the two means adds to it; 0 at and below the floor, with the"
            " interval of the population's gap"
        ),
    ),
    _distance(
        "gap_floor",
        N_("gap, floor"),
        range="[0, 2]",
        help=N_("the gap that a sample of this size shows on average where there is none"),
    ),
    _distance(
        "gap_p",
        N_("p (no gap)"),
        unit="p",
        range="(0, 1]",
        help=N_("p of no gap at all, by sign flips over images; ≤: the test can give no smaller one"),
    ),
    _distance(
        "gap_share_top1",
        N_("gap² in 1 dimension"),
        range="[0, 1]",
        help=N_("share of gap² that the strongest single dimension carries"),
    ),
    _distance(
        "gap_share_top5",
        N_("gap² in 5 dimensions"),
        range="[0, 1]",
        help=N_("share of gap² that the five strongest dimensions carry"),
    ),
    _distance(
        "misalignment",
        N_("misalignment"),
        range="[0, 4]",
        better=False,
        help=N_("mean squared distance of the pairs; 0 only if each image equals its text"),
    ),
    _distance(
        "misalignment_centroid",
        N_("misalignment, centroids"),
        range="[0, 4]",
        help=N_("the part of the misalignment that the means explain: gap²"),
    ),
    _distance(
        "misalignment_residual",
        N_("misalignment, residual"),
        range="[0, 4]",
        help=N_("the rest of it: what remains when both means are removed"),
    ),
    _distance(
        "rmg",
        N_("RMG"),
        range="[0, 1]",
        help=N_(
            "relative modality gap: distance of the pairs against the distances within the modalities; 0 only if"
            " pairs coincide"
        ),
    ),
    _distance("l2i", N_("L2I"), range="[0, 2]", help=N_("mean distance of the pairs")),
    _distance("frechet2", N_("Fréchet²"), range=NOT_NEGATIVE, help=N_("gap² plus the difference of the covariances")),
    _distance(
        "frechet2_covariance",
        N_("Fréchet², covariance"),
        range=NOT_NEGATIVE,
        help=N_("the part of Fréchet² that is not the gap"),
    ),
    _distance(
        "mmd2_rbf",
        N_("MMD², Gaussian"),
        range="[0, 2]",
        help=N_("maximum mean discrepancy with a Gaussian kernel, squared; 0 for equal distributions"),
    ),
    _distance(
        "modality_separability",
        N_("separability"),
        range="[0, 1]",
        help=N_("held-out accuracy of a linear classifier of image against text; 0.5 when they mix"),
    ),
    _distance(
        "linear_cka",
        N_("linear CKA"),
        range="≤ 1",
        help=N_("similarity of both representations up to rotation and scale, debiased; about 0 without any"),
    ),
)

_SPREADS = (
    _spread(
        "uniformity",
        N_("uniformity"),
        range="≈ [−4, 0]",
        help=N_(
            "log mean Gaussian kernel (t = 2) within a modality, mean of both; 0 when collapsed, about −4 when"
            " spread over the sphere"
        ),
    ),
    _spread("uniformity_image", N_("uniformity, images"), range="≈ [−4, 0]", help=N_("the same over the images alone")),
    _spread("uniformity_text", N_("uniformity, texts"), range="≈ [−4, 0]", help=N_("the same over the texts alone")),
    _spread(
        "uniformity_with_diagonal",
        N_("uniformity, with i = j"),
        range="≈ [−4, 0]",
        help=N_("the same with each item paired with itself too"),
    ),
    _spread(
        "uniformity_cross",
        N_("uniformity, across"),
        range="[−8, 0]",
        help=N_("the same between images and texts (i > j, as CyCLIP's code has it)"),
    ),
    _spread(
        "effective_rank_image",
        N_("effective rank, images"),
        range="[1, min(N − 1, d)]",
        help=N_("dimensions the images really use"),
    ),
    _spread(
        "effective_rank_text",
        N_("effective rank, texts"),
        range="[1, min(N − 1, d)]",
        help=N_("dimensions the texts really use"),
    ),
)

_COSINES = (
    cosine("cosine_image_mean", N_("I–I mean")),
    cosine("cosine_image_std", N_("I–I sd"), range=NOT_NEGATIVE),
    cosine("cosine_image_min", N_("I–I min")),
    cosine("cosine_text_mean", N_("T–T mean")),
    cosine("cosine_text_std", N_("T–T sd"), range=NOT_NEGATIVE),
    cosine("cosine_text_min", N_("T–T min")),
    cosine("cosine_matched_mean", N_("matched mean"), better=True),
    cosine("cosine_matched_std", N_("matched sd"), range=NOT_NEGATIVE),
    cosine("cosine_unmatched_mean", N_("unmatched mean")),
    cosine("cosine_unmatched_std", N_("unmatched sd"), range=NOT_NEGATIVE),
)

_HUBS = (
    _hubs("hubness_i2t", N_("hubness I→T")),
    _hubs("hubness_t2i", N_("hubness T→I")),
    _never("never_retrieved_i2t", N_("never retrieved I→T")),
    _never("never_retrieved_t2i", N_("never retrieved T→I")),
)

_OTHERS = (
    _entropy("logit_entropy_i2t", N_("logit entropy I→T"), range="[0, ln M]"),
    _entropy("logit_entropy_t2i", N_("logit entropy T→I"), range="[0, ln N]"),
    Metric(
        "clip_loss",
        N_("CLIP loss"),
        range=NOT_NEGATIVE,
        better=False,
        help=N_("symmetric cross-entropy at the stated logit scale; ln N for a collapsed space"),
    ),
    Metric(
        "norm_deviation",
        N_("norm deviation"),
        range=NOT_NEGATIVE,
        help=N_("largest | ‖v‖ − 1 | among the vectors as given; all were normalised before measuring"),
    ),
    Metric(
        "duplicate_captions",
        N_("duplicate captions"),
        unit="count",
        range=NOT_NEGATIVE,
        help=N_("captions whose words also describe another image: retrieval of the own pair counts these as misses"),
    ),
    Metric(
        "texts_cut",
        N_("captions cut"),
        unit="count",
        range=NOT_NEGATIVE,
        help=N_("captions longer than the model's token limit (77 for CLIP): their end was not read"),
    ),
)

#: The same over all relevant pairs, where more pairs than own ones are relevant.
_ANY = {
    "misalignment": N_("misalignment, any match"),
    "rmg": N_("RMG, any match"),
    "l2i": N_("L2I, any match"),
    "cosine_matched_mean": N_("matched mean, any match"),
    "cosine_matched_std": N_("matched sd, any match"),
}

#: In the order of their families.
SPACE = (
    *_DISTANCES,
    *_SPREADS,
    *_COSINES,
    *_HUBS,
    *_OTHERS,
    *(
        replace(metric, name=f"{metric.name}_any", label=_ANY[metric.name])
        for metric in (*_DISTANCES, *_COSINES)
        if metric.name in _ANY
    ),
)
