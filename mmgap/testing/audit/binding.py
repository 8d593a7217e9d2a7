"""One way to call a foreign function: which parameter gets what of a problem, in which container."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mmgap.core.messages import N_, Message, joined
from mmgap.testing.audit.argument_roles import (
    OF_A_QUERY,
    ROLES,
    SEVERAL,
    TELLS_CLASSES,
    TELLS_OWNERS,
    TELLS_RELEVANCE,
    roles_of,
)
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.returned_numbers import returned_numbers
from mmgap.testing.audit.subject import parameters, quiet_call

#: Containers that are tried: library, bits.
CONTAINERS = ("numpy float64", "torch float32", "numpy float32", N_("lists"))

#: Ways to call that are tried at most.
_MOST = 60

_DATA = frozenset(ROLES) - {"captions", "count", "several places", "batch", "device", "two", "hundred", "one", "owner"}


class ChangedInputError(Exception):
    """The function changed what it was given."""


@dataclass(frozen=True)
class Binding:
    """How to call a function.

    Attributes:
        function: what is called.
        roles: parameter → its role, or "k".
        container: one of `CONTAINERS`.
        base: texts of each image that it takes: 1, or 5 in a row.
        positional: parameters that have to be given by place.
    """

    function: Callable[..., Any]
    roles: tuple[tuple[str, str], ...]
    container: str
    base: int = 1
    positional: int = 0

    @cached_property
    def given(self) -> frozenset[str]:
        """Its roles."""
        return frozenset(role for _, role in self.roles)

    @property
    def tells_owners(self) -> bool:
        """Whether the function is told which text belongs to which image."""
        return bool(self.given & (TELLS_OWNERS | TELLS_RELEVANCE))

    @property
    def tells_relevance(self) -> bool:
        """Whether the function is told all that is relevant."""
        return bool(self.given & TELLS_RELEVANCE) and "owner" not in self.given

    @property
    def tells_groups(self) -> bool:
        """Whether the function gets labels of both sides."""
        return {"row labels", "column labels"} <= self.given

    @property
    def tells_classes(self) -> bool:
        """Whether the function gets the right column of each row."""
        return bool(self.given & TELLS_CLASSES)

    @property
    def takes_vectors(self) -> bool:
        """Whether it gets vectors, whose norms it sees."""
        return bool(self.given & {"images", "texts", "vectors with labels", "output with labels"})

    def words(self) -> Message:
        """Say what goes where."""
        told = [
            Message("{name} = {what}", name=name, what=Message(ROLES[role][0]) if role in ROLES else "1, 5, 10")
            for name, role in self.roles
        ]
        call = joined(", ", [*told, Message(self.container)])
        if self.base > 1:
            return Message("{call}; {n} texts of each image in a row", call=call, n=self.base)
        return call

    def called(
        self,
        problem: Problem,
        seconds: float,
        k: int | None = None,
        known: frozenset[str] = frozenset(),
        more: dict[str, Any] | None = None,
    ) -> dict[str, float]:
        """Return the numbers that the function returns; those places alone that are known, where any are.

        Raises:
            ChangedInputError: it changed its input.
            TookTooLongError: it ran for longer.
            Exception: what it raises.
        """
        if self.given & OF_A_QUERY:
            rows = [problem.part(np.array([row]), np.arange(len(problem.texts))) for row in range(len(problem.images))]
            asked = [row for row in rows if row.relevance.any()]
            found = [self._once(row, seconds, k, known, more or {}) for row in asked]
            return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
        return self._once(problem, seconds, k, known, more or {})

    def _once(
        self, problem: Problem, seconds: float, k: int | None, known: frozenset[str], more: dict[str, Any]
    ) -> dict[str, float]:
        arguments = {name: k if role == "k" else self._value(role, problem) for name, role in self.roles} | more
        kept = {name: _copied(value) for name, value in arguments.items()}
        placed = [arguments.pop(name) for name, _ in self.roles[: self.positional]]
        value = quiet_call(lambda: self.function(*placed, **arguments), seconds)
        given = dict(zip([name for name, _ in self.roles], placed, strict=False)) | arguments
        changed = [name for name, before in kept.items() if not _equal(before, given[name])]
        if changed:
            raise ChangedInputError(changed[0])
        found = returned_numbers(value, (len(problem.images), len(problem.texts)))
        if not known:
            return found
        return {name: number for name, number in (returned_numbers(value) | found).items() if name in known}

    def _value(self, role: str, problem: Problem) -> Any:
        value = ROLES[role][1](problem)
        if role.endswith("with labels"):
            from transformers import EvalPrediction

            predictions, labels = value
            single = tuple(
                self._floats(one, problem, "numpy")
                for one in (predictions if isinstance(predictions, tuple) else (predictions,))
            )
            return EvalPrediction(predictions=single if isinstance(predictions, tuple) else single[0], label_ids=labels)
        if not isinstance(value, np.ndarray):
            return value
        if value.dtype.kind == "f":
            return self._floats(value, problem, self.container.split()[0])
        if self.container == "lists":
            return value.tolist()
        if self.container.startswith("torch"):
            import torch

            return torch.from_numpy(np.array(value))
        return np.array(value)

    def _floats(self, value: np.ndarray, problem: Problem, library: str) -> Any:
        if library == "lists":
            return value.tolist()
        exact = "float64" if library == "numpy" else "float32"
        dtype = problem.dtype or (self.container.split()[1] if " " in self.container else exact)
        array = np.array(value, dtype=dtype, order="C")
        if library == "torch":
            import torch

            return torch.from_numpy(array)
        return array


def _copied(value: Any) -> Any:
    if hasattr(value, "clone"):
        return value.clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if hasattr(value, "predictions"):
        return _copied(value.predictions), _copied(value.label_ids)
    if isinstance(value, tuple):
        return tuple(_copied(one) for one in value)
    if isinstance(value, list):
        return [one.copy() if isinstance(one, list) else one for one in value]
    return value


def _equal(before: Any, after: Any) -> bool:
    if hasattr(after, "predictions"):
        return _equal(before, (after.predictions, after.label_ids))
    if isinstance(before, tuple):
        return all(_equal(*one) for one in zip(before, after, strict=True))
    if hasattr(before, "shape"):
        return before.shape == after.shape and bool((before == after).all())
    return bool(before == after) if isinstance(before, list) else True


def bindings(function: Callable[..., Any], takes: str | None) -> Iterator[Binding]:
    """Yield ways to call a function, the likeliest first."""
    taken = parameters(function)
    required = [one for one in taken if one.default is one.empty]
    optional = [one for one in taken if one.default is not one.empty]
    choices = [roles_of(one.name, place) for place, one in enumerate(required)]
    options = [(one.name, *roles_of(one.name, 9)) for one in optional]
    extras = [
        (name, roles[0])
        for name, roles, told in options
        if told and roles[0] in TELLS_OWNERS | {"captions", "relevance"}
    ]
    single = {one.name for one in optional if one.default is None or isinstance(one.default, int)}
    places = [(name, "k") for name, roles, told in options if told and roles[0] == "k" and name in single]
    names = [one.name for one in required]
    positional = sum(one.kind is one.POSITIONAL_ONLY for one in required)
    if not required and optional:
        names, choices = [optional[0].name], [roles_of(optional[0].name, 0)]
    made = 0
    for roles in _products([roles for roles, _ in choices]):
        if not _sensible(roles, takes):
            continue
        bound = tuple(zip(names, roles, strict=True))
        for more in (*([tuple(extras)] if extras else []), ()):
            for container in _containers(function, taken):
                yield Binding(function, (*bound, *more, *places), container, positional=positional)
        made += 1
        if made >= _MOST:
            return


def _products(choices: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Every choice of a role for each parameter, those of the least places in the lists first."""
    places = itertools.product(*(range(len(roles)) for roles in choices))
    few = itertools.islice(places, 20_000)
    return [tuple(roles[i] for roles, i in zip(choices, place, strict=True)) for place in sorted(few, key=sum)]


