"""The catalogue of what is recorded of a representation's use: information, classes, shared captions, layers."""

from __future__ import annotations

from functools import partial

from mmgap.core.messages import N_
from mmgap.metrics.catalogue_entry import COSINE, NOT_NEGATIVE, PER_CENT, Metric

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
    _classes(
        "zero_shot", N_("zero-shot class"), help=N_("class whose name, in the data's prompt, is the nearest text")
    ),
    *(
        _classes(
            f"consistency{k}",
            label,
            help=N_("how often the zero-shot class is that of most of the k nearest train images (CyCLIP)"),
            legend=N_("consistency@k"),
        )
        for k, label in (
            (1, N_("consistency@1")),
            (3, N_("consistency@3")),
            (5, N_("consistency@5")),
            (10, N_("consistency@10")),
        )
    ),
    Metric(
        "v_measure_class",
        N_("clusters by class"),
        range="[0, 1]",
        better=True,
        family=N_("classes of images"),
        help=N_("V-measure of k-means clusters of all images and texts against their classes, as many as these"),
    ),
    Metric(
        "v_measure_chance",
        N_("by shuffled classes"),
        range="[0, 1]",
        family=N_("classes of images"),
        help=N_("the same of classes that are shuffled: what chance gives"),
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
