"""A planted fault, whether pairs match well enough to tell it, and what faults are made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.pairing import pairing
from mmgap.diagnosis.surveyed_rows import survey

from .clean_vectors import VectorSet


@dataclass(frozen=True, eq=False)
class Planted:
    """A set with a fault.

    Attributes:
        vectors: as they are now.
        kind: what has to be found.
        fault: what was done, in words.
        detectable: whether anything in the vectors tells.
        scale: the logit scale that goes with them, where one does.
    """

    vectors: VectorSet
    kind: str
    fault: str
    detectable: bool = True
    scale: float | None = None


@dataclass(frozen=True)
class Strength:
    """How well the pairs of a clean set match: recall at 1 over chance, and the mean place of own images."""

    times_chance: float
    place: float
    recall: float

    @property
    def telling(self) -> bool:
        """Whether one can tell where rows went, as the doctor says it: recall at 1 is ten times chance."""
        return self.times_chance >= 10


def strength(vectors: VectorSet) -> Strength:
    """Return how well pairs match."""
    sides = survey(vectors.images, Message("images")), survey(vectors.texts, Message("texts"))
    found = pairing(*sides, vectors.owners)
    return Strength(found.recall / found.chance, float(found.places.mean()), found.recall)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return the rows, each one long, in their own type."""
    wide = vectors.astype(np.float64)
    return np.asarray((wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(vectors.dtype))


def one_side(rng: np.random.Generator, vectors: VectorSet, change: Callable[[np.ndarray], np.ndarray]) -> VectorSet:
    """Return a set of which images or texts are changed, by lot."""
    side = rng.choice(["images", "texts"])
    changed = change(getattr(vectors, side).copy())
    return replace(vectors, **{str(side): changed}, about=f"{vectors.about}; {side}")


def some_rows(rng: np.random.Generator, n: int, low: float, high: float, least: int = 1) -> np.ndarray:
    """Return the numbers of some of n rows: a share between low and high, at least so many."""
    return np.sort(rng.choice(n, max(least, int(rng.uniform(low, high) * n)), replace=False))


def some_block(rng: np.random.Generator, n: int, low: float, high: float, least: int) -> slice:
    """Return a run of some of n rows, as long as `some_rows` are many, which leaves at least as many out."""
    length = min(n - least, max(least, int(rng.uniform(low, high) * n)))
    start = int(rng.integers(0, n - length + 1))
    return slice(start, start + length)
