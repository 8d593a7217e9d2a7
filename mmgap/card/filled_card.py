"""A card filled from vectors: what is wrong first, then all numbers that these rows allow."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from mmgap.card.card_gap import gap_part, gap_without_pairs
from mmgap.card.card_parts import Card, HubLine
from mmgap.card.card_vectors import CardVectors
from mmgap.card.recall_lines import recall_lines
from mmgap.card.threshold_part import threshold_part
from mmgap.core.messages import Message
from mmgap.core.threads import side_by_side
from mmgap.diagnosis.examination import Examination, examine
from mmgap.evaluation.measurement import Measurement
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.measuring_device import CPU, placed
from mmgap.metrics.retrieval import DIRECTIONS
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import UnitRows, normalised
from mmgap.stats import hubness_interval

_log = logging.getLogger("mmgap")


def filled_card(
    vectors: CardVectors, *, pool: int, cosine: float = 0.25, seed: int = 0, device: torch.device = CPU
) -> Card:
    """Return the card of vectors, without what spaces would change.

    Args:
        vectors: of `mmgap.card.card_vectors.card_vectors`.
        pool: one match stands among so many pairs, at least 2.
        cosine: whose meaning is told.
        seed: of everything random: sign flips, halves, resampled sets.
        device: where similarities are computed.

    >>> import numpy as np
    >>> from mmgap.card.card_vectors import card_vectors
    >>> x, y = np.random.default_rng(0).normal(size=(2, 30, 8))
    >>> card = filled_card(card_vectors("noise", x, y), pool=30)
    >>> card.images, card.gap.corrected.low, len(card.recalls)
    (30, 0.0, 22)
    """
    began = time.perf_counter()
    found, (x, y, parts, left_out) = side_by_side(
        lambda: examine(*vectors.given, names=vectors.files), lambda: _measured(vectors, pool, cosine, seed, device)
    )
    notes = [*vectors.notes, *found.notes, *left_out]
    return Card(
        vectors.name,
        len(x),
        len(y),
        x.tensor.shape[1],
        relevance=0 if vectors.relation is None else len(vectors.relation.pairs) - len(y),
        paired=vectors.relation is not None,
        findings=found.findings,
        untold=untold_of(found),
        notes=tuple({note.rstrip("."): note for note in notes}.values()),
        seconds={"doctor and numbers": time.perf_counter() - began},
        **parts,
    )


def _measured(
    vectors: CardVectors, pool: int, cosine: float, seed: int, device: torch.device
) -> tuple[UnitRows, UnitRows, dict[str, Any], list[str]]:
    """Both sides, normalised, the parts of the card that they allow, and what is left out."""
    x, y = (
        normalised(placed(v, name, device), name, exact_rows=EXACT_ROWS)
        for v, name in ((vectors.images, "images"), (vectors.texts, "texts"))
    )
    if vectors.relation is not None:
        notes: list[str] = []
        return x, y, paired_parts(vectors, x, y, pool, cosine, seed, notes), notes
    return x, y, {"gap": gap_without_pairs(x, y)} if x.tensor.shape[1] == y.tensor.shape[1] else {}, []


def untold_of(found: Examination) -> tuple[str, ...]:
    """Return what these files do not tell, in sentences."""
    return tuple(one.message for one in found.untold)


def paired_parts(
    vectors: CardVectors, x: UnitRows, y: UnitRows, pool: int, cosine: float, seed: int, notes: list[str]
) -> dict[str, Any]:
    """Return the parts of a card that pairs allow, by their names in it.

    Args:
        vectors: whose relation is known.
        x, y: the same, normalised.
        pool, cosine, seed: as `filled_card`.
        notes: is given what is left out.
    """
    with quiet():
        try:
            measured = measure_all(x, y, relevance=vectors.relation, seed=seed)
        except ValueError as error:  # a single image, or every image relevant to every text
            notes.append(Message("Recall, thresholds and whatever needs pairs are left out: {why}.", why=error.args[0]))
            return {"gap": gap_without_pairs(x, y)}
    clusters = measured.relevance.clusters
    if clusters.max() < 1:
        why = Message("all images share captions with one another, so that there is nothing to compare")
        notes.append(Message("Recall, thresholds and whatever needs pairs are left out: {why}.", why=why))
        return {"gap": gap_without_pairs(x, y)}
    (lines, left_out), thresholds, hubs = side_by_side(
        lambda: recall_lines(measured),
        lambda: threshold_part(measured, pool, cosine, seed),
        lambda: _hubs(measured, seed),
    )
    notes += left_out
    gap = gap_part(measured.images, measured.texts, measured.metrics, measured.gap)
    return {"gap": gap, "recalls": tuple(lines), "hubs": hubs, "thresholds": thresholds}


def _hubs(measured: Measurement, seed: int) -> tuple[HubLine, ...]:
    clusters = measured.relevance.clusters
    of_text = clusters[measured.relevance.known_owner]
    lines = []
    for way in reversed(DIRECTIONS):
        there = measured.places[way]
        sides = (clusters, of_text) if way == "i2t" else (of_text, clusters)
        lines.append(
            HubLine(
                way,
                measured.metrics.get(f"hubness_{way}"),
                hubness_interval(there, clusters=sides, seed=seed),
                measured.metrics.get(f"never_retrieved_{way}"),
                float(there.counts.max()),
                len(there.start) - 1,
            )
        )
    return tuple(lines)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what is left out from the log: it stands on the card."""
    level = _log.level
    _log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        _log.setLevel(level)
