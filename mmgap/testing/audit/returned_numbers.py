"""The numbers in what a function returns: alone, in tuples, dictionaries, tensors, objects, one a query."""

from __future__ import annotations

import dataclasses
import numbers
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

#: Longer lists of numbers are values of queries, or nothing that can be told.
_LONGEST = 64


def returned_numbers(value: Any, queries: tuple[int, ...] = ()) -> dict[str, float]:
    """Return the numbers by where they stand: "", "0", "i2t.r1" …; what is no number is left out.

    Args:
        value: what a function returned.
        queries: lengths of which a list of numbers is one a query: their mean stands for them; so does that of what
            stands under the names of queries.

    >>> returned_numbers({"i2t": (0.5, 0.75), "name": "CLIP"}), returned_numbers([0.0, 1.0, 1.0, 1.0], (4,))
    ({'i2t.0': 0.5, 'i2t.1': 0.75}, {'mean': 0.75})
    >>> returned_numbers({"q0": {"recall_1": 1.0}, "q1": {"recall_1": 0.0}}, (2,))
    {'mean.recall_1': 0.5}
    """
    return {".".join(place): number for place, number in _numbers(value, (), queries)}


def _numbers(value: Any, place: tuple[str, ...], queries: tuple[int, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float().numpy() if str(value.dtype) == "torch.bfloat16" else value.numpy()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, numbers.Real):
        yield place, float(value)
    elif isinstance(value, np.ndarray):
        if value.dtype.kind in "fiub" and value.ndim <= 1:
            yield from _of_array(value.astype(float), place, queries)
    elif isinstance(value, Mapping):
        if queries and len(value) > 1 and all(re.fullmatch(r"q\d+", str(name)) for name in value):
            yield from _over_queries(value, place)
            return
        for name, one in value.items():
            yield from _numbers(one, (*place, str(name)), queries)
    elif hasattr(value, "_asdict"):
        yield from _numbers(value._asdict(), place, queries)
    elif isinstance(value, (list, tuple)):
        if len(value) in queries and len(value) > 1 and all(isinstance(one, numbers.Real) for one in value):
            yield (*place, "mean"), float(np.mean(value))
        elif len(value) <= _LONGEST:
            for number, one in enumerate(value):
                yield from _numbers(one, (*place, str(number)), queries)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _numbers(
            {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}, place, queries
        )
    elif hasattr(value, "__dict__") and not callable(value) and not isinstance(value, type):
        yield from _numbers(vars(value), place, queries)


def _over_queries(value: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    """The means of what queries have by their names, as pytrec_eval returns it; what all of them have."""
    each = [dict(_numbers(one, (), ())) for one in value.values()]
    for inside in each[0]:
        if all(inside in one for one in each):
            yield (*place, "mean", *inside), float(np.mean([one[inside] for one in each]))


def _of_array(
    value: np.ndarray, place: tuple[str, ...], queries: tuple[int, ...]
) -> Iterator[tuple[tuple[str, ...], float]]:
    if value.ndim == 0 or value.size == 1:
        yield place, float(value.reshape(()))
    elif len(value) in queries:
        yield (*place, "mean"), float(value.mean())
    elif len(value) <= _LONGEST:
        for number, one in enumerate(value):
            yield (*place, str(number)), float(one)
