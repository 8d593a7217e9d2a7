"""By which conventions the numbers of an honest function are computed: which order ties have, and what ranks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mmgap.core.messages import N_, Message
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.tie_orders import TIES
from mmgap.testing.audit.value_agreement import Candidate, ranked_by

#: A definition that a number follows, and what the function gave.
Followed = tuple[Candidate, Sequence[tuple[Problem, float]]]

_BY = {
    "cosine": N_("It ranks by cosine."),
    "dot": N_("It ranks by dot product: give it unit vectors."),
    "distance": N_("It ranks by distance: give it unit vectors."),
}

_ORDERS = {
    "relevant first": N_("Ties count for the relevant item: vectors that are all equal would give the best value."),
    "relevant last": N_("Ties count against the relevant item."),
    "expected": N_("Ties count as the mean over their orders."),
    "lower index first": N_("Of tied items the one of lower index stands first."),
    "higher index first": N_("Of tied items the one of higher index stands first."),
}


def conventions(followed: Iterable[Followed]) -> Iterator[Message]:
    """Yield the conventions that all numbers together tell."""
    ranked = [one for one in followed if one[0].definition.tied]
    tied = [one for one in ranked if any(problem.name == "ties" for problem, _ in one[1])]
    if tied:
        orders = [order for order in TIES if all(_in_order(*one, order) for one in tied)]
        if len(orders) == 1:
            yield Message(_ORDERS[orders[0]])
        elif not orders:
            yield Message("Tied items stand in an order of the function's own, within what orders of them give.")
    lengths = [(one, *value) for one, values in ranked for value in values if value[0].name == "unnormalised"]
    by = [how for how in _BY if all(one.agrees(ranked_by(problem, how), value) for one, problem, value in lengths)]
    if lengths and len(by) == 1:
        yield Message(_BY[by[0]])


def _in_order(candidate: Candidate, values: Sequence[tuple[Problem, float]], ties: str) -> bool:
    for problem, value in values:
        if problem.name in ("ties", "constant"):
            single = candidate.in_order(problem, ties)
            if not abs(single - value) <= candidate.rounding + 1e-4 * max(1.0, abs(single)):
                return False
    return True
