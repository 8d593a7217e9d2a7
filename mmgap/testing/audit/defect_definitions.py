"""What known defects compute: a number that agrees with one of them everywhere has that defect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from mmgap.core.messages import Message
from mmgap.testing.audit.changed_problems import CHANGED, KINDS, OF_VECTORS
from mmgap.testing.audit.definition import Definition, Value
from mmgap.testing.audit.geometry_definitions import of_positive, value_of_vectors
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.ranking_definitions import per_query


@lru_cache(maxsize=4096)
def defects_of(definition: Definition) -> tuple[Definition, ...]:
    """Return what the known defects make of a definition, the likeliest first."""
    return tuple(_of_ranking(definition) if definition.tied else _of_vectors(definition))


def _made(definition: Definition, wrong: str, words: Message, value: Value) -> Definition:
    return replace(definition, words=words, value=value, wrong=wrong)


def _of_vectors(definition: Definition) -> Iterator[Definition]:
    what = definition.words
    half = Message("half of {what}: a triangle is divided by the whole square", what=what)
    yield _made(definition, "halved_triangle", half, partial(_triangle, definition))
    if isinstance(definition.value, partial) and definition.value.func is value_of_vectors:
        above = Message("{what}, those above zero alone", what=what), Message("{what}, 0 at least each", what=what)
        for kept, words in zip((False, True), above, strict=True):
            value = partial(of_positive, definition.value.args[0], definition.value.args[1], kept)
            yield _made(definition, "below_zero_dropped", words, value)
    for name in OF_VECTORS:
        words = Message("{what}, after {change}", what=what, change=name)
        yield _made(definition, KINDS[name], words, partial(_changed, definition, CHANGED[name]))
    for batch in _BATCHES:
        yield from _of_batches(definition, batch)


def _of_ranking(definition: Definition) -> Iterator[Definition]:
    what = definition.words
    for c in (5, 2, 3, 4, 10):
        words = Message("{fixed} + {share} × ({what})", fixed=f"{1 - 1 / c:g}", share=f"{1 / c:g}", what=what)
        yield _made(definition, "unfilled_rows", words, partial(_affine, definition, 1 - 1 / c, 1 / c))
        words = Message("({what}) / {n}", what=what, n=c)
        yield _made(definition, "divided_by_captions", words, partial(_affine, definition, 0.0, 1 / c))
    words = Message("({what}) / texts of an image", what=what)
    yield _made(definition, "divided_by_captions", words, partial(_over_captions, definition))
    if definition.k is not None:
        for more in (-1, 1):
            words = Message("{what}, with {k} places", what=what, k=definition.k + more)
            yield _made(definition, "places_off_by_one", words, partial(_places_more, definition, more))
    if definition.quantity == "ndcg":
        words = Message("{what}, its ideal made of the first k alone", what=what)
        yield _made(definition, "ideal_of_top_k", words, partial(_own_ideal, definition))
    for name, change in CHANGED.items():
        words = Message("{what}, after {change}", what=what, change=name)
        yield _made(definition, KINDS[name], words, partial(_changed, definition, change))
    for batch in _BATCHES:
        beyond = {
            "found": Message("{what}, rows beyond the last full batch of {batch} found", what=what, batch=batch),
            "missed": Message("{what}, rows beyond the last full batch of {batch} missed", what=what, batch=batch),
        }
        for how, words in beyond.items():
            yield _made(definition, "unfilled_rows", words, partial(_full_batches, definition, batch, how))
        yield from _of_batches(definition, batch)
        words = Message("{what}, mean of the means of batches of {batch}", what=what, batch=batch)
        yield _made(definition, "batch_means", words, partial(_batch_means, definition, batch))
    if definition.side == "rows" and isinstance(definition.value, partial) and "rows" in definition.value.args:
        turned = ["columns" if one == "rows" else one for one in definition.value.args]
        words = Message("{what}, columns ask", what=what)
        yield _made(definition, "one_direction", words, partial(definition.value.func, *turned))
    words = Message("{what}, item i taken for the partner of item i", what=what)
    yield _made(definition, "pairs_ignored", words, partial(_diagonal, definition))
    words = Message("{what}, the first text of each image alone", what=what)
    yield _made(definition, "first_caption", words, partial(_first_caption, definition))


def _of_batches(definition: Definition, batch: int) -> Iterator[Definition]:
    what = definition.words
    words = Message("{what}, rows beyond the last full batch of {batch} left out", what=what, batch=batch)
    yield _made(definition, "unfilled_rows", words, partial(_full_batches, definition, batch, "left out"))
    words = Message("{what}, each batch of {batch} by itself", what=what, batch=batch)
    yield _made(definition, "within_batches", words, partial(_within_batches, definition, batch))


#: Sizes of batches that are tried.
_BATCHES = (8, 16, 32, 64, 100, 128, 256, 2, 3, 4, 5, 10, 20, 25, 50, 200, 500, 512, 1000, 1024)


def _affine(definition: Definition, fixed: float, share: float, problem: Problem, ties: str) -> float:
    return fixed + share * definition.value(problem, ties)


def _over_captions(definition: Definition, problem: Problem, ties: str) -> float:
    return definition.value(problem, ties) * len(problem.images) / len(problem.texts)


def _places_more(definition: Definition, more: int, problem: Problem, ties: str) -> float:
    value, k = definition.value, definition.k or 0
    if not isinstance(value, partial) or k not in value.args or k + more < 1:
        return float("nan")
    args = tuple(k + more if one is k else one for one in value.args)
    return float(partial(value.func, *args)(problem, ties))


def _own_ideal(definition: Definition, problem: Problem, ties: str) -> float:
    def of_found(places: np.ndarray, _relevant: np.ndarray, k: int) -> np.ndarray:
        few = places[:, :k]
        discount = 1 / np.log2(np.arange(2, few.shape[1] + 2))
        best = (-np.sort(-few, axis=1)) @ discount
        return np.asarray((few @ discount) / np.where(best == 0, 1, best))

    sides = ("rows", "columns") if definition.side == "both" else (definition.side,)
    k = definition.k or 10**9
    return float(np.mean([per_query(problem, side, "cosine", ties, of_found, k).mean() for side in sides]))


def _changed(definition: Definition, change: Callable[[Problem], Problem], problem: Problem, ties: str) -> float:
    return definition.value(_remembered(change, problem), ties)


@lru_cache(maxsize=1024)
def _remembered(change: Callable[[Problem], Problem], problem: Problem) -> Problem:
    """The changed problem, made once: rankings of it are kept by its identity."""
    return change(problem)


def _full_batches(definition: Definition, batch: int, how: str, problem: Problem, ties: str) -> float:
    n = len(problem.images)
    full = n // batch * batch
    if not full or full == n:
        return definition.value(problem, ties) if full else {"found": 1.0, "missed": 0.0}.get(how, float("nan"))
    part = _rows(problem, 0, full, len(problem.texts)) if definition.side == "rows" else _pairs(problem, 0, full)
    value = definition.value(part, ties)
    if how == "left out":
        return value
    return (full * value + (n - full) * (how == "found")) / n


def _within_batches(definition: Definition, batch: int, problem: Problem, ties: str) -> float:
    n = len(problem.images)
    if n <= batch:
        return definition.value(problem, ties)
    starts = range(0, n, batch)
    return float(np.mean([definition.value(_pairs(problem, i, min(i + batch, n)), ties) for i in starts]))


def _triangle(definition: Definition, problem: Problem, ties: str) -> float:
    n = len(problem.images)
    return definition.value(problem, ties) * (n - 1) / (2 * n)


def _diagonal(definition: Definition, problem: Problem, ties: str) -> float:
    if problem.kind == "pairs":
        return definition.value(problem, ties)
    n, m = problem.relevance.shape
    return definition.value(replace(problem, relevance=np.eye(n, m, dtype=bool)), ties)


def _first_caption(definition: Definition, problem: Problem, ties: str) -> float:
    if problem.kind == "pairs":
        return definition.value(problem, ties)
    first = np.zeros_like(problem.relevance)
    first[np.arange(len(first)), problem.targets] = problem.relevance.any(axis=1)
    return definition.value(replace(problem, relevance=first), ties)


def _batch_means(definition: Definition, batch: int, problem: Problem, ties: str) -> float:
    n, columns = len(problem.images), np.arange(len(problem.texts))
    if n <= batch:
        return definition.value(problem, ties)
    parts = [_rows(problem, start, min(start + batch, n), len(columns)) for start in range(0, n, batch)]
    return float(np.mean([definition.value(part, ties) for part in parts]))


@lru_cache(maxsize=1024)
def _rows(problem: Problem, start: int, stop: int, columns: int) -> Problem:
    return problem.part(np.arange(start, stop), np.arange(columns))


@lru_cache(maxsize=1024)
def _pairs(problem: Problem, start: int, stop: int) -> Problem:
    return problem.kept(np.arange(start, stop))
