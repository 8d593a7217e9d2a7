"""Whether a function gives the same number again: for the same input, in other batches, on other processes' seeds."""

from __future__ import annotations

from collections.abc import Iterator

from mmgap.core.messages import Message
from mmgap.testing.audit.argument_roles import roles_of
from mmgap.testing.audit.audit_finding import KINDS, AuditFinding
from mmgap.testing.audit.binding import Binding, asked_places
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.subject import parameters

#: Sizes of batches that are tried.
_BATCHES = (1, 3, 5, 1000)


def repeated(binding: Binding, problem: Problem, seconds: float) -> Iterator[AuditFinding]:
    """Yield what changes between calls that should give the same."""
    k = asked_places(binding)[-1]
    before = binding.called(problem, seconds, k)
    again = binding.called(problem, seconds, k)
    changing = _different(before, again)
    if changing:
        yield _finding("random", changing, before[changing[0]], again[changing[0]], problem)
        return
    for name in _batch_options(binding):
        for size in _BATCHES:
            try:
                found = binding.called(problem, seconds, k, more={name: size})
            except Exception:  # a size that it refuses is no other number
                continue
            changing = _different(before, found)
            if changing:
                yield _finding(
                    "batch_size", changing, before[changing[0]], found[changing[0]], problem, f"{name}={size}"
                )
                return


def _batch_options(binding: Binding) -> list[str]:
    taken = [one for one in parameters(binding.function) if isinstance(one.default, int) and one.default is not True]
    return [one.name for one in taken if roles_of(one.name, 9)[0][0] == "batch"]


def _different(before: dict[str, float], after: dict[str, float]) -> list[str]:
    return [
        name
        for name, value in before.items()
        if name in after and not (value == after[name] or abs(value - after[name]) <= 1e-5 * max(1, abs(value)))
        if not (value != value and after[name] != after[name])
    ]


def _finding(
    kind: str, places: list[str], one: float, other: float, problem: Problem, option: str = ""
) -> AuditFinding:
    seen = {"one": f"{one:.6g}", "other": f"{other:.6g}"}
    told = (
        Message("{what}. {one} and then {other} with {option}.", what=Message(KINDS[kind]), option=option, **seen)
        if option
        else Message("{what}. {one} and then {other}.", what=Message(KINDS[kind]), **seen)
    )
    return AuditFinding(kind, told, tuple(places), problem, (one, one), other)
