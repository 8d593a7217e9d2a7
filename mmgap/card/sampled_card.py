"""The card of vectors that stay on disk: what is of every row exactly, and the rest of images drawn at random."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import cast

from mmgap.card.card_gap import gap_part, gap_without_pairs
from mmgap.card.card_parts import Card, GapPart, RecallLine
from mmgap.card.card_vectors import CardVectors, card_vectors
from mmgap.card.filled_card import paired_parts, quiet, untold_of
from mmgap.card.kept_rows import kept_rows
from mmgap.core.messages import Message
from mmgap.core.row_files import StoredPair
from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.core.vector_pairs import VectorPair
from mmgap.diagnosis.examination import examine
from mmgap.evaluation.streaming.drawn_pairs import SAMPLE, drawn_pairs
from mmgap.evaluation.streaming.file_relation import gap_parts, owned_relation
from mmgap.evaluation.streaming.item_store import temporary_store
from mmgap.evaluation.streaming.sampled_measure import SampledMeasurement, measure_sampled
from mmgap.evaluation.streaming.streamed_rows import StreamedRows, streamed, unit_rows_of
from mmgap.evaluation.streaming.streaming_state import streaming_dir
from mmgap.metrics.retrieval import Direction
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import UnitRows, normalised
from mmgap.rows.recall_names import recall_name
from mmgap.stats.clusters import Clusters
from mmgap.stats.gaps import gap_estimate_of


def sampled_card(
    pair: VectorPair,
    *,
    sample: int = SAMPLE,
    pool: int,
    cosine: float = 0.25,
    seed: int = 0,
    files: tuple[str, ...] = (),
) -> tuple[Card, CardVectors | None]:
    """Return the card of vectors on disk, without what spaces would change, and the drawn vectors, whom that is asked
    of; None where nothing says which text belongs to which image.

    The doctor and the gap are of all rows. Recalls of the full set are of the drawn images and their texts, each ranked
    exactly among all; pools, whose images are drawn at random anyhow, and thresholds are of the drawn ones alone. Where
    all images are drawn it is the card in memory.

    Args:
        pair: as `mmgap.core.row_files.open_faulty` finds it.
        sample: images that are drawn, at least 2; all where there are fewer.
        pool, cosine, seed: as `mmgap.card.filled_card.filled_card`.
        files: names that may say what is in the files.

    Raises:
        ValueError: fewer than two usable images or texts.
    """
    began = time.perf_counter()
    found = examine(pair.images, pair.texts, pair.owner, names=files)
    kept = kept_rows(pair.name, pair.images, pair.texts, pair.owner)
    images, texts = (
        cast(RowsOnDisk, rows).stored.kept(mask)
        for rows, mask in ((pair.images, kept.images), (pair.texts, kept.texts))
    )
    x, y = unit_rows_of(images), unit_rows_of(texts)
    card = Card(
        pair.name,
        len(x),
        len(y),
        x.width,
        paired=kept.owner is not None,
        findings=found.findings,
        untold=untold_of(found),
        notes=tuple(dict.fromkeys((*kept.notes, *found.notes))),
    )
    if kept.owner is None:
        gap = gap_without_pairs(x, y) if x.width == y.width else None
        return replace(card, gap=gap, seconds=_since(began)), None
    stored = StoredPair(images, texts, kept.owner, pair.name)
    drawn = min(sample, len(x))
    vectors = card_vectors(pair.name, *drawn_pairs(stored, drawn, seed))
    notes: list[str] = []
    few_images, few_texts = (normalised(v, exact_rows=EXACT_ROWS) for v in (vectors.images, vectors.texts))
    parts = paired_parts(vectors, few_images, few_texts, pool, cosine, seed, notes)
    if drawn == len(x):
        told = dict.fromkeys((*card.notes, *vectors.notes, *notes))
        return replace(card, notes=tuple(told), seconds=_since(began), **parts), vectors
    with quiet():
        measured = measure_sampled(stored, drawn, pool=max(2, min(pool, len(x))), covariances=False, seed=seed)
    single = len(x) == len(y)
    told = dict.fromkeys((*card.notes, *_sampled(drawn, len(x), len(y), single), *vectors.notes, *notes))
    return replace(
        card,
        notes=tuple(told),
        gap=_gap(stored, x, y, measured, seed),
        recalls=(*_full_set(measured, single), *(line for line in parts.get("recalls", ()) if line.pool is not None)),
        thresholds=parts.get("thresholds"),
        drawn=drawn,
        seconds=_since(began),
    ), vectors


def _full_set(measured: SampledMeasurement, single: bool) -> list[RecallLine]:
    """The recalls of the drawn queries among all; own pairs are right, so that both definitions say the same.

    A query that has one right item, as every text has, and every image where ``single``, gives the same by all
    definitions: the share found is its hit, R-precision and mAP@R are its hit at 1.
    """
    lines = []
    for key, interval in measured.intervals.items():
        recall = recall_name(key)
        if recall is not None and recall.pool is None:
            way: Direction = "t2i" if recall.way == "t2i" else "i2t"
            lines.append(RecallLine(recall.relevance or "any", way, recall.k, None, interval))
            if recall.relevance == "own" and (single or way == "t2i"):
                lines.append(RecallLine("share", way, recall.k, None, interval))
                names = ("r_precision", "map_at_r") if recall.k == 1 else ()
                lines += [RecallLine(name, way, None, None, interval) for name in names]
    return lines


def _sampled(drawn: int, n: int, m: int, single: bool) -> tuple[Message, ...]:
    """What is of a sample, and what is left out for that."""
    return (
        Message(
            "These vectors are read in blocks. Of all rows, exactly, are the gap and what the doctor reads row by row;"
            " of {drawn} of {n} images, drawn at random, with their texts are recalls, thresholds and what spaces would"
            " change.",
            drawn=f"{drawn:,}",
            n=f"{n:,}",
        ),
        Message(
            "Recalls without a pool are of these queries among all {n} images and all {m} texts; own pairs alone are"
            " right there, and the intervals are for the number that all queries would give.",
            n=f"{n:,}",
            m=f"{m:,}",
        ),
        Message("Left out: hubs, which need all queries.")
        if single
        else Message(
            "Left out: hubs, which need all queries; and from image to text the share of the right ones that is found,"
            " R-precision and mAP@R, which need the places of all texts of an image."
        ),
    )


def _gap(stored: StoredPair, x: UnitRows, y: UnitRows, measured: SampledMeasurement, seed: int) -> GapPart:
    """The gap of all rows."""
    clusters = Clusters.of(None, len(x))
    with temporary_store(streaming_dir()) as store:
        relation, order = owned_relation(stored.owner, len(x), store)
        texts = y if order is None else streamed(StreamedRows(stored.texts, order), y.deviation)
        found = gap_estimate_of(gap_parts(x, texts, relation, clusters, store.release), clusters, seed=seed)
        return gap_part(x, y, measured.metrics, found)  # its interval reads the sums once more


def _since(began: float) -> dict[str, float]:
    return {"doctor and numbers": time.perf_counter() - began}
