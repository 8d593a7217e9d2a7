"""A foreign function from all sides: how it is called, what it computes, what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mmgap.core.messages import N_, Message, joined, quoted
from mmgap.testing.audit.audit_finding import KINDS, Audit, AuditFinding
from mmgap.testing.audit.chosen_binding import Chosen, chosen
from mmgap.testing.audit.claimed_names import Claim, promised
from mmgap.testing.audit.conventions import conventions
from mmgap.testing.audit.made_problems import HOSTILE, round_numbers
from mmgap.testing.audit.observed import Observed, Place, further_problems, observed
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.repeatable import repeated
from mmgap.testing.audit.untold_captions import untold_captions
from mmgap.testing.audit.value_agreement import Candidate
from mmgap.testing.audit.verdicts import Judge, Untold, Values, Verdict, told_place
from mmgap.testing.audit.wrapped import as_function


def audited(
    thing: Any,
    name: str = "",
    *,
    claims: Sequence[Claim] = (),
    takes: str | None = None,
    seconds: float = 10.0,
    budget: float = 40.0,
) -> Audit:
    """Return what is wrong with a function that measures, ranks or evaluates.

    It gets problems whose answers are known, from benign to hostile, in the shape that it takes. A number is honest
    where one definition, in one unit and for one side, agrees everywhere; ties may stand in any order.

    Args:
        thing: a function, or a class as `mmgap.testing.audit.wrapped.as_function` takes it.
        name: what it is called, which may say what it computes; by default its own.
        claims: what it should compute; read from names where it is not given.
        takes: one of `mmgap.testing.audit.binding.TAKES`; guessed where it is not given.
        seconds: for one call.
        budget: for all of them, in seconds.

    Raises:
        CannotCallError: no way was found to call it, or it returns no number.

    >>> import numpy as np
    >>> def recall_at_1(similarity):
    ...     return float((similarity.argmax(axis=1) == np.arange(len(similarity))).mean())
    >>> found = audited(recall_at_1)
    >>> found.findings, found.computes
    ((), ('recall@1, any relevant item, as a share; rows (images) ask',))
    """
    until = time.monotonic() + budget
    function = as_function(thing)
    name = name or getattr(thing, "__name__", type(thing).__name__)
    own_claims = tuple(claims) or promised(name)
    way = chosen(function, name, own_claims, takes, seconds, time.monotonic() + 0.5 * budget)
    call = way.binding.words()
    if way.seen.changed:
        return Audit(call, (_changing(way.seen.changed),), (), (), ())
    restless = tuple(repeated(way.binding, way.first, seconds))
    if any(one.kind == "random" for one in restless):
        return Audit(call, restless, (), (), ())
    known = frozenset(name_of for name_of, _ in way.seen.values)
    more = observed(way.binding, further_problems(way.binding), seconds, until, known)
    if not way.recognised:
        more.add(observed(way.binding, round_numbers(way.binding.base), seconds, until, known))
    if more.changed:
        return Audit(call, (_changing(more.changed),), (), (), ())
    values = _joined(way, more)
    partial = frozenset(way.seen.partial | more.partial)
    judge = Judge(way.binding, name, own_claims, bool(claims), seconds, until, partial)
    judged = judge.verdicts(values)
    if not any(one.finding for one in judged.values()):
        judged |= untold_captions(judge, judged, known)
    findings = _merged([*restless, *(one.finding for one in judged.values() if one.finding)])
    followed = {place: one.honest for place, one in judged.items() if one.honest}
    return Audit(
        call,
        tuple(findings),
        tuple(_computes(place, one) for place, one in followed.items()),
        tuple(conventions((one, values[place]) for place, one in followed.items())),
        (*_untold(judged), *_refused(more)),
    )


def _changing(argument: str) -> AuditFinding:
    what = Message(KINDS["changes_input"])
    return AuditFinding("changes_input", Message("{what}. It changed {argument}.", what=what, argument=argument))


def _joined(way: Chosen, more: Observed) -> dict[Place, Values]:
    places = dict.fromkeys((*way.seen.values, *more.values))
    return {place: [*way.seen.values.get(place, ()), *more.values.get(place, ())] for place in places}


#: Who asks → how it is said.
_SIDES = {
    "rows": N_("rows (images) ask"),
    "columns": N_("columns (texts) ask"),
    "both": N_("the mean of both directions"),
}


def _computes(place: Place, candidate: Candidate) -> Message:
    words, side = candidate.words(), candidate.definition.side
    if side:
        words = joined("; ", [words, Message(_SIDES[side])])
    name = told_place(place)
    return joined(": ", [name, words]) if name else words


def _merged(findings: list[AuditFinding]) -> list[AuditFinding]:
    """One finding of each kind, of all the numbers that have it."""
    kinds: dict[str, AuditFinding] = {}
    for one in findings:
        before = kinds.get(one.kind)
        kinds[one.kind] = one if before is None else replace(before, places=(*before.places, *one.places))
    return sorted(kinds.values(), key=lambda one: list(KINDS).index(one.kind))


def _untold(judged: dict[Place, Verdict]) -> Iterator[Message]:
    """A sentence for each reason, of all numbers that have it."""
    reasons: dict[Untold, list[Place]] = {}
    for place, one in judged.items():
        if one.untold is not None:
            reasons.setdefault(one.untold, []).append(place)
    return (reason.told(places) for reason, places in reasons.items())


def _refused(seen: Observed) -> Iterator[Message]:
    """Problems that it raised on, and those that took too long."""
    errors: dict[str, list[Problem]] = {}
    for problem, error in seen.errors.items():
        errors.setdefault(error, []).append(problem)
    for error, problems in errors.items():
        where = joined(", ", [Message(HOSTILE[name]) for name in dict.fromkeys(one.name for one in problems)])
        yield Message("how it does {where}: it raises {error}", where=where, error=quoted(error, 120))
    for problem in seen.slow:
        yield Message("how it does {where}: no answer in time", where=Message(HOSTILE[problem.name]))
