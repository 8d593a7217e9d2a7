"""How a foreign function is called: the way whose numbers follow known definitions where nothing is hostile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mmgap.testing.audit.binding import Binding, bindings, with_base
from mmgap.testing.audit.blame import explained
from mmgap.testing.audit.candidates import agreeing, candidates, definitions_for, varied, wanted
from mmgap.testing.audit.claimed_names import RANKING, Claim
from mmgap.testing.audit.observed import Observed, Place, first_problems, observed
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.subject import CannotCallError
from mmgap.testing.audit.value_agreement import Candidate

#: Ways to call whose numbers follow nothing, that are looked at for known defects.
_LOOKED_AT = 4

#: Ways that answer and follow nothing, after which no more are tried.
_ANSWERS = 40


@dataclass
class Chosen:
    """A way to call, and what it gave on benign problems.

    Attributes:
        binding: how.
        seen: what it gave.
        honest: place of a number → the honest definitions that it may follow.
    """

    binding: Binding
    seen: Observed
    honest: dict[Place, list[Candidate]]

    @property
    def first(self) -> Problem:
        """The first problem that it answered."""
        return next(problem for values in self.seen.values.values() for problem, _ in values)

    @property
    def recognised(self) -> int:
        """How many numbers follow a definition; none where all of them are constant, which follow too much."""
        if not any(one and varied(self.seen.values[place]) for place, one in self.honest.items()):
            return 0
        return sum(bool(one) for one in self.honest.values())


def chosen(
    function: Callable[..., Any],
    own_name: str,
    claims: Sequence[Claim],
    takes: str | None,
    seconds: float,
    until: float,
) -> Chosen:
    """Return the way to call whose numbers follow definitions, else known defects, else the first that gives any.

    Raises:
        CannotCallError: no way gives a number.
    """
    answered: list[Chosen] = []
    errors: list[str] = []
    for binding in _ways(function, takes, claims):
        if time.monotonic() > until:
            break
        one = _tried(binding, own_name, claims, seconds, until, errors)
        if one is None:
            continue
        if one.recognised and one.recognised >= _promising(one, claims):
            return one
        answered.append(one)
        if len(answered) >= _ANSWERS:
            break
    if not answered:
        raise CannotCallError(_refusal(errors))
    for several in (False, True):
        ways = [one for one in answered if (one.binding.base > 1) == several]
        best = max(ways, key=lambda one: one.recognised, default=None)
        if best is not None and best.recognised:
            return best
        apart = list({one.binding.roles: one for one in reversed(ways)}.values())[::-1]
        known = (one for one in apart[:_LOOKED_AT] if _has_known_defect(one, claims, until))
        if found := next(known, None):
            return found
    return answered[0]


def _ways(function: Callable[..., Any], takes: str | None, claims: Sequence[Claim]) -> Iterator[Binding]:
    """With one text an image, then with five in a row where nothing would tell the function of them."""
    ranking = bool(claims) and all(claim.quantity in RANKING for claim in claims)
    ways = [one for one in bindings(function, takes) if not (ranking and "gram" in one.given)]
    yield from ways
    for binding in ways:
        if not binding.given & {"targets", "gram", "qrels", "relevance", "turned relevance", "query scores"}:
            yield with_base(binding, 5)


def _tried(
    binding: Binding, own_name: str, claims: Sequence[Claim], seconds: float, until: float, errors: list[str]
) -> Chosen | None:
    problems = first_problems(binding)
    seen = observed(binding, problems[:1], seconds, until)
    errors += seen.errors.values()
    if seen.slow:
        errors.append(f"no answer within {seconds:g} s")
    if seen.changed:
        return Chosen(binding, seen, {})
    if not seen.values:
        return None
    seen = observed(binding, problems, seconds, until)
    return Chosen(
        binding,
        seen,
        {place: _honest(binding, place, own_name, values, claims) for place, values in seen.values.items()},
    )


def _honest(
    binding: Binding, place: Place, own_name: str, values: list[tuple[Problem, float]], claims: Sequence[Claim]
) -> list[Candidate]:
    name, k = place
    definitions = definitions_for(wanted(name, k, claims), binding)
    return agreeing(candidates(definitions, values, f"{own_name} {name}"), values)


def _promising(one: Chosen, claims: Sequence[Claim]) -> int:
    """Numbers that have to follow a definition before a way to call is taken without looking further."""
    named = sum(bool(wanted(name, k, ())) for name, k in one.honest)
    return named or (len(one.honest) + 1) // 2


def _has_known_defect(one: Chosen, claims: Sequence[Claim], until: float) -> bool:
    for (name, k), values in one.seen.values.items():
        if not any(math.isfinite(value) for _, value in values):
            continue
        definitions = definitions_for(wanted(name, k, claims), one.binding)
        if wanted(name, k, claims) and explained(candidates(definitions, values, name), values, until):
            return True
    return False


def _refusal(errors: list[str]) -> str:
    if not errors:
        return "it returns no number: have it return its numbers, alone, in a tuple or in a dictionary"
    last = max(dict.fromkeys(errors), key=errors.count)
    return f"no way was found to call it, {last}; say --takes, or audit a function of yours that calls it"
