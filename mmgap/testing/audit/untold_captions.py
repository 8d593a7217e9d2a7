"""Five texts an image for a function that nothing tells of them: does it find them by itself, and rightly so?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmgap.testing.audit.binding import with_base
from mmgap.testing.audit.candidates import wanted
from mmgap.testing.audit.made_problems import benign, hostile
from mmgap.testing.audit.observed import Place, observed
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.value_agreement import Candidate
from mmgap.testing.audit.verdicts import Judge, Values, Verdict


def untold_captions(judge: Judge, judged: dict[Place, Verdict], known: frozenset[str]) -> dict[Place, Verdict]:
    """Return the verdicts that five texts an image change: known defects, of functions that are right on pairs.

    One that takes text i for the partner of image i, or texts that stand in blocks, is right in its own way, and so is
    one that refuses; what follows nothing is said to be made for pairs.

    Args:
        judge: of a function that is right on pairs.
        judged: its verdicts.
        known: where its numbers stand.
    """
    binding = judge.binding
    told = binding.tells_owners or binding.given & {"targets", "gram", "ranks from 0", "ranks from 1", "order"}
    if binding.base > 1 or told:
        return {}
    few = [
        one for one in (*benign(5), *hostile(5)) if one.name in ("benign", "perfect", "odd") and len(one.images) < 20
    ]
    seen = observed(binding, few, judge.seconds, judge.until, known)
    five = replace(judge, binding=with_base(binding, 5))
    changed: dict[Place, Verdict] = {}
    for place, values in seen.values.items():
        honest = judged[place].honest if place in judged else None
        if honest is None or not honest.definition.tied or _right(honest, values) or five.follows(place, values):
            continue
        found = five.known(place, values, wanted(place[0], place[1], judge.claims))
        if (
            found is not None
            and found.finding is not None
            and found.finding.kind in ("divided_by_captions", "unfilled_rows")
        ):
            changed[place] = found
    return changed


def _right(honest: Candidate, values: Values) -> bool:
    """Whether each text is taken for that of an image in some order of its own."""
    return any(all(honest.agrees(order(problem), value) for problem, value in values) for order in (_diagonal, _blocks))


def _diagonal(problem: Problem) -> Problem:
    return replace(problem, relevance=np.eye(*problem.relevance.shape, dtype=bool))


def _blocks(problem: Problem) -> Problem:
    n, m = problem.relevance.shape
    return replace(problem, relevance=np.arange(m) % n == np.arange(n)[:, None])
