"""The gaps of known models, each as printed or published, with its source: the ruler that a card is held against."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class KnownGap:
    """One model on one data set.

    Attributes:
        model, data: in words.
        gap: in [0, 2]; corrected for noise where ``low`` and ``high`` stand, else as its source prints it.
        low, high: ends of its 95 % interval; None where its source has none.
        source: file of a published row, or paper and table.
    """

    model: str
    data: str
    gap: float
    low: float | None
    high: float | None
    source: str

    @property
    def name(self) -> str:
        """Model and data."""
        return f"{self.model} · {self.data}"


@functools.cache
def known_gaps() -> tuple[KnownGap, ...]:
    """Return all of them, the smallest first.

    >>> [one.gap for one in known_gaps() if one.name == "CLIP ViT-B/16 · COCO, 500 photos"]
    [0.851]
    """
    text = files("mmgap.card").joinpath("known_gaps.json").read_text(encoding="utf-8")
    return tuple(sorted((KnownGap(**one) for one in json.loads(text)), key=lambda one: one.gap))


def nearest(gap: float) -> KnownGap:
    """Return the known model whose gap is nearest."""
    return min(known_gaps(), key=lambda one: abs(one.gap - gap))
