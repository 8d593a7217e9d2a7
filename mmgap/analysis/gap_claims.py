"""Claims about the modality gap, each with its source and what decides it, those of other packages among them.

Never red because science disagrees: a claim holds, does not hold, or is undecided on the rows at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mmgap.analysis.claim import Claim, Judgement, judged
from mmgap.analysis.claim_evidence import Evidence
from mmgap.analysis.field_claims import FIELD_CLAIMS
from mmgap.analysis.thesis_claims import THESIS_CLAIMS
from mmgap.core.cache import Cache
from mmgap.core.registry import Registry
from mmgap.rows.row import Row

#: Claim by its name.
registry: Registry[Claim] = Registry("claim", "mmgap.claims")
for _claim in (*THESIS_CLAIMS, *FIELD_CLAIMS):
    registry.register(_claim.name)(_claim)


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
