"""Whether a number agrees with a definition on a problem: up to its unit, rounding, precision and order of ties."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mmgap.core.messages import N_, Message, joined
from mmgap.testing.audit.claimed_names import RANKING, RANKS
from mmgap.testing.audit.definition import Definition
from mmgap.testing.audit.problem import Problem

#: Relative to the unit: what float32 gives, and what half precision gives.
_CLOSE, _HALF = 3e-5, 2e-2

#: Unit → (offset, factor).
_UNITS: dict[str, tuple[float, float]] = {
    N_("as a share"): (0.0, 1.0),
    N_("in per cent"): (0.0, 100.0),
    N_("1 − it"): (1.0, -1.0),
    N_("negated"): (0.0, -1.0),
    N_("100 − it"): (100.0, -100.0),
    N_("2 × it"): (0.0, 2.0),
    N_("2.5 × it"): (0.0, 2.5),
    N_("half of it"): (0.0, 0.5),
    N_("exponential of it"): (0.0, 0.0),
    N_("number of queries"): (0.0, 0.0),
}


@dataclass(frozen=True)
class Candidate:
    """A definition in a unit, rounded to so many decimals."""

    definition: Definition
    unit: str
    decimals: int | None = None

    def words(self) -> Message:
        """Say what it computes."""
        plain = self.definition.quantity not in RANKING or self.definition.quantity in RANKS
        if plain and self.unit == "as a share":
            return self.definition.words
        return joined(", ", [self.definition.words, Message(self.unit)])

    def like(self, other: Candidate) -> bool:
        """Return whether both have the same unit and the same side asks."""
        return (self.unit, self.definition.side) == (other.unit, other.definition.side)

    def ends(self, problem: Problem) -> list[tuple[float, float]]:
        """Return its lowest and highest value by each convention that the problem leaves open."""
        return [self._in_unit(ends, problem) for ends in _all_ends(self.definition, problem)]

    def expected(self, problem: Problem) -> tuple[float, float]:
        """Return its lowest and highest value by the first convention."""
        return self.ends(problem)[0]

    def agrees(self, problem: Problem, value: float) -> bool:
        """Return whether a value is one that the definition may have; so where it has none."""
        for low, high in self.ends(problem):
            if math.isnan(low):
                return True
            undefined = problem.name == "unanswered" if self.definition.tied else problem.name in ("few", "constant")
            if undefined and math.isnan(value):
                return True
            scale = max(1.0, abs(low), abs(high)) if self.unit != "in per cent" else 100.0
            slack = (_HALF if problem.dtype == "float16" else _CLOSE) * scale + self.rounding
            if low - slack <= value <= high + slack:
                return True
        return False

    @property
    def rounding(self) -> float:
        """How far rounding moves a value."""
        return 0.0 if self.decimals is None else 0.5001 * 10.0**-self.decimals

    def in_order(self, problem: Problem, ties: str) -> float:
        """Return its value under a rule for ties."""
        value = self.definition.value(problem, ties)
        return self._in_unit((value, value), problem)[0]

    def _in_unit(self, ends: tuple[float, float], problem: Problem) -> tuple[float, float]:
        offset, factor = _UNITS[self.unit]
        if self.unit == "exponential of it":
            return math.exp(ends[0]), math.exp(ends[1])
        if self.unit == "number of queries":
            sides = {"rows": len(problem.images), "columns": len(problem.texts)}
            factor = sides.get(self.definition.side, sum(sides.values()))
        low, high = offset + factor * ends[0], offset + factor * ends[1]
        return (high, low) if factor < 0 else (low, high)


@lru_cache(maxsize=1 << 16)
def _all_ends(definition: Definition, problem: Problem) -> tuple[tuple[float, float], ...]:
    with np.errstate(all="ignore"):
        if problem.name == "unnormalised" and definition.tied and problem.given is None:
            return tuple(definition.ends(ranked_by(problem, by)) for by in ("cosine", "dot", "distance"))
        ends = definition.ends(problem)
    if problem.name == "unanswered" and definition.tied:
        share = float(problem.relevance.any(axis=1).mean())
        low, high = ends
        return (ends, (share * low, share * high), (share * low + 1 - share, share * high + 1 - share))
    return (ends,)


@lru_cache(maxsize=256)
def ranked_by(problem: Problem, by: str) -> Problem:
    """Return the problem with its scores by "cosine", "dot" or "distance"."""
    return replace(problem, given=problem.scored(by))


def units_of(definition: Definition, name: str) -> Iterable[str]:
    """Return the units in which a definition may come, given the name of its number."""
    yield "as a share"
    if definition.quantity in RANKS:
        return
    yield "in per cent"
    if definition.quantity in RANKING or definition.quantity in ("class_recall", "class_precision", "f1"):
        if any(word in name.lower() for word in ("err", "miss", "loss", "fail", "fpr")):
            yield from ("1 − it", "100 − it")
        if definition.side == "both":
            yield "2 × it"
        if definition.tied:
            yield "number of queries"
        return
    yield from ("1 − it", "negated", "2 × it", "2.5 × it", "half of it")
    if definition.quantity == "uniformity":
        yield "exponential of it"


def decimals_of(values: Iterable[float]) -> int | None:
    """Return the fewest decimals, 1 to 4, that all values have; None where they have more, or that is no rounding.

    >>> decimals_of([43.8, 50.0, 31.2]), decimals_of([0.4375, 1 / 3])
    (1, None)
    """
    finite = [value for value in values if math.isfinite(value)]
    large = max((abs(value) for value in finite), default=0) > 1.5
    for decimals in (1, 2, 3, 4):
        if (large or decimals > 1) and all(
            abs(round(value, decimals) - value) < 1e-6 * max(1, abs(value)) for value in finite
        ):
            return decimals
    return None
