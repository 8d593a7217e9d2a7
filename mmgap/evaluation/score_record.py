"""What an experiment records of vectors in their space: all of it, or of a scorer what scores can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mmgap.core.defaults import HUBS_AT, POOL, RECALLS_AT
from mmgap.core.messages import N_
from mmgap.evaluation.cross_fitting import Half, HalvedVectors
from mmgap.evaluation.halves_record import record_halves
from mmgap.evaluation.hub_values import hub_values
from mmgap.evaluation.space_record import recall_intervals, record_duplicates, record_encoding, record_space
from mmgap.metrics.catalogue import described
from mmgap.metrics.hubness import places_of
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.recalls import recall_hits
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.retrieval import DIRECTIONS, Direction
from mmgap.rows.recall_names import known_recall
from mmgap.rows.recorder import Recorder
from mmgap.spaces.maps import Scorer, scored_vectors

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors


def record_vectors(
    record: Recorder, vectors: Vectors | HalvedVectors, dataset: Dataset, *, pool: int = POOL, **options: Any
) -> None:
    """Record a dataset's vectors: `record_space`, or `record_scores` where their space has scores of its own.

    Args:
        record: the recording door of the cell.
        vectors: of `mmgap.encoders.embed.embed`, in their space; in halves, each is recorded so and the means are kept.
        dataset: ids, owners and relevance.
        pool: images in a pool.
        options: the others of `record_space`.
    """
    if isinstance(vectors, HalvedVectors):

        def work(one: Recorder, half: Half) -> None:
            record_vectors(one, half.vectors, half.dataset, pool=pool, **options)

        record_halves(record, vectors, dataset.owner, work)
        return
    record_encoding(record, vectors, dataset)
    if vectors.scorer is None:
        record_space(record, vectors.images, vectors.texts, dataset, pool=pool, **options)
    else:
        record_scores(record, vectors.scorer, vectors.images, vectors.texts, dataset, pool=pool)


def record_scores(
    record: Recorder, scorer: Scorer, images: np.ndarray, texts: np.ndarray, dataset: Dataset, *, pool: int = POOL
) -> None:
    """Record the recalls of a scorer, any-of and by own pairs, named and with intervals as by `record_space`.

    Scores are tied where they differ by less than 4·eps(float32) of the longest vectors.

    Args:
        record: the recording door of the cell.
        scorer: of the space.
        images: (N, d), as the space made them.
        texts: (M, d), likewise.
        dataset: ids, owners and relevance.
        pool: images in a pool.

    Raises:
        SpaceError: the scorer was fitted with some of the vectors.
    """
    for note in dataset.footnotes:
        record.note(note)
    record.note(
        N_("A scorer changes scores, not vectors: it has recalls and hubs, no gap, uniformity or cosines of its own.")
    )
    relation = relevance_of(dataset.relevance("any"), len(images), len(texts), dataset.owner)
    reasons: dict[str, str] = {}
    for direction in DIRECTIONS:
        extended = scored_vectors(scorer, images, texts, direction)
        ranked = _ranked(extended, relation, nearest=HUBS_AT)
        own = ranked if relation.own is relation else _ranked(extended, relation.own)
        for found, suffix in ((ranked, ""), (own, "_own")):
            reasons |= _record_direction(record, found, direction, relation, pool, suffix)
        reasons |= _record_hubs(record, ranked, direction, relation)
    for reason in dict.fromkeys(reasons.values()):
        record.note("Left out: {reason}.", reason=reason)
    record_duplicates(record, dataset)
    record.keep({"owner": dataset.owner, "cluster": relation.clusters})


def _ranked(extended: tuple[np.ndarray, np.ndarray], relation: Relevance, nearest: int = 0) -> Cross:
    x, y = (torch.from_numpy(np.ascontiguousarray(rows)) for rows in extended)
    return cross(x, y, relation, deepest=max(RECALLS_AT), nearest=nearest, raw=True)


def _record_direction(
    record: Recorder, ranked: Cross, direction: Direction, relation: Relevance, pool: int, suffix: str
) -> dict[str, str]:
    """Record the recalls of one direction; the reasons of those that are left out are given back."""
    hits, omitted = recall_hits(ranked, pool)
    hits = {name: values for name, values in hits.items() if known_recall(name).way == direction}
    for name, interval in recall_intervals(ranked, hits, relation.clusters, pool).items():
        ends = interval.low, interval.high
        record(name + suffix, interval.value, ci=ends, n=interval.n, unit="share", higher_is_better=True)
    record.keep({name + suffix: values for name, values in hits.items()})
    return omitted


def _record_hubs(record: Recorder, ranked: Cross, direction: Direction, relation: Relevance) -> dict[str, str]:
    """Record how unevenly one direction finds its items; the reason of what is left out is given back."""
    of_texts = relation.clusters[relation.known_owner]
    found = hub_values(places_of(ranked, HUBS_AT)[direction], (relation.clusters, of_texts), direction)
    for name, value in found.metrics.items():
        interval, known = found.intervals.get(name), described(name)
        ends = None if interval is None else (interval.low, interval.high)
        record(name, value, ci=ends, n=len(found.counts), unit=known.unit, higher_is_better=known.better)
    record.keep({f"neighbours_{direction}": found.counts})
    return found.omitted
