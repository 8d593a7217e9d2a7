"""What each number of a result is: which honest definition it follows, or what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mmgap.core.messages import N_, Message, joined, listed
from mmgap.testing.audit.audit_finding import KINDS, AuditFinding
from mmgap.testing.audit.binding import Binding
from mmgap.testing.audit.blame import explained, first_failing, nearest
from mmgap.testing.audit.candidates import agreeing, candidates, definitions_for, varied, wanted
from mmgap.testing.audit.claimed_names import Claim
from mmgap.testing.audit.made_problems import HOSTILE
from mmgap.testing.audit.observed import Place, list_of, permuted
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.smallest_input import Trial, smallest
from mmgap.testing.audit.value_agreement import Candidate

Values = list[tuple[Problem, float]]


@dataclass(frozen=True)
class Untold:
    """Why nothing can be told of a number.

    Attributes:
        why: a message with ``{numbers}``, of which this is one, and ``{names}``.
        names: what it promises.
    """

    why: str
    names: str = ""

    def told(self, places: Sequence[Place]) -> Message:
        """Say it of all numbers that have it."""
        numbers = listed(name for place in places if (name := told_place(place)))
        return Message(self.why, numbers=numbers or Message("the result"), names=self.names)


#: It follows nothing; it follows nothing of its name; it is of some queries alone.
_UNKNOWN = N_("what is meant by {numbers}: it follows no known definition, and no name says which it should")
_OWN = N_("whether it is right, of {numbers}: it follows no definition of {names} that is known here")
_PARTIAL = N_("whether it is right, of {numbers}: some queries have no value in it where they find nothing")


@dataclass(frozen=True)
class Verdict:
    """Of one number: the definition that it follows, or a finding, or why nothing can be told; or nothing at all."""

    honest: Candidate | None = None
    finding: AuditFinding | None = None
    untold: Untold | None = None


@dataclass(frozen=True)
class Judge:
    """Judges the numbers of a function.

    Attributes:
        binding: how it is called.
        name: what it is called by.
        claims: what the function promises.
        asked: whether a user said so.
        seconds: for one call.
        until: moment of `time.monotonic` at which shrinking ends.
        partial: lists from which some queries are missing.
    """

    binding: Binding
    name: str
    claims: Sequence[Claim]
    asked: bool
    seconds: float
    until: float
    partial: frozenset[Place] = frozenset()

    def verdicts(self, values: dict[Place, Values]) -> dict[Place, Verdict]:
        """Return the verdict on each number; one that promises nothing is no finding where others follow theirs."""
        partial = {
            place: Verdict(untold=Untold(_PARTIAL)) for place in values if (list_of(place[0]), place[1]) in self.partial
        }
        values = {place: given for place, given in values.items() if place not in partial}
        found = {place: self._honest(place, given) for place, given in values.items()}
        followed = any(one.honest for one in found.values())
        for place, given in values.items():
            if not found[place].honest:
                found[place] = self._dishonest(place, given, followed)
        return found | partial

    def _honest(self, place: Place, values: Values) -> Verdict:
        promise = wanted(place[0], place[1], self.claims)
        found = self._following(place, values, promise)
        if not promise and (_constant(values) or not found or found[0].unit == "number of queries"):
            return Verdict()
        return Verdict(honest=next(iter(found), None))

    def _dishonest(self, place: Place, values: Values, followed: bool) -> Verdict:
        name, k = place
        promise = wanted(name, k, self.claims)
        by_itself = bool(wanted(name, k, ())) or not name or k is not None
        if not by_itself and followed:
            others = [] if _constant(values) else self._following(place, values, ())
            return (
                Verdict(honest=others[0]) if others else Verdict(untold=None if _constant(values) else Untold(_UNKNOWN))
            )
        other = next(iter(self._following(place, values, ())), None) if promise and varied(values) else None
        if other is None:
            return self._wrong(place, values, promise)
        if not self.asked and all(claim.quantity != other.definition.quantity for claim in promise):
            hard_coded = self.binding.base > 1 and self.known(place, values, promise)
            return hard_coded or Verdict(honest=other)
        known = self.known(place, values, promise)
        if known is not None:
            return known
        like = [one for one in self._promised(place, values, promise) if one.like(other)]
        words = Message("It computes {what}.", what=other.words())
        right = nearest(like, values, self.until) or nearest(self._promised(place, values, promise), values, self.until)
        return Verdict(finding=self._finding("mislabelled", place, values, right, [words]))

    def follows(self, place: Place, values: Values) -> bool:
        """Return whether a number follows a definition of what it promises."""
        return bool(self._following(place, values, wanted(place[0], place[1], self.claims)))

    def _following(self, place: Place, values: Values, claims: Sequence[Claim]) -> list[Candidate]:
        return agreeing(self._promised(place, values, claims), values)

    def _promised(self, place: Place, values: Values, promise: Sequence[Claim]) -> Iterator[Candidate]:
        return candidates(definitions_for(promise, self.binding), values, f"{self.name} {place[0]}")

    def known(self, place: Place, values: Values, promise: Sequence[Claim]) -> Verdict | None:
        """Return the finding of the known defect that explains a number; None where none does."""
        found = explained(self._promised(place, values, promise), values, self.until)
        if found is None:
            return None
        honest, defective = found
        words = Message("On every problem it gives {what}.", what=defective.words())
        return Verdict(finding=self._finding(defective.definition.wrong, place, values, honest, [words]))

    def _wrong(self, place: Place, values: Values, promise: Sequence[Claim]) -> Verdict:
        if not any(math.isfinite(value) for _, value in values):
            words = Message("It does so on every problem.")
            return Verdict(finding=self._finding("not_a_number", place, values, None, [words]))
        known = self.known(place, values, promise)
        if known is not None:
            return known
        right = nearest(self._promised(place, values, promise), values, self.until)
        kind = "" if right is None else first_failing(right, values)
        if right is None or not kind or (kind == "wrong_value" and not promise):
            return Verdict(untold=Untold(_UNKNOWN))
        if kind == "wrong_value" and self._order_matters(place, values):
            kind = "order_dependent"
        elif not all(right.agrees(*one) for one in values if one[0].name == "benign"):
            if not self._impossible(place, values, promise):
                return Verdict(untold=_own_definition(promise))
        elif any(not math.isfinite(value) and not right.agrees(problem, value) for problem, value in values):
            kind = "not_a_number"
        return Verdict(finding=self._finding(kind, place, values, right, []))

    def _order_matters(self, place: Place, values: Values) -> bool:
        benign = [one for one in values if one[0].name == "benign"]
        for problem, value in (benign[0], benign[-1]):
            other = self._value(place, permuted(problem))
            if other is not None and abs(other - value) > 1e-4 * max(1.0, abs(value)):
                return True
        return False

    def _impossible(self, place: Place, values: Values, promise: Sequence[Claim]) -> bool:
        """Whether a ranking of what is perfect is worth what no definition of the quantity gives it."""
        perfect = [one for one in values if one[0].name == "perfect"]
        ranking = [one for one in self._promised(place, values, promise) if one.definition.tied]
        return bool(ranking) and any(not any(one.agrees(*seen) for one in ranking) for seen in perfect)

    def _value(self, place: Place, problem: Problem) -> float | None:
        try:
            return self.binding.called(problem, self.seconds, place[1], frozenset([place[0]])).get(place[0])
        except Exception:  # a problem that it refuses shows nothing
            return None

    def _finding(
        self, kind: str, place: Place, values: Values, right: Candidate | None, words: list[Message]
    ) -> AuditFinding:
        """With the smallest input on which the number is not what the honest definition gives."""
        told = (told_place(place),)
        parts = [Message("{what}.", what=Message(KINDS[kind])), *words]
        failing = [] if right is None else [one for one in values if not right.agrees(*one)]
        if right is None or not failing:
            return AuditFinding(kind, joined(" ", parts), told)
        hostile = list(dict.fromkeys(one.name for one, _ in failing))[:3]
        where = joined(", ", [Message(HOSTILE[name]) for name in hostile])
        parts.append(
            Message("The nearest honest definition is {what}; it is missed {where}.", what=right.words(), where=where)
        )

        def fails(problem: Problem) -> bool:
            value = self._value(place, problem)
            return value is not None and not right.agrees(problem, value)

        start, value = min(failing, key=lambda one: (first_failing(right, [one]) != kind, len(one[0].images)))
        shown = smallest(start, Trial(fails, self.until))
        got = self._value(place, shown)
        return AuditFinding(kind, joined(" ", parts), told, shown, right.expected(shown), value if got is None else got)


def told_place(place: Place) -> str:
    """Return where a number stands, in letters."""
    name, k = place
    return " ".join(filter(None, (name, "" if k is None else f"k={k}")))


def _own_definition(promise: Sequence[Claim]) -> Untold:
    return Untold(_OWN, ", ".join(dict.fromkeys(claim.quantity for claim in promise)))


def _constant(values: Values) -> bool:
    return len({value for _, value in values}) == 1
