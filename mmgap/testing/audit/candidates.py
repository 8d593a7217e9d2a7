"""The honest definitions that a number may follow, given what its name and the function's name promise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from mmgap.testing.audit.binding import Binding
from mmgap.testing.audit.claimed_names import RANKING, Claim, claim_in, is_area
from mmgap.testing.audit.class_definitions import class_definitions
from mmgap.testing.audit.definition import Definition
from mmgap.testing.audit.geometry_definitions import geometry_definitions
from mmgap.testing.audit.made_problems import hostile
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.ranking_definitions import KS, ranking_definitions
from mmgap.testing.audit.value_agreement import Candidate, decimals_of, units_of

#: Quantities that go by the name of another.
_ALSO = {
    "recall": ("class_recall",),
    "precision": ("class_precision",),
    "gap": ("alignment", "cosine", "rmg"),
    "alignment": ("cosine",),
    "cosine": ("alignment",),
}

#: Problems on which honest definitions may have no value.
_DEGENERATE = ("few", "constant", "ties", "one class", "unanswered")

#: Quantities over classes.
CLASSES = ("class_recall", "class_precision", "f1")


@lru_cache(maxsize=8)
def _all(ks: tuple[int, ...]) -> tuple[Definition, ...]:
    return (*ranking_definitions("cosine", ks), *class_definitions(), *geometry_definitions())


def wanted(name: str, k: int | None, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return what a number should be: what its own name says, or else what the function's does; nothing of areas.

    Args:
        name: where the number stands in the result.
        k: places that were asked for.
        claims: of the function.
    """
    if is_area(name):
        return ()
    told = [claim for part in reversed(name.split(".")) if (claim := claim_in(part)) is not None]
    if told:
        claim = told[0]
        if claim.k is None:
            claim = next(
                (Claim(claim.quantity, one.k) for one in claims if one.quantity == claim.quantity and one.k), claim
            )
        return (Claim(claim.quantity, claim.k or k),)
    return tuple(Claim(claim.quantity, claim.k or k) for claim in claims)


def definitions_for(claims: Sequence[Claim], binding: Binding) -> Iterator[Definition]:
    """Yield the definitions of what is promised, all of them where nothing is, that such a way to call leaves open.

    Classes are counted where the function is told them, and columns do not ask there. Where nothing tells it what is
    relevant, a recall that perfect vectors cannot bring to 1, such as the share of five texts among the first one, is
    no recall that anyone means.
    """
    ks = tuple(sorted({*KS, *(claim.k for claim in claims if claim.k)}))
    for definition in _all(ks):
        if claims and not any(_fits(definition, claim) for claim in claims):
            continue
        if definition.quantity in CLASSES and not binding.tells_classes:
            continue
        if definition.side == "columns" and binding.tells_classes and "turned scores" not in binding.given:
            continue
        if definition.quantity == "recall" and not binding.tells_owners and not _reaches_one(definition, binding.base):
            continue
        yield definition


@lru_cache(maxsize=4096)
def _reaches_one(definition: Definition, captions: int) -> bool:
    return definition.value(hostile(captions)[0], "relevant first") > 1 - 1e-9


def _fits(definition: Definition, claim: Claim) -> bool:
    if definition.quantity != claim.quantity and definition.quantity not in _ALSO.get(claim.quantity, ()):
        return False
    return (
        claim.k is None
        or definition.k == claim.k
        or definition.quantity not in RANKING
        or (definition.k is None and definition.quantity not in ("mrr", "ndcg", "map"))
    )


def candidates(
    definitions: Iterator[Definition], values: Sequence[tuple[Problem, float]], name: str
) -> Iterator[Candidate]:
    """Yield the definitions in each unit that agree with the first values, exactly or else rounded."""
    decimals = decimals_of(value for _, value in values)
    for definition in definitions:
        for unit in units_of(definition, name):
            for rounded in (None, decimals) if decimals else (None,):
                yield Candidate(definition, unit, rounded)


def agreeing(found: Iterable[Candidate], values: Sequence[tuple[Problem, float]]) -> list[Candidate]:
    """Return the candidates that agree with every value, and have one on most problems."""
    return [
        one
        for one in found
        if all(one.agrees(problem, value) for problem, value in values) and has_values(one, [p for p, _ in values])
    ]


def varied(values: Sequence[tuple[Problem, float]]) -> bool:
    """Return whether values where nothing is hostile are several: constants agree with too much."""
    return len({round(value, 6) for problem, value in values if problem.name in ("benign", "round")}) >= 3


def has_values(candidate: Candidate, problems: Sequence[Problem]) -> bool:
    """Return whether a definition has a value on all problems but degenerate ones: where it has none, any agrees."""
    whole = [problem for problem in problems if problem.name not in _DEGENERATE]
    return bool(whole) and not any(math.isnan(candidate.expected(problem)[0]) for problem in whole)
