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

#: With the figures of faiss's indexes, which go by their own names.
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
        _mixed_share(f"mixed_{way}_{name}_{index}", better=better)
        for index in ("flat", "hnsw", "ivfpq")
        for name, better in (("share10", None), ("r1", True))
        for way in ("t2i", "i2t")
    ),
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

_transfer = partial(Metric, family=N_("what a representation tells"))
_classes = partial(Metric, unit="share", range=PER_CENT, better=True, family=N_("classes of images"))
_differences = partial(Metric, family=N_("the gap as one constant vector (C3)"))
_shared = partial(Metric, family=N_("images that share a caption"))
_layers = partial(Metric, range="≤ 1", family=N_("debiased CKA of layers"))
_IMBALANCE = N_(
    "information imbalance: mean rank in the second modality of an item's nearest neighbour in the first, over (N/2);"
    " near 0 where the first predicts the second, 1 where it tells nothing"
)
_SHARED_HELP = N_(
    "of images whose caption is that of 1, of 2 or 3, of 4 images or more: the gap of their vectors corrected for"
    " noise, R@1 T→I over the full set by own pairs and by any image under the caption"
)

#: Of `benchmarks/test_transfer.py`.
TRANSFER = (
    _transfer("imbalance_i2t", N_("imbalance image → text"), range="(0, 2)", better=False, help=_IMBALANCE),
    _transfer("imbalance_t2i", N_("imbalance text → image"), range="(0, 2)", better=False, help=_IMBALANCE),
    _transfer(
        "information_bound",
        N_("information, at least"),
        range="≤ ln N",
        better=True,
        help=N_(
            "InfoNCE's lower bound on the mutual information of image and text, in nats: ln N less the loss at a logit"
            " scale chosen on validation; it cannot pass its ceiling ln N"
        ),
    ),
    _transfer("information_ceiling", N_("its ceiling ln N"), range=NOT_NEGATIVE, help=N_("ln N, in nats")),
    _transfer("information_scale", N_("its logit scale"), range="[1, 300]", help=N_("at which the bound is taken")),
    _transfer(
        "v_measure_modality",
        N_("clusters by modality"),
        range="[0, 1]",
        better=False,
        help=N_("V-measure of two k-means clusters of all images and texts against the modality; 1 where a gap parts"),
    ),
    *(
        _differences(f"c3_{name}", label, range=values, help=meaning)
        for name, label, values, meaning in (
            ("length", N_("gap of 100 pairs"), "[0, 2]", N_("mean length of the gap over groups of 100 pairs")),
            ("length_sd", N_("sd of that gap"), NOT_NEGATIVE, N_("over the groups")),
            (
                "direction",
                N_("direction of the gap"),
                COSINE,
                N_("mean cosine of the gaps of two groups; 1 for a constant"),
            ),
            (
                "along_images",
                N_("along images"),
                "[0, 1]",
                N_("mean |cosine| of the gap with the difference of two images; 0 where it is orthogonal to all"),
            ),
            ("along_texts", N_("along texts"), "[0, 1]", N_("the same with the difference of two texts")),
            ("noise_sd", N_("noise"), NOT_NEGATIVE, N_("sd, over pairs and dimensions, of x − y around the gap")),
            (
                "noise_direction",
                N_("direction of the noise"),
                COSINE,
                N_("mean cosine of that of two pairs; 0 for noise"),
            ),
        )
    ),
    _classes("probe", N_("linear probe"), help=N_("logistic regression of train images' vectors, on test images")),
    _classes(
        "probe_cross", N_("probe of images on texts"), help=N_("the same regression, on the texts of test images")
    ),
    _classes("knn5", N_("5 neighbours"), help=N_("class of most of the 5 nearest train images")),
    _classes("zero_shot", N_("zero-shot"), help=N_("class whose name, in the data's prompt, is the nearest text")),
    *(
        _classes(
            f"consistency{k}",
            f"consistency@{k}",
            help=N_("how often the zero-shot class is that of most of the k nearest train images (CyCLIP)"),
            legend=N_("consistency@k"),
        )
        for k in (1, 3, 5, 10)
    ),
    Metric(
        "v_measure_class",
        N_("clusters by class"),
        range="[0, 1]",
        better=True,
        family=N_("classes of images"),
        help=N_("V-measure of k-means clusters of all images and texts against their classes, as many as these"),
    ),
    *(
        entry
        for least, gap, own, found in (
            (1, N_("gap, caption of 1"), N_("R@1 own, of 1"), N_("R@1 any, of 1")),
            (2, N_("gap, of 2–3"), N_("R@1 own, of 2–3"), N_("R@1 any, of 2–3")),
            (4, N_("gap, of 4+"), N_("R@1 own, of 4+"), N_("R@1 any, of 4+")),
        )
        for entry in (
            _shared(f"shared{least}_gap", gap, range="[0, 2]", help=_SHARED_HELP, legend=N_("caption of n images")),
            *(
                _shared(
                    f"shared{least}_{name}",
                    label,
                    unit="share",
                    range=PER_CENT,
                    better=True,
                    help=_SHARED_HELP,
                    legend=N_("caption of n images"),
                )
                for name, label in (("r1_own", own), ("r1", found))
            ),
        )
    ),
    *(
        _layers(name, label, help=meaning)
        for name, label, meaning in (
            (
                "cka_image_first",
                N_("images, first layer"),
                N_("the image tower's first layer before and after training"),
            ),
            ("cka_image_last", N_("image vectors"), N_("image vectors before and after training")),
            ("cka_text_first", N_("texts, first layer"), N_("the text tower's first layer before and after training")),
            ("cka_text_last", N_("text vectors"), N_("text vectors before and after training")),
            ("cka_pairs", N_("images with texts"), N_("image vectors and the vectors of their texts")),
        )
    ),
    Metric(
        "cka_pairs_p",
        N_("p of that CKA"),
        unit="p",
        range="(0, 1]",
        family=N_("debiased CKA of layers"),
        help=N_("of the same, from shuffled pairs"),
    ),
)

#: Of random networks, and of the intervals of simulated spaces: these go by their own names.
SIMULATIONS = (
    cosine("cosine_mean"),
    cosine("cosine_min"),
    cosine("cosine_between_seeds"),
    Metric("gap_p_below_5", unit="share", range=PER_CENT, family=DISTANCE),
)
