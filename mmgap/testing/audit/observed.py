"""What a function returned on each problem: numbers by place, errors by problem."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from mmgap.core.failures import line
from mmgap.testing.audit.binding import Binding, ChangedInputError, asked_places
from mmgap.testing.audit.made_problems import benign, classes, hostile, judged, relevant_any_way, several_captions
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.subject import TookTooLongError

#: Where a number stands, and how many places were asked for.
Place = tuple[str, int | None]


@dataclass
class Observed:
    """Numbers and errors of one way to call a function.

    Attributes:
        values: place of a number → problems, each with its value there.
        errors: problem → what the function raised.
        partial: lists, by where they stand, whose length is not that of the queries on every problem whose queries all
            have something relevant.
        changed: the argument that it changed, if any.
        slow: problems on which it ran out of time.
    """

    values: dict[Place, list[tuple[Problem, float]]] = field(default_factory=dict)
    errors: dict[Problem, str] = field(default_factory=dict)
    partial: set[Place] = field(default_factory=set)
    changed: str = ""
    slow: list[Problem] = field(default_factory=list)

    def add(self, other: Observed) -> None:
        """Take in what was seen besides."""
        for place, values in other.values.items():
            self.values.setdefault(place, []).extend(values)
        self.errors |= other.errors
        self.partial |= other.partial
        self.changed = self.changed or other.changed
        self.slow += other.slow

    def see(self, binding: Binding, problem: Problem, seconds: float, known: frozenset[str]) -> None:
        """Call the function on a problem, for each number of places that can be asked for."""
        for k in asked_places(binding):
            try:
                found = binding.called(problem, seconds, k, known)
            except ChangedInputError as error:
                self.changed = str(error)
                return
            except TookTooLongError:
                self.slow.append(problem)
                return
            except Exception as error:
                self.errors[problem] = f"{type(error).__name__}: {line(error)}"
                continue
            if problem.name != "few" and problem.relevance.any(axis=1).all():
                self.partial |= {(one, k) for name in known - found.keys() if (one := list_of(name)) is not None}
            for name, value in found.items():
                self.values.setdefault((name, k), []).append((problem, value))


def list_of(name: str) -> str | None:
    """Return where the list stands that a number is one of, or the mean of; None where it is of none.

    >>> list_of("Accuracy@5.mean"), list_of("0"), list_of("i2t.r1")
    ('Accuracy@5', '', None)
    """
    place, _, last = name.rpartition(".")
    return place if last == "mean" or last.isdecimal() else None


def first_problems(binding: Binding) -> list[Problem]:
    """Return the benign problems of a way to call."""
    found = [*benign(binding.base)]
    if binding.tells_classes:
        found += [*(one for one in classes() if one.name == "benign")]
    return found


def further_problems(binding: Binding) -> Iterator[Problem]:
    """Yield all hostile problems that a way to call can express."""
    for problem in hostile(binding.base):
        if problem.name != "unnormalised" or binding.takes_vectors:
            yield problem
    if binding.tells_owners and binding.base == 1:
        for problem in several_captions():
            if "captions" not in binding.given or problem.captions:
                yield problem
    if (binding.tells_groups or binding.tells_relevance) and binding.base == 1:
        yield from judged()
    if binding.tells_relevance and binding.base == 1:
        yield from relevant_any_way()
    if binding.tells_classes:
        yield from (one for one in classes() if one.name != "benign")


def observed(
    binding: Binding, problems: Iterable[Problem], seconds: float, until: float, known: frozenset[str] = frozenset()
) -> Observed:
    """Return what the function gives on the problems, until a moment of `time.monotonic`.

    Where numbers stand is told by the first problem, unless it is known: a list of three is no value a query of three.
    """
    found = Observed()
    for problem in problems:
        left = until - time.monotonic()
        if left <= 0 or len(found.slow) >= 2:
            break
        found.see(binding, problem, min(seconds, left), known or frozenset(name for name, _ in found.values))
        if found.changed:
            break
    return found


def permuted(problem: Problem) -> Problem:
    """Return the problem with its rows in another order, partners moved along."""
    rows = np.random.default_rng(0).permutation(len(problem.images))
    return replace(problem.kept(rows), name=problem.name)
