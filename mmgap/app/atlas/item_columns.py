"""What is measured of an embedding for its map: gap and recalls of the whole, rank and N_10 of each item."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from mmgap.core.defaults import HUBS_AT
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.hubness import places_of
from mmgap.metrics.pass_cross import Ranks, cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import hits
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import UnitRows, normalised
from mmgap.stats.gaps import gap_estimate
from mmgap.stats.interval import Interval

#: Similarities beyond which no rank is measured unless it is asked for: some ten seconds on two cores at d = 512.
MOST_SIMILARITIES = 625_000_000


@dataclass(frozen=True, eq=False)
class Columns:
    """Numbers of an embedding.

    Attributes:
        gap: ``‖mean x − mean y‖`` in [0, 2]; None without texts.
        corrected: the gap without the noise of its means, with its interval; None where it cannot be told.
        recall: share of images, and of texts, whose own pair comes first among all, by "i2t" and "t2i"; empty where
            ranks are not measured.
        rank: (N + M,) float32, images first: the expected place of the nearest own text (or of the own image), at
            least 1; None where it is not measured.
        hubness: (N + M,) float32 N_10, the number of queries of the other modality whose ten nearest hold an item.
    """

    gap: float | None = None
    corrected: Interval | None = None
    recall: dict[str, float] | None = None
    rank: np.ndarray | None = None
    hubness: np.ndarray | None = None


def unit_sets(images: np.ndarray, texts: np.ndarray) -> tuple[UnitRows, UnitRows]:
    """Return (N, d) images and (M, d) texts with every row divided by its norm, M = 0 included.

    Raises:
        ValueError: a zero or non-finite row, or two widths; the message names the first bad row.
    """
    x = normalised(images, "images", exact_rows=EXACT_ROWS)
    if not len(texts):
        return x, UnitRows(x.tensor[:0])
    y = normalised(texts, "texts", exact_rows=EXACT_ROWS)
    if x.width != y.width:
        raise ValueError(
            f"images have {x.width} dimensions and texts {y.width}, so no map holds both: take a space that joins"
            " them (cca, ridge, random)"
        )
    return x, y


def item_columns(
    x: UnitRows, y: UnitRows, owner: np.ndarray, clusters: np.ndarray | None = None, *, ranks: bool | None = None
) -> Columns:
    """Return what is measured of images and texts in one space.

    Args:
        x, y: (N, d) images and (M, d) texts.
        owner: (M,) the image of each text.
        clusters: (N,) label of the images that share captions, as `mmgap.stats.gap_estimate` takes them.
        ranks: whether ranks and N_10 are measured, by one pass over all N·M similarities; None: where those are at
            most `MOST_SIMILARITIES`.
    """
    if not len(y):
        return Columns()
    gap, corrected = modality_gap(x, y), None
    with suppress(ValueError):  # two images at least, and two clusters, tell noise from a gap
        corrected = gap_estimate(x, y, owner=owner, clusters=clusters, flips=1).corrected
    if not (len(x) * len(y) <= MOST_SIMILARITIES if ranks is None else ranks):
        return Columns(gap, corrected)
    found = cross(x.tensor, y.tensor, relevance_of(None, len(x), len(y), owner), nearest=HUBS_AT)
    places = places_of(found, HUBS_AT)
    return Columns(
        gap,
        corrected,
        {"i2t": float(hits(found.i2t, 1).mean()), "t2i": float(hits(found.t2i, 1).mean())},
        np.concatenate([expected_rank(found.i2t), expected_rank(found.t2i)]).astype(np.float32),
        np.concatenate([places["t2i"].counts, places["i2t"].counts]).astype(np.float32),
    )


def expected_rank(ranks: Ranks) -> np.ndarray:
    """Return (queries,) the expected place of the first own item over all orders of the tied ones, at least 1.

    Below r rivals, t rivals and p own items are tied: the first of p among t + p in random order stands at
    ``(t + p + 1)/(p + 1)``.

    >>> one = np.array([1])
    >>> expected_rank(Ranks(above=one * 2, tied=one, positives=one)).tolist()  # third or fourth
    [3.5]
    """
    return ranks.above + (ranks.tied + ranks.positives + 1) / (ranks.positives + 1)
