"""In how many of the studies that tried a loss it closes most of the gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mmgap.analysis.study_answers import Study


@dataclass(frozen=True)
class Wins:
    """A loss, the studies in which it closes most of the gap, and those that tried it: 1 ≤ ``won`` ≤ ``tried``."""

    name: str
    won: int
    tried: int


def closing_tally(studies: Iterable[Study], kind: str = "losses") -> list[Wins]:
    """Return what closes most of the gap in some study of a kind, what does so in most studies first.

    A study has tried what it has an answer for: a loss that few studies tried can win in few.
    """
    own = [study for study in studies if study.kind == kind]
    won = Counter(most.name for study in own if (most := study.most_closing()))
    tried = Counter(name for study in own for name in {answer.name for answer in study.answers})
    found = [Wins(name, count, tried[name]) for name, count in won.items()]
    return sorted(found, key=lambda one: (-one.won, one.tried, one.name))
