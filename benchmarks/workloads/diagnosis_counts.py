"""How many planted faults the doctor finds, and what it finds where nothing is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.examination import Examination, examine
from mmgap.diagnosis.logit_scale import plausible_scales
from mmgap.diagnosis.pairing import pairing
from mmgap.diagnosis.surveyed_rows import survey

from .clean_vectors import VectorSet, made_set, part, real_sets
from .planted_faults import PLANTERS
from .planting import Planted


@dataclass(frozen=True)
class Trial:
    """One set that was examined: what was planted in it, where anything was, and what was found."""

    planted: Planted | None
    about: str
    found: Examination

    @property
    def hit(self) -> bool:
        """Whether the planted kind is among what was found."""
        return self.planted is not None and any(one.kind == self.planted.kind for one in self.found.findings)

    @property
    def alarms(self) -> tuple[str, ...]:
        """The kinds that were found, notes left out."""
        return tuple(one.kind for one in self.found.findings if one.severity != "note")


def clean_set(rng: np.random.Generator, real: float, most: int) -> VectorSet:
    """Draw a set with which nothing is wrong, of real vectors with this chance."""
    sets = real_sets() if real else ()
    if sets and rng.random() < real:
        return part(rng, sets[int(rng.integers(len(sets)))])
    return made_set(rng, most)


def planted_trials(kind: str, count: int, *, seed: int = 0, real: float = 0.3, most: int = 2000) -> Iterator[Trial]:
    """Plant faults of a kind in ``count`` sets, and examine them."""
    for number in range(count):
        rng = np.random.default_rng([seed, list(PLANTERS).index(kind), number])
        planted = PLANTERS[kind](rng, clean_set(rng, real, most))
        yield Trial(planted, planted.vectors.about, _examined(planted.vectors, planted.scale))


def clean_trials(count: int, *, seed: int = 1, real: float = 0.3, most: int = 5000) -> Iterator[Trial]:
    """Examine ``count`` clean sets, every tenth of up to ``most`` pairs and the others of a fifth of that, every other
    one with a logit scale that its pairs agree with."""
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        vectors = clean_set(rng, real, most if number % 10 == 0 else most // 5)
        scale = _right(vectors) * rng.uniform(0.5, 2) if number % 2 else None
        yield Trial(None, vectors.about, _examined(vectors, scale))


def _examined(vectors: VectorSet, scale: float | None) -> Examination:
    return examine(vectors.images, vectors.texts, vectors.owner, scale=scale, names=vectors.names)


def _right(vectors: VectorSet) -> float:
    sides = survey(vectors.images, Message("images")), survey(vectors.texts, Message("texts"))
    least, most = plausible_scales(pairing(*sides, vectors.owners))
    return float(np.sqrt(least * min(most, 300)))
