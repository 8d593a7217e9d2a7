"""How rows spell a recall: ``t2i_r1_pool90_own`` says which way, at which rank, among how many, by which relevance."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass

#: The spelling for readers of a list of metrics.
PATTERN = "[train_]{i2t|t2i}_r{k}[_pool{n}|_resampled{n}][_own|_any|_sd]"

_SPELLING = re.compile(
    r"(?P<train>train_)?(?P<way>i2t|t2i)_r(?P<k>\d+)(?:_(?P<pools>pool|resampled)(?P<n>\d+))?"
    r"(?:_(?P<relevance>own|any|strict))?(?P<sd>_sd)?"
)


@dataclass(frozen=True)
class RecallName:
    """The parts of a recall's name; ``str`` spells it.

    Attributes:
        way: "i2t" where images look for their texts, "t2i" the other way round.
        k: the rank up to which a relevant item counts.
        pool: images in a pool; None for the full set.
        drawn: pools were drawn at random; else the recall is the expectation over all of them.
        relevance: "own" pairs alone, "any" relevant pair, "strict" (what rows of version 1 call "own"); "" where it is
            left unsaid, which means any.
        sd: the standard deviation over the drawn pools, instead of their mean.
        train: of the train split.

    >>> str(RecallName("t2i", 1, pool=90, relevance="own"))
    't2i_r1_pool90_own'
    """

    way: str
    k: int
    pool: int | None = None
    drawn: bool = False
    relevance: str = ""
    sd: bool = False
    train: bool = False

    def __str__(self) -> str:
        pools = "" if self.pool is None else f"_{'resampled' if self.drawn else 'pool'}{self.pool}"
        relevance = f"_{self.relevance}" if self.relevance else ""
        return f"{'train_' * self.train}{self.way}_r{self.k}{pools}{relevance}{'_sd' * self.sd}"

    @property
    def plain(self) -> bool:
        """Whether it is exact, of the measured split, and leaves its relevance unsaid."""
        return not (self.train or self.drawn or self.sd or self.relevance)


def recall_names(
    ways: Collection[str], ranks: Collection[int], pool: int | None = None, relevance: str = ""
) -> list[str]:
    """Return the names of exact recalls, way by way.

    >>> recall_names(("t2i",), (1, 5), 90, "own")
    ['t2i_r1_pool90_own', 't2i_r5_pool90_own']
    """
    return [str(RecallName(way, k, pool, relevance=relevance)) for way in ways for k in ranks]


@functools.cache
def recall_name(name: str) -> RecallName | None:
    """Read the name of a metric; None where it is no recall.

    >>> recall_name("i2t_r5_resampled90_sd")
    RecallName(way='i2t', k=5, pool=90, drawn=True, relevance='', sd=True, train=False)
    >>> recall_name("rmg") is None
    True
    """
    found = _SPELLING.fullmatch(name)
    if found is None:
        return None
    return RecallName(
        found["way"],
        int(found["k"]),
        int(found["n"]) if found["n"] else None,
        found["pools"] == "resampled",
        found["relevance"] or "",
        bool(found["sd"]),
        bool(found["train"]),
    )


def known_recall(name: str) -> RecallName:
    """Read a name that must be a recall's.

    Raises:
        ValueError: it is none.
    """
    found = recall_name(name)
    if found is None:
        raise ValueError(f"{name!r} is no recall: expected {PATTERN}")
    return found
