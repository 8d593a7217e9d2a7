"""What an experiment records of vectors in their space: all of it, or of a space of scores what scores can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mmgap.core.defaults import POOL, RECALLS_AT
from mmgap.core.messages import N_
from mmgap.evaluation.cross_fitting import HalvedVectors
from mmgap.evaluation.halves_record import record_halves
from mmgap.evaluation.space_record import recall_intervals, record_duplicates, record_encoding, record_space
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.recalls import recall_hits
from mmgap.metrics.relevance import relevance_of
from mmgap.rows.recorder import Recorder

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
        recorded = [Recorder(record.known) for _ in vectors.halves]
        for one, half in zip(recorded, vectors.halves, strict=True):
            record_vectors(one, half.vectors, half.dataset, pool=pool, **options)
        record_halves(record, vectors, dataset.owner, recorded)
        return
    record_encoding(record, vectors, dataset)
    if vectors.scores is None:
        record_space(record, vectors.images, vectors.texts, dataset, pool=pool, **options)
    else:
        record_scores(record, vectors.scores, dataset, pool=pool)


def record_scores(record: Recorder, scores: np.ndarray, dataset: Dataset, *, pool: int = POOL) -> None:
    """Record the recalls of scores, any-of and by own pairs, under the names and with the intervals of `record_space`.

    Scores are tied where they differ by less than 4·eps(float32) of the length of a row of them.

    Args:
        record: the recording door of the cell.
        scores: (N, M) of every image with every text, finite; more is nearer.
        dataset: ids, owners and relevance.
        pool: images in a pool.

    Raises:
        ValueError: another shape than the dataset has, or a score that is not finite.
    """
    wanted = (len(dataset.image_ids), len(dataset.captions))
    if scores.shape != wanted or not np.isfinite(scores).all():
        raise ValueError(f"scores of shape {scores.shape}: finite ones of shape {wanted} are needed")
    for note in dataset.footnotes:
        record.note(note)
    record.note(
        N_("A scorer changes scores, not vectors: it has recalls, and no gap, uniformity or cosines of its own.")
    )
    relation = relevance_of(dataset.relevance("any"), *wanted, dataset.owner)
    rows = torch.from_numpy(np.ascontiguousarray(scores, dtype=np.float32))
    columns = torch.eye(wanted[1])  # whose products with the rows are the scores themselves
    for anyhow, suffix in ((relation, ""), (relation.own, "_own")):
        ranked = cross(rows, columns, anyhow, deepest=max(RECALLS_AT), raw=True)
        found, omitted = recall_hits(ranked, pool)
        for name, interval in recall_intervals(ranked, found, relation.clusters, pool).items():
            value, ends = interval.value, (interval.low, interval.high)
            record(name + suffix, value, ci=ends, n=interval.n, unit="share", higher_is_better=True)
        record.keep({name + suffix: values for name, values in found.items()})
    for reason in omitted.values():
        record.note("Left out: {reason}.", reason=reason)
    record_duplicates(record, dataset)
    record.keep({"owner": dataset.owner, "cluster": relation.clusters})
