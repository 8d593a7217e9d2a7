"""A claim about the gap as a hypothesis: what it says, who said it, and what an interval decides of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from mmgap.analysis.claim_evidence import Evidence, Found
from mmgap.analysis.estimates import Estimate
from mmgap.analysis.training_effects import VERDICT_SEEDS
from mmgap.core.messages import N_

HOLDS, FAILS, OPEN = N_("holds"), N_("does not hold"), N_("undecided")

#: The unit of effects that are shares, shown in points of a hundred.
POINTS = "points"

#: Of an effect that is seen with a probability of 80 %: its distance from the bound in half-widths of the interval.
_SEEN = 1 + NormalDist().inv_cdf(0.8) / NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Region:
    """Where an effect lies if the claim is true.

    Attributes:
        low, high: its ends; None where it has none.
    """

    low: float | None = None
    high: float | None = None

    def verdict(self, effect: Estimate) -> str:
        """Return `HOLDS` where the whole interval lies inside, `FAILS` where it lies outside, else `OPEN`.

        >>> lower = Region(high=0.0)
        >>> [lower.verdict(Estimate((low + high) / 2, low, high, 3)) for low, high in ((-2, -1), (-1, 1), (1, 2))]
        ['holds', 'undecided', 'does not hold']
        """
        if effect.low is None or effect.high is None:
            return OPEN
        above = self.low is None or effect.low >= self.low
        below = self.high is None or effect.high <= self.high
        if above and below:
            return HOLDS
        beyond = (self.low is not None and effect.high < self.low) or (self.high is not None and effect.low > self.high)
        return FAILS if beyond else OPEN


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        name: short, lower-case, unlike any other's.
        says: the claim in a sentence, in English.
        source: who said it and where.
        measure: what its effect is, in English.
        region: where the effect lies if it is true.
        unit: "points" (effects are shares, shown in points of a hundred), or None for a plain number.
        evidence: what rows say of it, one entry a set of data.
    """

    name: str
    says: str
    source: str
    measure: str
    region: Region
    evidence: Callable[[Evidence], Iterable[Found]] = field(repr=False)
    unit: str | None = None


@dataclass(frozen=True)
class Judgement:
    """A claim on one set of data.

    Attributes:
        claim: which one.
        found: its effect there.
        verdict: `HOLDS`, `FAILS` or `OPEN`.
        why: of an undecided one that no interval decides, the reason; else empty.
        seen: the distance from the bound that these rows would have shown with a probability of 80 %; None without an
            interval.
    """

    claim: Claim
    found: Found
    verdict: str
    why: str = ""
    seen: float | None = None

    def plain(self) -> dict[str, Any]:
        """Return it ready for JSON; effects of the unit "points" are shares."""
        effect = self.found.effect
        return {
            "claim": self.claim.name,
            "says": self.claim.says,
            "source": self.claim.source,
            "data": self.found.data,
            "verdict": self.verdict,
            "why": self.why,
            "effect": effect.value,
            "low": effect.low,
            "high": effect.high,
            "seeds": effect.seeds,
            "seen": self.seen,
            "rows": [row["key"] for row in self.found.rows],
        }


def judged(claim: Claim, found: Found) -> Judgement:
    """Return what an effect says of a claim; a training of fewer than three seeds decides nothing."""
    effect = found.effect
    if effect.low is None or effect.high is None:
        return Judgement(claim, found, OPEN, N_("no interval"))
    seen = _SEEN * (effect.high - effect.low) / 2
    if found.trained and effect.seeds < VERDICT_SEEDS:
        return Judgement(claim, found, OPEN, N_("fewer than three seeds"), seen)
    return Judgement(claim, found, claim.region.verdict(effect), "", seen)
