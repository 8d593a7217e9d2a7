"""The catalogue of what experiments record beside the metrics of a space: trainings, comparisons, speed, theory."""

from __future__ import annotations

from functools import partial

from mmgap.core.messages import N_
from mmgap.metrics.catalogue_entry import COSINE, DISTANCE, NOT_NEGATIVE, PER_CENT, Metric
from mmgap.metrics.space_entries import cosine

_count = partial(Metric, unit="count", range=NOT_NEGATIVE)
_gap = partial(Metric, range="[0, 2]", family=DISTANCE)
_cosine = partial(Metric, range=COSINE)

TRAINING = (
    _gap(
        "gap_at_start",
        N_("gap before training"),
        help=N_("gap of the validation split before training, an amended start's shift included"),
    ),
    _gap("gap_lowest", N_("lowest gap of an epoch"), help=N_("smallest gap of the validation split after any epoch")),
    _gap("gap_at_end", N_("gap after training"), help=N_("gap of the validation split after the last epoch")),
    Metric(
        "logit_scale",
        N_("logit scale"),
        range="> 0",
        help=N_("factor of the cosines in the loss at the end of training: the inverse of its temperature"),
    ),
    _count(
        "epochs_run",
        N_("epochs"),
        help=N_("epochs that were trained; fewer than asked for where training stopped early"),
    ),
    _count("best_epoch", N_("best epoch"), help=N_("the epoch that did best on the validation split")),
    _count("steps", N_("steps"), help=N_("updates of the weights, one a batch")),
    Metric(
        "copositives",
        N_("co-positives"),
        unit="share",
        range=PER_CENT,
        better=False,
        help=N_(
            "share of a training batch's items whose caption another item of the batch has too: the loss takes"
            " these for negatives"
        ),
    ),
)

COMPARISON = (
    Metric(
        "top1",
        N_("top-1"),
        unit="share",
        range=PER_CENT,
        better=True,
        help=N_("share of images whose most similar caption is one of their own; chance is 1/N with a caption each"),
    ),
    _cosine(
        "diagonal_mean",
        N_("diagonal mean"),
        better=True,
        help=N_("mean cosine of the pairs: the diagonal of the similarity matrix"),
    ),
    Metric("diagonal_sd", N_("diagonal sd"), range=NOT_NEGATIVE, help=N_("spread of the same over the pairs")),
    _cosine("diagonal_min", N_("diagonal min"), help=N_("the least similar pair")),
    _cosine("diagonal_max", N_("diagonal max"), help=N_("the most similar pair")),
    _cosine(
        "off_diagonal_mean", N_("off-diagonal mean"), help=N_("mean cosine of images with the captions of other images")
    ),
    Metric("off_diagonal_sd", N_("off-diagonal sd"), range=NOT_NEGATIVE, help=N_("spread of the same")),
    _cosine("image_within_category", N_("I–I within categories"), help=N_("mean cosine of two images of one category")),
    _cosine(
        "image_between_category",
        N_("I–I between categories"),
        help=N_("mean cosine of two images of different categories"),
    ),
    _cosine(
        "text_within_category", N_("T–T within categories"), help=N_("mean cosine of two captions of one category")
    ),
    _cosine(
        "text_between_category",
        N_("T–T between categories"),
        help=N_("mean cosine of two captions of different categories"),
    ),
    _cosine(
        "pair_within_category",
        N_("I–T within categories"),
        help=N_("mean cosine of an image with another image's caption, both of one category"),
    ),
    _cosine(
        "pair_between_category",
        N_("I–T between categories"),
        help=N_("mean cosine of an image with a caption of another category"),
    ),
)

_mixed = partial(Metric, family=N_("one index of images and texts"))

MIXED = tuple(
    _mixed(
        f"mixed_{way}_{name}{by}",
        f"{label} {arrow}{told}",
        unit=unit,
        range=span,
        better=better,
        help=help_,
        legend=label,
    )
    for name, label, unit, span, better, help_, searches in (
        (
            "share10",
            N_("other modality in top 10"),
            "share",
            PER_CENT,
            None,
            N_(
                "share of the other modality among the first 10 of a query in one index of all images and texts but"
                " itself; T→I: texts ask, images are the other modality"
            ),
            True,
        ),
        (
            "r1",
            N_("own first of all"),
            "share",
            PER_CENT,
            True,
            N_("share of queries whose own item of the other modality comes first of all images and texts"),
            True,
        ),
        (
            "ndcg10",
            "NDCG@10",
            None,
            "[0, 1]",
            True,
            N_("relevant are own items of both modalities; the ideal order holds all of them, found or not"),
            False,
        ),
        ("mrr", "MRR", None, "(0, 1]", True, N_("mean of 1/rank of the own item of the other modality"), False),
        ("median_rank", N_("median rank"), None, "≥ 1", False, N_("of the own item of the other modality"), False),
    )
    for way, arrow in (("t2i", "T→I"), ("i2t", "I→T"))
    for by, told in (("", ""), ("_flat", ", flat"), ("_hnsw", ", HNSW"), ("_ivfpq", ", IVF-PQ"))
    if searches or not by
)

#: Of random networks, and of the intervals of simulated spaces: these go by their own names.
SIMULATIONS = (
    cosine("cosine_mean"),
    cosine("cosine_min"),
    cosine("cosine_between_seeds"),
    Metric("gap_p_below_5", unit="share", range=PER_CENT, family=DISTANCE),
)
