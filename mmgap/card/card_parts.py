"""What a card holds: plain numbers with their intervals, what was left out, what is wrong; no words, no pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from mmgap.diagnosis.finding import Finding
from mmgap.metrics.retrieval import Direction
from mmgap.stats.interval import Interval
from mmgap.stats.thresholds import Threshold


@dataclass(frozen=True)
class GapPart:
    """The gap and where it lies.

    Attributes:
        plain: ``‖mean x − mean y‖``, which any two finite sets show.
        corrected: without the noise of the means; None where nothing says which text belongs to which image.
        p: of no gap at all, by sign flips; None likewise.
        misalignment: mean squared distance of own pairs; None likewise.
        centroid_share: the part of it that is the gap's, gap²/misalignment.
        dimensions: (dimension, share of gap²) of the five that carry most.
        half: fewest dimensions that carry half of gap².
        cosine_image, cosine_text: mean cosine within each modality: how narrow its cone is.
    """

    plain: float
    corrected: Interval | None
    p: float | None
    misalignment: float | None
    centroid_share: float | None
    dimensions: tuple[tuple[int, float], ...]
    half: int | None
    cosine_image: float
    cosine_text: float


@dataclass(frozen=True)
class RecallLine:
    """One ranking by one definition.

    Attributes:
        definition: ``any``, ``share``, ``r_precision``, ``map_at_r`` or ``own``.
        way: ``t2i`` or ``i2t``.
        k: rank up to which an item counts; None for the definitions without one.
        pool: images of a pool; None for the full set.
        recall: with its interval.
        most: what a perfect ranking has: below 1 where fewer items count than are right.
    """

    definition: str
    way: Direction
    k: int | None
    pool: int | None
    recall: Interval
    most: float = 1.0


@dataclass(frozen=True)
class HubLine:
    """How unevenly one direction finds its items.

    Attributes:
        way: ``t2i``: images are found.
        hubness: skewness of how often an item is among the 10 nearest; None where it is undefined.
        interval: of the hubness, where there is one.
        never: share of items that no query has among its 10 nearest; None where nobody measured it.
        most: how often the most frequent item is there; None likewise.
        asked: queries.
    """

    way: Direction
    hubness: float | None
    interval: Interval | None
    never: float | None
    most: float | None
    asked: int


@dataclass(frozen=True, eq=False)
class ThresholdPart:
    """What cosines tell of matches.

    Attributes:
        pool: one match among so many pairs.
        asked: at the cosine that was asked for.
        points: at round cosines, rising.
        cut: the threshold of the best F1, with its interval.
        at_cut: what it tells.
        edges: (B + 1,) of the bins of both distributions.
        matched, unmatched: (B,) counts.
    """

    pool: int
    asked: Threshold
    points: tuple[Threshold, ...]
    cut: Interval
    at_cut: Threshold
    edges: np.ndarray
    matched: np.ndarray
    unmatched: np.ndarray

    @property
    def tells(self) -> bool:
        """Whether a pair above the best cut is a match more often than any pair, beyond doubt."""
        precision = self.at_cut.precision
        return precision is not None and precision.low > 1 / self.pool


@dataclass(frozen=True)
class SpaceLine:
    """What one space changes, fitted on one half and measured on the other.

    Attributes:
        space: its spec.
        removed: part of the corrected gap that is gone; None for scores, which have none, and where there is none.
        changes: direction → change of R@1 by own pairs on the same queries.
    """

    space: str
    removed: float | None
    changes: Mapping[Direction, Interval]


@dataclass(frozen=True)
class SpacesPart:
    """What closing the gap would change.

    Attributes:
        lines: one a space.
        left_out: space → why it could not be fitted; the empty name for all of them.
        before: direction → R@1 of the halves as they are.
        notes: warnings of the fits.
    """

    lines: tuple[SpaceLine, ...]
    left_out: Mapping[str, str]
    before: Mapping[Direction, float]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Card:
    """All numbers of a card.

    Attributes:
        name: what was measured.
        images, texts, dimensions: rows and columns that were measured.
        relevance: how many relevant pairs there are beyond own ones.
        paired: whether something says which text belongs to which image.
        at_hand: whether the vectors are; of a row whose vectors are not, only what it holds is told.
        findings: what is wrong, of `mmgap.diagnosis.examination.examine`.
        untold: what these files do not tell.
        notes: what was assumed, sampled or left out, in sentences.
        gap, recalls, hubs, thresholds: None or empty where they cannot be computed; a note says why.
        spaces: None until they are computed.
        drawn: images that recalls, thresholds and spaces are of, where vectors are read in blocks; None for all.
    """

    name: str
    images: int
    texts: int
    dimensions: int
    relevance: int = 0
    paired: bool = True
    at_hand: bool = True
    findings: tuple[Finding, ...] = ()
    untold: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gap: GapPart | None = None
    recalls: tuple[RecallLine, ...] = ()
    hubs: tuple[HubLine, ...] = ()
    thresholds: ThresholdPart | None = None
    spaces: SpacesPart | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    drawn: int | None = None

    @property
    def severe(self) -> bool:
        """Whether anything severe was found."""
        return any(finding.severity == "severe" for finding in self.findings)

    def recall(self, definition: str, way: Direction, k: int | None = 1, pool: int | None = None) -> RecallLine | None:
        """Return one line of the recalls; None where it was left out."""
        asked = definition, way, k, pool
        return next((one for one in self.recalls if (one.definition, one.way, one.k, one.pool) == asked), None)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        told = _plain(self)
        told["findings"] = [finding.plain() for finding in self.findings]
        return told


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Interval):
        return {"value": value.value, "low": value.low, "high": value.high, "n": value.n}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


__all__ = [
    "Card",
    "Direction",
    "GapPart",
    "HubLine",
    "Interval",
    "RecallLine",
    "SpaceLine",
    "SpacesPart",
    "Threshold",
    "ThresholdPart",
]
