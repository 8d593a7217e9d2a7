"""Claims about the modality gap, each with its source and what decides it: one entry each, here or in another package.

Never red because science disagrees: a claim holds, does not hold, or is undecided on the rows at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from mmgap.analysis.claim import Claim, Judgement, Region, judged
from mmgap.analysis.claim_evidence import GAP, REFERENCE, Evidence, Found, pairs_by_data
from mmgap.core.cache import Cache
from mmgap.core.messages import N_
from mmgap.core.registry import Registry
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row

#: Claim by its name.
registry: Registry[Claim] = Registry("claim", "mmgap.claims")

THESIS = "Lazar Crisan 2024, 5.4 and tables 5.5–5.7"
LIANG = "Liang et al. 2022, arXiv:2203.02053"

_POINTS = "points"
_GAP_CHANGE = N_("change of the corrected gap")
_RECALL_CHANGE = N_("change of R@1, mean of both ways")


def _own(
    name: str,
    says: str,
    source: str,
    measure: str,
    region: Region,
    evidence: Callable[[Evidence], Iterable[Found]],
    unit: str | None = None,
) -> None:
    registry.register(name)(Claim(name, says, source, measure, region, evidence, unit))


def _in_language(evidence: Evidence, language: str, loss: str, against: str) -> Iterator[Found]:
    """Changes of R@1 on data sets of one language."""
    for found in evidence.loss_change(loss, against, "recall"):
        if str(found.rows[0]["cell"]["dataset"]).partition(":")[0].endswith(f"-{language}"):
            yield found


def _hubs_before_gap(evidence: Evidence) -> Iterator[Found]:
    """R@1 from text to image: what nnn adds less what centre adds."""
    nnn = (
        Found(found.data.partition(" · nnn")[0], found.effect, found.rows)
        for found in evidence.space_change("nnn", "t2i_r1_own")
    )
    return pairs_by_data(nnn, evidence.space_change("centre", "t2i_r1_own"))


_own(
    "ce-lowers-gap",
    N_("Training with the contrastive loss lowers the gap."),
    THESIS,
    _GAP_CHANGE,
    Region(high=0.0),
    lambda evidence: evidence.loss_change(REFERENCE, INITIAL, GAP),
)
_own(
    "anti-lowers-gap-further",
    N_("The antipodal term lowers the gap further than the contrastive loss alone."),
    THESIS,
    _GAP_CHANGE,
    Region(high=0.0),
    lambda evidence: evidence.loss_change("ce+anti", REFERENCE, GAP),
)
_own(
    "anti-costs-little",
    N_("The antipodal term costs at most 2 points of R@1."),
    THESIS,
    _RECALL_CHANGE,
    Region(low=-0.02),
    lambda evidence: evidence.loss_change("ce+anti", REFERENCE, "recall"),
    _POINTS,
)
_own(
    "variance-alone-does-nothing",
    N_("The variance term alone changes the gap by less than 0.02."),
    THESIS,
    _GAP_CHANGE,
    Region(-0.02, 0.02),
    lambda evidence: evidence.loss_change("ce+var", REFERENCE, GAP),
)
_own(
    "variance-undoes-antipodal",
    N_("With the antipodal term the variance term undoes some of what that closed."),
    THESIS,
    _GAP_CHANGE,
    Region(low=0.0),
    lambda evidence: evidence.loss_change("ce+anti+var", "ce+anti", GAP),
)
_own(
    "inter-ruins-english",
    N_("The inter-modal term costs more than 5 points of R@1 in English."),
    THESIS,
    _RECALL_CHANGE,
    Region(high=-0.05),
    partial(_in_language, language="en", loss="ce+intra+inter", against="ce+intra"),
    _POINTS,
)
_own(
    "inter-spares-spanish",
    N_("The inter-modal term costs at most 5 points of R@1 in Spanish."),
    THESIS,
    _RECALL_CHANGE,
    Region(low=-0.05),
    partial(_in_language, language="es", loss="ce+intra+inter", against="ce+intra"),
    _POINTS,
)
_own(
    "reruns-differ-little",
    N_("Trainings that differ by their seed alone differ by half a point of R@1 at most (standard deviation)."),
    THESIS,
    N_("standard deviation of R@1 T→I over seeds"),
    Region(high=0.005),
    lambda evidence: evidence.seeds_spread("t2i_r1_pool90_own"),
    _POINTS,
)
_own(
    "misalignment-goes-with-retrieval",
    N_("Over losses, R@1 is the higher the lower the misalignment."),
    THESIS,
    N_("correlation of misalignment and R@1 over losses"),
    Region(high=0.0),
    lambda evidence: evidence.correlation("misalignment"),
)
_own(
    "gap-at-initialisation",
    N_("There is a gap above 0.1 before any training."),
    LIANG,
    N_("corrected gap with random weights"),
    Region(low=0.1),
    lambda evidence: evidence.gaps(("tiny-random", "features_clip_random")),
)
_own(
    "best-shift-changes-little",
    N_("Shifting both modalities along the gap changes R@1 by less than 1 point, even at the best distance."),
    "Liang et al. 2022, arXiv:2203.02053, table 1",
    N_("change of R@1 at the best strength, mean of both ways"),
    Region(-0.01, 0.01),
    lambda evidence: evidence.best_strength("shift", "recall"),
    _POINTS,
)
_own(
    "centring-improves-retrieval",
    N_("Closing the gap by centring improves R@1."),
    N_("a question that public trackers repeat"),
    _RECALL_CHANGE,
    Region(low=0.0),
    lambda evidence: evidence.space_change("centre", "recall"),
    _POINTS,
)
_own(
    "hubs-before-gap",
    N_("Removing hubs gains more R@1 from text to image than closing the gap."),
    "Chowdhury et al. 2024 (NNN), arXiv:2410.24114",
    N_("gain by nnn less gain by centre, R@1 T→I"),
    Region(low=0.0),
    _hubs_before_gap,
    _POINTS,
)
_own(
    "closed-gap-stands-noise",
    N_("With a closed gap retrieval stands noise better."),
    "arXiv:2603.29080",
    N_("change of R@1 T→I from noisy vectors, by centring"),
    Region(low=0.0),
    lambda evidence: evidence.space_change("centre", "t2i_r1_own_noise"),
    _POINTS,
)


def scoreboard(rows: Iterable[Row], folder: Path, cache: Cache) -> dict[str, list[Judgement]]:
    """Return what rows decide of every claim: its name → a judgement for each set of data that has the evidence.

    Args:
        rows: of any experiments; unfinished ones are left out.
        folder: of their report, where derived results are looked for.
        cache: where their arrays lie.
    """
    evidence = Evidence(tuple(row for row in rows if row["status"] == "ok"), folder, cache)
    return {name: [judged(claim, found) for found in claim.evidence(evidence)] for name, claim in _claims().items()}


def _claims() -> dict[str, Claim]:
    """Every claim, those of mmgap in their order first."""
    return {name: registry.get(name) for name in registry.specs()}
