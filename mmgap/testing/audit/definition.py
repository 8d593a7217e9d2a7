"""One honest definition of a quantity: its words, and its value on a problem under each convention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mmgap.core.messages import Message
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.tie_orders import TIES

#: A value on a problem, under a rule for ties.
Value = Callable[[Problem, str], float]


@dataclass(frozen=True, eq=False)
class Definition:
    """What a number may be.

    Attributes:
        quantity: "recall", "ndcg", "uniformity" …, as `mmgap.testing.audit.claimed_names` reads them from names.
        k: places that count, where that is part of it.
        words: what it is, in the words of a report.
        value: its value on a problem; NaN where it has none.
        side: "rows" where rows (images) ask, "columns", "both"; empty where nobody asks.
        tied: whether ties change it.
        wrong: the kind of the defect, where this is what a known defect computes; empty for honest ones.
    """

    quantity: str
    k: int | None
    words: Message
    value: Value
    side: str = ""
    tied: bool = False
    wrong: str = ""

    def ends(self, problem: Problem) -> tuple[float, float]:
        """Return its lowest and highest value over the orders of tied items."""
        if not self.tied:
            value = self.value(problem, TIES[0])
            return value, value
        ends = [self.value(problem, ties) for ties in ("relevant first", "relevant last")]
        return min(ends), max(ends)
