"""Why a number follows no honest definition: the known defect that explains it, or where it goes wrong first."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

from mmgap.testing.audit.audit_finding import KIND_OF
from mmgap.testing.audit.candidates import agreeing, has_values
from mmgap.testing.audit.defect_definitions import defects_of
from mmgap.testing.audit.made_problems import HOSTILE
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.value_agreement import Candidate

#: Problems that leave a convention or a precision open, of which a defect may make anything.
_OPEN = ("ties", "constant", "half", "unnormalised")

Values = Sequence[tuple[Problem, float]]


def explained(found: Iterable[Candidate], values: Values, until: float) -> tuple[Candidate, Candidate] | None:
    """Return an honest candidate, and what a known defect makes of it, where that agrees with every value.

    Args:
        found: honest candidates, the likeliest first; those of unusual numbers of places are passed over.
        values: what the function gave.
        until: moment of `time.monotonic` at which the search ends.
    """
    plain = [one for one in values if one[0].name not in _OPEN]
    ordered = sorted(plain, key=lambda one: (one[0].name != "benign", len(one[0].images)))
    if len({round(value, 6) for _, value in ordered}) < 3:
        return None
    usual = list(found)
    if len({one.definition.k for one in usual}) > 3:
        usual = [one for one in usual if one.definition.k in (None, 1, 5, 10)]
    for candidate in usual:
        if time.monotonic() > until:
            break
        for wrong in defects_of(candidate.definition):
            defective = Candidate(wrong, candidate.unit, candidate.decimals)
            if all(defective.agrees(*one) for one in ordered) and _tells(candidate, defective, ordered):
                return candidate, defective
    return None


def _tells(candidate: Candidate, defective: Candidate, values: Values) -> bool:
    """Whether values show the defect: the honest one misses one, and the defect says something of most."""
    told = sum(not math.isnan(defective.expected(problem)[0]) for problem, _ in values)
    return not agreeing([candidate], values) and 2 * told > len(values)


def nearest(found: Iterable[Candidate], values: Values, until: float) -> Candidate | None:
    """Return the honest candidate that disagrees least, benign problems before all others.

    Args:
        found: candidates, the likeliest first.
        values: what the function gave.
        until: moment of `time.monotonic` at which the search ends.
    """
    best, least = None, math.inf
    ordered = sorted(values, key=lambda one: (one[0].name != "benign", len(one[0].images)))
    for candidate in found:
        if best is not None and time.monotonic() > until:
            break
        weight = 0.0
        for problem, value in ordered:
            weight += 0.0 if candidate.agrees(problem, value) else 10.0 if problem.name == "benign" else 1.0
            if weight >= least:
                break
        if weight < least and has_values(candidate, [problem for problem, _ in values]):
            best, least = candidate, weight
    return best


def first_failing(candidate: Candidate, values: Values) -> str:
    """Return the kind of the first hostile thing on which a candidate disagrees; empty where there is none."""
    wrong = {problem.name for problem, value in values if not candidate.agrees(problem, value)}
    return next((KIND_OF[name] for name in HOSTILE if name in wrong), "")
