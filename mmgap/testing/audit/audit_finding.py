"""What an audit finds, what it cannot tell, and by which conventions an honest function computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmgap.core.messages import N_, Message
from mmgap.testing.audit.problem import Problem

#: Kinds of findings → what is wrong and what helps, in a clause each.
KINDS = {
    "unfilled_rows": N_("rows never filled count as results: size the array by what is filled, batches rounded up"),
    "divided_by_captions": N_("it is divided by the number of texts, not of queries: divide by the queries"),
    "places_off_by_one": N_(
        "one place too many or too few counts: ranks from 0 are hits below k, ranks from 1 up to k"
    ),
    "ideal_of_top_k": N_("the ideal ranking knows only what was retrieved: make it of all relevant items"),
    "test_set_normalisation": N_(
        "statistics of the test set change scores, so that queries change each other's results"
    ),
    "below_zero_dropped": N_("scores below zero are dropped or set to zero: cosines are negative, too"),
    "wrong_sign": N_("the sign of scores is lost or turned: far items rank as near ones"),
    "within_batches": N_("queries search their own batch alone: search the whole gallery"),
    "batch_means": N_("means of batches are averaged though the last is smaller: weigh them, or add up first"),
    "halved_triangle": N_("a sum over a triangle is divided by the whole square: divide by N(N − 1)/2"),
    "pairs_ignored": N_("item i is taken for the partner of item i, whatever it is told"),
    "first_caption": N_("the first text of each image alone is taken for right"),
    "one_direction": N_("the wrong side asks: rows and columns are exchanged"),
    "mislabelled": N_("it has another name than what it computes"),
    "wrong_value": N_("it agrees with no known definition"),
    "few_items": N_("it is wrong on few items"),
    "incomplete_batches": N_("it is wrong where items are no multiple of a batch"),
    "negative_scores": N_("it is wrong where cosines are below zero"),
    "captions": N_("it is wrong where images have several texts"),
    "relevance": N_("it is wrong where queries have several relevant items"),
    "classes": N_("it is wrong where rows share their class"),
    "cones": N_("it is wrong where modalities lie in cones of their own, as those of CLIP do"),
    "norms": N_("it is wrong where vectors have different norms"),
    "ties": N_("it lies outside of what any order of the tied items gives"),
    "half_precision": N_("it is wrong in half precision"),
    "not_a_number": N_("it gives NaN or infinity"),
    "order_dependent": N_("it changes when pairs are put in another order"),
    "batch_size": N_("it changes with the size of the batch"),
    "random": N_("it gives another number for the same input: fix the seed, or say that it is an estimate"),
    "changes_input": N_("it changes the arrays that it is given: copy them first"),
}

#: Hostile thing of a problem → the kind of a finding that nothing known explains.
KIND_OF = {
    "benign": "wrong_value",
    "round": "wrong_value",
    "perfect": "wrong_value",
    "all wrong": "wrong_value",
    "negative": "negative_scores",
    "odd": "incomplete_batches",
    "few": "few_items",
    "five captions": "captions",
    "shuffled captions": "captions",
    "unequal captions": "captions",
    "shared captions": "relevance",
    "judged": "relevance",
    "unanswered": "relevance",
    "classes": "classes",
    "one class": "classes",
    "cone": "cones",
    "unnormalised": "norms",
    "ties": "ties",
    "constant": "ties",
    "half": "half_precision",
    "many": "incomplete_batches",
}


@dataclass(frozen=True)
class AuditFinding:
    """One thing that is wrong.

    Attributes:
        kind: one of `KINDS`.
        message: what is wrong, its evidence and what helps, in sentences.
        places: the numbers of the result that it is about.
        problem: the smallest input that shows it; None where any does.
        expected: lowest and highest right value on it.
        got: what the function gave.
    """

    kind: str
    message: Message
    places: tuple[str, ...] = ()
    problem: Problem | None = None
    expected: tuple[float, float] | None = None
    got: float | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "kind": self.kind,
            "message": str(self.message),
            "numbers": list(self.places),
            "input": None if self.problem is None else self.problem.plain(),
            "expected": None if self.expected is None else list(self.expected),
            "got": self.got,
        }


@dataclass(frozen=True)
class Audit:
    """What came out.

    Attributes:
        call: how the function was called.
        findings: what is wrong.
        computes: which definition each honest number follows.
        conventions: of these numbers.
        untold: what cannot be told, and what the function refused.
    """

    call: Message
    findings: tuple[AuditFinding, ...]
    computes: tuple[Message, ...]
    conventions: tuple[Message, ...]
    untold: tuple[Message, ...]
