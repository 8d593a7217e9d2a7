"""Problems with one hostile thing in each: what a function is fed, from benign to hostile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, wraps

import numpy as np

from mmgap.core.messages import N_
from mmgap.testing.audit.problem import Problem, units

#: What is hostile in a problem → how a finding says it, in the order in which they are tried.
HOSTILE = {
    "benign": N_("where nothing is hostile: few pairs, positive cosines, no ties"),
    "round": N_("where there are hundreds of items, a multiple of a batch"),
    "perfect": N_("where every own item is found first"),
    "all wrong": N_("where no own item is found first"),
    "negative": N_("where cosines are below zero"),
    "odd": N_("where the number of items is odd, no multiple of a batch"),
    "few": N_("where there are two or three items"),
    "five captions": N_("where images have five texts each"),
    "shuffled captions": N_("where the texts of an image do not follow each other"),
    "unequal captions": N_("where images have different numbers of texts"),
    "shared captions": N_("where images share their captions"),
    "judged": N_("where queries have several relevant items"),
    "unanswered": N_("where a query has nothing relevant"),
    "classes": N_("where columns are classes of several rows"),
    "one class": N_("where all rows are of one class"),
    "cone": N_("where each modality lies in a narrow cone of its own"),
    "unnormalised": N_("where vectors have different norms"),
    "ties": N_("where cosines tie"),
    "constant": N_("where all vectors are equal"),
    "half": N_("where numbers are in half precision"),
    "many": N_("where there are a thousand items, no multiple of a batch"),
}

#: Cosines of one query differ by more: float32 ranks them as float64 does.
_MARGIN, _HALF_MARGIN = 1e-5, 6e-3


def _made_once(make: Callable[..., Iterable[Problem]]) -> Callable[..., tuple[Problem, ...]]:
    """The same problems each time, so that what definitions give on them is computed once."""

    @cache
    @wraps(make)
    def made(*arguments: int) -> tuple[Problem, ...]:
        return tuple(make(*arguments))

    return made


def vectors(seed: int, n: int, captions: int, noise: float, *, signed: bool = False, d: int = 8) -> Problem:
    """Return N images with so many texts each, which follow each other, in unit vectors that are told apart."""
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(n, d))
    images = items + noise * rng.normal(size=(n, d))
    texts = np.repeat(items, captions, axis=0) + noise * rng.normal(size=(n * captions, d))
    if not signed:
        images, texts = np.abs(images), np.abs(texts)
    relevance = np.repeat(np.arange(n), captions) == np.arange(n)[:, None]
    return Problem("benign", units(images), units(texts), relevance, captions)


def told_apart(problem: Problem, margin: float = _MARGIN) -> bool:
    """Return whether no two scores of a query are within the margin."""
    gaps = [np.diff(np.sort(side, axis=1), axis=1).min(initial=1) for side in (problem.scores, problem.scores.T)]
    return bool(min(gaps) > margin)


def _clear(name: str, start: int, n: int, captions: int, noise: float, margin: float = _MARGIN, **how: bool) -> Problem:
    """The first such problem, by rising seed, whose scores are told apart."""
    for seed in range(start, start + 4000):
        made = vectors(seed, n, captions, noise, signed=how.get("signed", False))
        if told_apart(made, margin):
            return replace(made, name=name)
    raise AssertionError(f"no clear problem of {n} items")


@_made_once
def benign(captions: int) -> list[Problem]:
    """Return what any such function is right on: it tells what it is fed and what it computes."""
    n = 16 if captions == 1 else 12
    noises = (0.5, 0.7, 0.9, 1.2, 1.5, 2.0)
    return [_clear("benign", 100 * seed, n, captions, noise) for seed, noise in enumerate(noises)]


@_made_once
def hostile(captions: int) -> Iterator[Problem]:
    """Yield problems on as many captions an image as the function takes."""
    yield replace(_clear("perfect", 500, 10, captions, 0.02))
    perfect = _clear("all wrong", 600, 10, captions, 0.02)
    yield replace(perfect, texts=np.roll(perfect.texts, captions, axis=0))
    for seed, noise in ((700, 0.7), (720, 1.2)):
        yield _clear("negative", seed, 10, captions, noise, signed=True)
    opposite = _clear("negative", 740, 10, captions, 0.9)
    yield _opposite(opposite)
    for seed, n in ((800, 17), (820, 13), (840, 7)):
        yield _clear("odd", seed, n, captions, 1.0)
    for seed, n in ((900, 3), (920, 2), (940, 2)):
        yield _clear("few", seed, n, captions, 1.5)
    for seed in (1000, 1100):
        yield _cone(vectors(seed, 11, captions, 0.7, signed=True))
    for seed in (1200, 1300):
        yield _unnormalised(_clear("unnormalised", seed, 10, captions, 0.9), seed)
    for seed in (1400, 1500, 1600):
        yield _tied(seed, 12, captions)
    yield _constant(8, captions)
    yield _half(captions)
    many = 1023 if captions == 1 else 203
    yield replace(vectors(1700, many, captions, 0.6, signed=True, d=16), name="many")


@_made_once
def round_numbers(captions: int) -> Iterator[Problem]:
    """Yield problems of hundreds of items that are multiples of usual batches."""
    for seed, n in ((1800, 200), (1820, 256), (1840, 1000), (1860, 1024)):
        if captions == 1 or n < 500:
            yield replace(vectors(seed, n, captions, 0.6, signed=True, d=16), name="round")


@_made_once
def several_captions() -> Iterator[Problem]:
    """Yield what a function should get right that is told which text belongs to which image."""
    rng = np.random.default_rng(1)
    for seed in (2000, 2100):
        five = _clear("five captions", seed, 12, 5, 1.2)
        yield five
        yield replace(five.part(np.arange(12), rng.permutation(60)), name="shuffled captions", captions=0)
        kept = np.concatenate([np.arange(5 * i, 5 * i + 1 + i % 5) for i in range(12)])
        yield replace(five.part(np.arange(12), kept), name="unequal captions", captions=0)


@_made_once
def judged() -> Iterator[Problem]:
    """Yield what a function should get right that is given what is relevant, or labels of both sides."""
    for seed in (2200, 2300):
        pairs = _clear("shared captions", seed, 12, 1, 1.0)
        groups = np.array([0, 1, 2, 0, 3, 4, 1, 0, 5, 6, 6, 7])
        yield replace(pairs, relevance=groups[:, None] == groups)


@_made_once
def relevant_any_way() -> Iterator[Problem]:
    """Yield what a function should get right that is given a matrix of what is relevant."""
    for seed in (2400, 2500):
        pairs = _clear("judged", seed, 12, 1, 1.0)
        rng = np.random.default_rng(seed)
        yield replace(pairs, relevance=(rng.random((12, 12)) < 0.25) | np.eye(12, dtype=bool))
    yield unanswered()


def unanswered() -> Problem:
    """Return a problem in which one query has nothing relevant."""
    pairs = _clear("unanswered", 2600, 9, 1, 1.0)
    relevance = np.eye(9, dtype=bool)
    relevance[4] = False
    return replace(pairs, relevance=relevance)


@_made_once
def classes() -> Iterator[Problem]:
    """Yield rows of classes: columns are the classes."""
    rng = np.random.default_rng(3)
    for name, seed, n in (("benign", 2700, 24), ("benign", 2800, 24), ("classes", 2900, 31), ("one class", 3000, 12)):
        yield _of_classes(name, seed, rng.integers(0, 6, size=n) if name != "one class" else np.full(n, 2))


def _of_classes(name: str, start: int, labels: np.ndarray) -> Problem:
    for seed in range(start, start + 2000):
        rng = np.random.default_rng(seed)
        names = units(np.abs(rng.normal(size=(6, 8))))
        rows = units(np.abs(names[labels] + 0.5 * rng.normal(size=(len(labels), 8))))
        made = Problem(name, rows, names, labels[:, None] == np.arange(6), 0)
        gaps = np.diff(np.sort(made.scores, axis=1), axis=1).min()
        if gaps > _MARGIN:
            return made
    raise AssertionError("no clear classes")


def _opposite(problem: Problem) -> Problem:
    """Both modalities in opposite cones: every cosine is negative."""
    texts = problem.texts - 3 * problem.texts.mean(axis=0)
    return replace(problem, texts=units(texts - problem.images.mean(axis=0)))


def _cone(problem: Problem) -> Problem:
    common = np.zeros((2, problem.images.shape[1]))
    common[0, :2], common[1, 2:5] = (2.5, -1.0), (1.5, 1.0, 2.0)
    images, texts = units(problem.images + common[0]), units(problem.texts + common[1])
    return replace(problem, name="cone", images=images, texts=texts)


def _unnormalised(problem: Problem, seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    norms = [np.exp(rng.normal(size=(len(side), 1))) for side in (problem.images, problem.texts)]
    return replace(problem, images=problem.images * norms[0], texts=problem.texts * norms[1])


def _tied(seed: int, n: int, captions: int) -> Problem:
    """Unit vectors of ±½ in four dimensions: their cosines are exact in every precision, and tie."""
    rng = np.random.default_rng(seed)
    images = rng.choice([-0.5, 0.5], size=(n, 4))
    flips = rng.random((n * captions, 4)) < 0.15
    texts = np.where(flips, -1, 1) * np.repeat(images, captions, axis=0)
    relevance = np.repeat(np.arange(n), captions) == np.arange(n)[:, None]
    return Problem("ties", images, texts, relevance, captions)


def _constant(n: int, captions: int) -> Problem:
    images, texts = np.full((n, 4), 0.5), np.full((n * captions, 4), 0.5)
    return Problem("constant", images, texts, np.repeat(np.arange(n), captions) == np.arange(n)[:, None], captions)


def _half(captions: int) -> Problem:
    """In half precision, as float64 reads it, with cosines that it tells apart."""
    n, several = (6, 1) if captions == 1 else (3, captions)
    made = _clear("half", 4000, n, several, 0.8, _HALF_MARGIN / (1 if captions == 1 else 4))
    images, texts = (side.astype(np.float16).astype(np.float64) for side in (made.images, made.texts))
    return replace(made, images=images, texts=texts, dtype="float16")
