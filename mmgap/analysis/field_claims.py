"""What the field says of the modality gap since 2022, each with what decides it."""

from __future__ import annotations

from collections.abc import Iterator

from mmgap.analysis.claim import POINTS, Claim, Region
from mmgap.analysis.claim_evidence import GAP, REFERENCE, Evidence, Found, pairs_by_data
from mmgap.analysis.cone_evidence import gap_in_few
from mmgap.analysis.correlation_evidence import over_losses, over_representations, predicts_better
from mmgap.analysis.transfer_evidence import early_less_late, images_among_themselves, imbalance, loss_in_transfer
from mmgap.core.messages import N_

LIANG = "Liang et al. 2022, arXiv:2203.02053"
TWO_EFFECTS = "Schrodi et al. 2025 (two effects), arXiv:2404.07983"
KORNBLITH = "Kornblith et al. 2021, arXiv:2010.16402"


def _hubs_before_gap(evidence: Evidence) -> Iterator[Found]:
    """R@1 from text to image: what nnn adds less what centre adds."""
    nnn = (
        Found(found.data.partition(" · nnn")[0], found.effect, found.rows)
        for found in evidence.space_change("nnn", "t2i_r1_own")
    )
    return pairs_by_data(nnn, evidence.space_change("centre", "t2i_r1_own"))


#: In the order of their page.
FIELD_CLAIMS = (
    Claim(
        "last-layers-change",
        N_("Training changes the last layers more than the first."),
        KORNBLITH,
        N_("CKA with the untrained encoder at the first layer less that at the last"),
        Region(low=0.0),
        early_less_late,
    ),
    Claim(
        "separable-losses-transfer-less",
        N_("Losses that separate classes more transfer less."),
        KORNBLITH,
        N_("correlation of the V-measure of classes and the probe's accuracy over losses"),
        Region(high=0.0),
        lambda evidence: over_representations(evidence, "v_measure_class", "probe"),
    ),
    Claim(
        "gap-at-initialisation",
        N_("There is a gap above 0.1 before any training."),
        LIANG,
        N_("corrected gap with random weights"),
        Region(low=0.1),
        lambda evidence: evidence.gaps(("tiny-random", "features_clip_random")),
    ),
    Claim(
        "best-shift-changes-little",
        N_("Shifting both modalities along the gap changes R@1 by less than 1 point, even at the best distance."),
        "Liang et al. 2022, arXiv:2203.02053, table 1",
        N_("change of R@1 at the best strength, mean of both ways"),
        Region(-0.01, 0.01),
        lambda evidence: evidence.best_strength("shift"),
        POINTS,
    ),
    Claim(
        "best-gap-is-not-zero",
        N_("Retrieval is best at some gap, not at the least that shifting reaches."),
        LIANG,
        N_("R@1 at the best other strength less that at the least gap, mean of both ways"),
        Region(low=0.0),
        lambda evidence: evidence.best_less_least("shift"),
        POINTS,
    ),
    Claim(
        "scale-goes-with-gap",
        N_("Over losses, the gap is the larger the higher the logit scale (the lower the temperature)."),
        LIANG,
        N_("correlation of logit scale and corrected gap over losses"),
        Region(low=0.0),
        lambda evidence: over_losses(evidence, "logit_scale", GAP),
    ),
    Claim(
        "few-dimensions-hold-the-gap",
        N_("Five dimensions hold more than half of the squared gap."),
        TWO_EFFECTS,
        N_("share of the squared gap in five dimensions"),
        Region(low=0.5),
        lambda evidence: gap_in_few(evidence, 5),
    ),
    Claim(
        "images-tell-more",
        N_("Images tell more of their texts than texts tell of their images."),
        TWO_EFFECTS,
        N_("information imbalance from images to texts less that from texts to images"),
        Region(high=0.0),
        imbalance,
    ),
    Claim(
        "images-are-misaligned",
        N_("Images find their class less well among images than among texts."),
        "Mistretta et al. 2025 (Cross the Gap), disputed by Herzog 2026, arXiv:2603.16100",
        N_("accuracy by the 5 nearest images less that by the nearest text"),
        Region(high=0.0),
        images_among_themselves,
        POINTS,
    ),
    Claim(
        "closed-gap-clusters",
        N_("Losses that close the gap let classes cluster across modalities."),
        "ModGap 2026, arXiv:2601.18525",
        N_("change of the V-measure of classes by ce+align+cu"),
        Region(low=0.0),
        lambda evidence: loss_in_transfer(evidence, "ce+align+cu", REFERENCE, "v_measure_class"),
    ),
    Claim(
        "distributions-predict-better",
        N_("The difference of the covariances goes with R@1 more than the distance of the centroids does."),
        "arXiv:2604.00279",
        N_("difference of Fisher's z of both correlations over losses"),
        Region(low=0.0),
        lambda evidence: predicts_better(evidence, "frechet2_covariance", GAP),
    ),
    Claim(
        "centring-improves-retrieval",
        N_("Closing the gap by centring improves R@1."),
        N_("a question that public trackers repeat"),
        N_("change of R@1, mean of both ways"),
        Region(low=0.0),
        lambda evidence: evidence.space_change("centre", "recall"),
        POINTS,
    ),
    Claim(
        "hubs-before-gap",
        N_("Removing hubs gains more R@1 from text to image than closing the gap."),
        "Chowdhury et al. 2024 (NNN), arXiv:2410.24114",
        N_("gain by nnn less gain by centre, R@1 T→I"),
        Region(low=0.0),
        _hubs_before_gap,
        POINTS,
    ),
    Claim(
        "closed-gap-stands-noise",
        N_("With a closed gap retrieval stands noise better."),
        "arXiv:2603.29080",
        N_("change of R@1 T→I from noisy vectors, by centring"),
        Region(low=0.0),
        lambda evidence: evidence.space_change("centre", "t2i_r1_own_noise"),
        POINTS,
    ),
)