#: What ``--takes`` asks for → roles of which one has to be there.
TAKES = {
    "similarity": frozenset(
        {"scores", "turned scores", "gram", "distances", "turned distances", "query scores", "flat scores"}
    ),
    "embeddings": frozenset({"images", "texts"}),
    "ranks": frozenset({"ranks from 0", "ranks from 1", "order", "ranked items", "ranked relevance"}),
    "compute_metrics": frozenset({"logits with labels", "vectors with labels", "output with labels"}),
    "evaluator": frozenset({"qrels", "images", "flat scores"}),
}


def _sensible(roles: tuple[str, ...], takes: str | None) -> bool:
    there = set(roles)
    if len(there) < len(roles) or not there & _DATA or (takes and not there & TAKES[takes]):
        return False
    whole = there & {
        "scores",
        "turned scores",
        "distances",
        "turned distances",
        "gram",
        "images",
        "order",
        "ranks from 0",
        "ranks from 1",
    }
    whole |= there & {"flat scores", "results", "logits with labels", "vectors with labels", "output with labels"}
    single = there & OF_A_QUERY
    if bool(whole) == bool(single) or len(whole - {"turned scores"} or whole) > 1:
        return False
    if "texts" in there and "images" not in there:
        return False
    of_query = {"query relevance": "query scores", "relevant items": "ranked items"}
    return all(other in there for one, other in of_query.items() if one in there) and (
        "images" not in there or "texts" in there or not there & {"relevance", "owner", "targets", "texts of images"}
    )


def _containers(function: Callable[..., Any], taken: list[inspect.Parameter]) -> tuple[str, ...]:
    """Those that it may take, the likeliest first: as its parameters are annotated, or its module imports."""
    told = " ".join(str(one.annotation) for one in taken)
    inner = inspect.unwrap(function)
    names = getattr(getattr(inner, "__code__", None), "co_names", ())
    if "Tensor" in told or ("torch" in names and "ndarray" not in told):
        return ("torch float32", *(one for one in CONTAINERS if one != "torch float32"))
    return CONTAINERS


def with_base(binding: Binding, captions: int) -> Binding:
    """Return it for so many texts of each image."""
    return replace(binding, base=captions)


def asked_places(binding: Binding) -> tuple[int | None, ...]:
    """Return the numbers of places that the function is asked for."""
    return SEVERAL if "k" in binding.given else (None,)
