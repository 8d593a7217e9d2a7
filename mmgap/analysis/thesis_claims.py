"""What the thesis says of the modality gap, each with what decides it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mmgap.analysis.claim import POINTS, Claim, Region
from mmgap.analysis.claim_evidence import GAP, REFERENCE, Evidence, Found
from mmgap.analysis.cone_evidence import pictogram_cones, spanish_cones
from mmgap.analysis.correlation_evidence import over_losses
from mmgap.core.messages import N_
from mmgap.rows.cell import INITIAL

THESIS = "Lazar Crisan 2024, 5.4 and tables 5.5–5.7"

_GAP_CHANGE = N_("change of the corrected gap")
_RECALL_CHANGE = N_("change of R@1, mean of both ways")


def _in_language(evidence: Evidence, language: str, loss: str, against: str) -> Iterator[Found]:
    """Changes of R@1 on data sets of one language."""
    for found in evidence.loss_change(loss, against, "recall"):
        if str(found.rows[0]["cell"]["dataset"]).partition(":")[0].endswith(f"-{language}"):
            yield found


#: In the order of their page.
THESIS_CLAIMS = (
    Claim(
        "ce-lowers-gap",
        N_("Training with the contrastive loss lowers the gap."),
        THESIS,
        _GAP_CHANGE,
        Region(high=0.0),
        lambda evidence: evidence.loss_change(REFERENCE, INITIAL, GAP),
    ),
    Claim(
        "anti-lowers-gap-further",
        N_("The antipodal term lowers the gap further than the contrastive loss alone."),
        THESIS,
        _GAP_CHANGE,
        Region(high=0.0),
        lambda evidence: evidence.loss_change("ce+anti", REFERENCE, GAP),
    ),
    Claim(
        "anti-costs-little",
        N_("The antipodal term costs at most 2 points of R@1."),
        THESIS,
        _RECALL_CHANGE,
        Region(low=-0.02),
        lambda evidence: evidence.loss_change("ce+anti", REFERENCE, "recall"),
        POINTS,
    ),
    Claim(
        "variance-alone-does-nothing",
        N_("The variance term alone changes the gap by less than 0.02."),
        THESIS,
        _GAP_CHANGE,
        Region(-0.02, 0.02),
        lambda evidence: evidence.loss_change("ce+var", REFERENCE, GAP),
    ),
    Claim(
        "variance-undoes-antipodal",
        N_("With the antipodal term the variance term undoes some of what that closed."),
        THESIS,
        _GAP_CHANGE,
        Region(low=0.0),
        lambda evidence: evidence.loss_change("ce+anti+var", "ce+anti", GAP),
    ),
    Claim(
        "inter-ruins-english",
        N_("The inter-modal term costs more than 5 points of R@1 in English."),
        THESIS,
        _RECALL_CHANGE,
        Region(high=-0.05),
        partial(_in_language, language="en", loss="ce+intra+inter", against="ce+intra"),
        POINTS,
    ),
    Claim(
        "inter-spares-spanish",
        N_("The inter-modal term costs at most 5 points of R@1 in Spanish."),
        THESIS,
        _RECALL_CHANGE,
        Region(low=-0.05),
        partial(_in_language, language="es", loss="ce+intra+inter", against="ce+intra"),
        POINTS,
    ),
    Claim(
        "reruns-differ-little",
        N_("Trainings that differ by their seed alone differ by half a point of R@1 at most (standard deviation)."),
        THESIS,
        N_("standard deviation of R@1 T→I over seeds"),
        Region(high=0.005),
        lambda evidence: evidence.seeds_spread("t2i_r1_pool90_own"),
        POINTS,
    ),
    Claim(
        "misalignment-goes-with-retrieval",
        N_("Over losses, R@1 is the higher the lower the misalignment."),
        THESIS,
        N_("correlation of misalignment and R@1 over losses"),
        Region(high=0.0),
        lambda evidence: over_losses(evidence, "misalignment", "recall"),
    ),
    Claim(
        "spanish-cone-is-narrower",
        N_("Spanish texts lie in a narrower cone than English ones."),
        THESIS,
        N_("mean cosine of Spanish texts less that of English ones"),
        Region(low=0.0),
        spanish_cones,
    ),
    Claim(
        "pictogram-cone-is-narrower",
        N_("Pictograms lie in a narrower cone than photos."),
        THESIS,
        N_("mean cosine of pictograms less that of photos"),
        Region(low=0.0),
        pictogram_cones,
    ),
)
