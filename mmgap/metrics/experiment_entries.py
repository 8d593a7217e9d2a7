"""The catalogue of what experiments record beside the metrics of a space: trainings, comparisons, speed, theory."""

from __future__ import annotations

from functools import partial

from mmgap.core.messages import N_
from mmgap.metrics.catalogue_entry import COSINE, DISTANCE, NOT_NEGATIVE, PER_CENT, RECALL, Metric
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
    Metric(
        "logit_scale_i2t",
        N_("logit scale I→T"),
        range="> 0",
        help=N_("the same from image to text, where each direction learned a scale of its own: ce(tilt=0)"),
    ),
    Metric(
        "logit_scale_t2i",
        N_("logit scale T→I"),
        range="> 0",
        help=N_("the same from text to image"),
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

_SHARE_HELP = N_(
    "share of the other modality among the first 10 of a query in one index of all images and texts but itself; T→I:"
    " texts ask, images are the other modality"
)
_FIRST_HELP = N_("share of queries whose own item of the other modality comes first of all images and texts")
_NDCG_HELP = N_("relevant are own items of both modalities; the ideal order holds all of them, found or not")
_OWN_HELP = N_("of the own item of the other modality")
_MRR_HELP = N_("mean of 1/rank of the own item of the other modality")
_mixed = partial(Metric, family=N_("one index of images and texts"))
_mixed_share = partial(_mixed, unit="share", range=PER_CENT)

_INDEX = N_("the same from an index of faiss: exact (Flat), by a graph (HNSW), by product codes in cells (IVF-PQ)")

#: Figures of faiss's indexes: how each is called, and whether more of it is better.
_BY_INDEX = (
    ("mixed_t2i_share10_flat", N_("images in top 10 of texts, Flat"), None),
    ("mixed_i2t_share10_flat", N_("texts in top 10 of images, Flat"), None),
    ("mixed_t2i_r1_flat", N_("own image first of all, Flat"), True),
    ("mixed_i2t_r1_flat", N_("own text first of all, Flat"), True),
    ("mixed_t2i_share10_hnsw", N_("images in top 10 of texts, HNSW"), None),
    ("mixed_i2t_share10_hnsw", N_("texts in top 10 of images, HNSW"), None),
    ("mixed_t2i_r1_hnsw", N_("own image first of all, HNSW"), True),
    ("mixed_i2t_r1_hnsw", N_("own text first of all, HNSW"), True),
    ("mixed_t2i_share10_ivfpq", N_("images in top 10 of texts, IVF-PQ"), None),
    ("mixed_i2t_share10_ivfpq", N_("texts in top 10 of images, IVF-PQ"), None),
    ("mixed_t2i_r1_ivfpq", N_("own image first of all, IVF-PQ"), True),
    ("mixed_i2t_r1_ivfpq", N_("own text first of all, IVF-PQ"), True),
)

#: With the figures of faiss's indexes.
MIXED = (
    _mixed_share("mixed_t2i_share10", N_("images in top 10 of texts"), help=_SHARE_HELP),
    _mixed_share("mixed_i2t_share10", N_("texts in top 10 of images"), help=_SHARE_HELP),
    _mixed_share("mixed_t2i_r1", N_("own image first of all"), better=True, help=_FIRST_HELP),
    _mixed_share("mixed_i2t_r1", N_("own text first of all"), better=True, help=_FIRST_HELP),
    _mixed("mixed_t2i_ndcg10", N_("NDCG@10 of texts"), range="[0, 1]", better=True, help=_NDCG_HELP),
    _mixed("mixed_i2t_ndcg10", N_("NDCG@10 of images"), range="[0, 1]", better=True, help=_NDCG_HELP),
    _mixed("mixed_t2i_mrr", N_("MRR of the own image"), range="(0, 1]", better=True, help=_MRR_HELP),
    _mixed("mixed_i2t_mrr", N_("MRR of the own text"), range="(0, 1]", better=True, help=_MRR_HELP),
    _mixed("mixed_t2i_median_rank", N_("median rank, own image"), range="≥ 1", better=False, help=_OWN_HELP),
    _mixed("mixed_i2t_median_rank", N_("median rank, own text"), range="≥ 1", better=False, help=_OWN_HELP),
    *(
        _mixed_share(name, label, better=better, help=_INDEX, legend=N_("by an index of faiss …"))
        for name, label, better in _BY_INDEX
    ),
)

_judged = partial(Metric, unit="share", range=PER_CENT, better=True, family=N_("by further judges"))
_JUDGED_HIT = N_("share of the judged queries with a relevant item among the first k, by further judges' positives")
_R_PRECISION = N_("share of relevant items among the first R, R being the number of a query's relevant items")
_MAP_AT_R = N_("mean over the first R places of the precision up to each that holds a relevant item, 0 for the others")

_JUDGED = N_("R@k by further judges")
_judged_hit = partial(_judged, help=_JUDGED_HIT, legend=_JUDGED)

#: Where further judges say what matches: of COCO's captions ECCV Caption.
JUDGED = (
    _judged_hit("judged_t2i_r1", N_("R@1 T→I by further judges")),
    _judged_hit("judged_t2i_r5", N_("R@5 T→I by further judges")),
    _judged_hit("judged_t2i_r10", N_("R@10 T→I by further judges")),
    _judged("judged_t2i_rprecision", N_("R-precision T→I"), help=_R_PRECISION, legend=N_("R-precision")),
    _judged("judged_t2i_map_at_r", N_("mAP@R T→I"), help=_MAP_AT_R, legend=N_("mAP@R")),
    _judged_hit("judged_i2t_r1", N_("R@1 I→T by further judges")),
    _judged_hit("judged_i2t_r5", N_("R@5 I→T by further judges")),
    _judged_hit("judged_i2t_r10", N_("R@10 I→T by further judges")),
    _judged("judged_i2t_rprecision", N_("R-precision I→T"), help=_R_PRECISION, legend=N_("R-precision")),
    _judged("judged_i2t_map_at_r", N_("mAP@R I→T"), help=_MAP_AT_R, legend=N_("mAP@R")),
)

_robust = partial(Metric, unit="share", range=PER_CENT, better=True, family=N_("robustness"))
_ROBUST_HELP = N_(
    "R@1 by own pairs over the full set from spoiled vectors: Gaussian noise about half as long as a row on queries and"
    " gallery; the gallery in 8 bits a coordinate (faiss QT_8bit); sign bits of both, by Hamming distance; the gallery"
    " in product codes, one for 8 dimensions. What a scorer adds to an item stays exact"
)

ROBUSTNESS = (
    *(
        _robust(f"{way}_r1_own_{kind}", label, help=_ROBUST_HELP, legend=N_("R@1, noise …"))
        for way, kind, label in (
            ("t2i", "noise", N_("R@1 T→I, noise")),
            ("t2i", "int8", N_("R@1 T→I, 8 bits")),
            ("t2i", "binary", N_("R@1 T→I, sign bits")),
            ("t2i", "pq", N_("R@1 T→I, product codes")),
            ("i2t", "noise", N_("R@1 I→T, noise")),
            ("i2t", "int8", N_("R@1 I→T, 8 bits")),
            ("i2t", "binary", N_("R@1 I→T, sign bits")),
            ("i2t", "pq", N_("R@1 I→T, product codes")),
        )
    ),
    _robust(
        "t2i_wording",
        N_("same answer in other words"),
        help=N_(
            "how likely another caption of an image finds it first, given that one does (own pair, full set): 100 %"
            " where the wording does not matter"
        ),
    ),
)

#: Of random networks, and of the intervals of simulated spaces.
SIMULATIONS = (
    cosine("cosine_mean"),
    cosine("cosine_min"),
    cosine("cosine_between_seeds"),
    Metric("gap_p_below_5", N_("no gap: rejected at 5 %"), unit="share", range=PER_CENT, family=DISTANCE),
    Metric("t2i_r1_pool_own", N_("R@1 T→I (pool, own pair)"), unit="share", range=PER_CENT, family=RECALL),
)
