"""What an experiment records of a space: every metric of `measure`, intervals over images, both relevances, pictures.

One function for all experiments that end with image and text vectors, so that their rows compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mmgap.core.defaults import POOL
from mmgap.core.threads import side_by_side
from mmgap.datasets.further_judges import judged
from mmgap.evaluation.added_metrics import added_metrics
from mmgap.evaluation.further_metrics import (
    alignment_metrics,
    further_kernels,
    further_metrics,
    resampled_recalls,
    separability_metrics,
)
from mmgap.evaluation.judged_record import record_judged
from mmgap.evaluation.measuring import both_normalised, measure_all
from mmgap.evaluation.picture_arrays import map_items, picture_items
from mmgap.evaluation.space_intervals import gap_intervals, hubness_intervals, recall_intervals, space_intervals
from mmgap.metrics.catalogue import MeasuredSpace, described
from mmgap.metrics.cosines import cone
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.uniformities import uniformity
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder
from mmgap.stats import Interval
from mmgap.stats.gap_changes import gap_replicates_of
from mmgap.stats.sign_flips import FLIPS

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors


def record_space(
    record: Recorder,
    images: np.ndarray,
    texts: np.ndarray,
    dataset: Dataset,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    seed: int = 0,
) -> None:
    """Measure the space of a dataset's vectors and record all of it.

    Relevance is any-of (captions with the same words match each other's images); the recalls by own pairs stand beside
    it as ``…_own``. Intervals are 95 %, over clusters of images that share a caption.

    Args:
        record: the recording door of the cell.
        images: (N, d) raw vectors, row i of ``dataset.image_ids[i]``.
        texts: (M, d) raw vectors, row j of ``dataset.captions[j]``; M = 0 for images without captions.
        dataset: ids, owners and relevance.
        logit_scale: of the CLIP loss and the logit entropy.
        pool: images in a pool.
        seed: of the resamples.
    """
    for note in dataset.footnotes:
        record.note(note)
    if len(texts) == 0:
        _record_images(record, images, dataset, seed)
        return
    x, y = both_normalised(images, texts)
    n = len(x)
    separable, kernels, *_ = side_by_side(
        lambda: separability_metrics(x, y, dataset.owner, seed),
        lambda: further_kernels(x, y),
        lambda: (x.mean_within, x.spectrum),  # what measuring asks of each side by itself
        lambda: (y.mean_within, y.spectrum),
    )
    measured = measure_all(
        x,
        y,
        logit_scale=logit_scale,
        pool=pool,
        relevance=dataset.relevance("any"),
        owner=dataset.owner,
        seed=seed,
        kernels=kernels,
    )
    for reason in measured.omitted.values():
        record.note("Left out: {reason}.", reason=reason)
    gap = measured.gap
    means, replicates, hubs, (alike, notes), ends, pools, pictures = side_by_side(  # what takes longest first
        lambda: space_intervals(measured, pool, seed),
        lambda: None if gap is None else gap_replicates_of(gap.parts, gap.total, gap.clusters),
        lambda: hubness_intervals(measured, seed),
        lambda: alignment_metrics(x, y),
        lambda: gap_intervals(measured),
        lambda: resampled_recalls(measured, pool, seed) if n > pool else {},
        lambda: picture_items(measured, dataset.image_ids, seed=seed),
    )
    intervals, further = means | hubs | ends, further_metrics(measured)
    for name, value in measured.metrics.items():
        _record(record, name, value, intervals.get(name), n)
    record_duplicates(record, dataset)
    for note in notes:
        record.note(note)
    for name, value in (further | separable | alike).items():
        _record(record, name, value, None, n)
    for direction, (mean, deviation) in pools.items():
        _record(record, f"{direction}_r1_resampled{pool}", mean, None, n)
        _record(record, f"{direction}_r1_resampled{pool}_sd", deviation, None, n)
    record.keep(pictures)
    record.keep({**measured.hits, "matched_cosine": measured.known_matched, "owner": dataset.owner})
    record.keep({"cluster": measured.relevance.clusters})
    record.keep({f"neighbours_{way}": found.counts for way, found in measured.places.items()})
    added, omitted = added_metrics(MeasuredSpace(x.tensor, y.tensor, dataset.owner))
    for name, value in added.items():
        _record(record, name, value, None, n)
    for name, reason in omitted.items():
        record.note("Left out: {reason}.", reason=f"{name}, {reason}")
    if (judges := judged(dataset)) is not None:
        record_judged(record, images, texts, dataset, judges)
    if gap is not None:
        record.keep({"gap_replicates": replicates})
        found = gap.corrected
        record.keep({"gap_interval": np.array([found.value, found.low, found.high, found.n])})


def record_encoding(record: Recorder, vectors: Vectors, dataset: Dataset) -> None:
    """Record how many captions the encoder cut at its token limit, and what must be known of the encoder."""
    for note in vectors.notes:
        record.note(note)
    if dataset.captions and dataset.vectors is None:
        _record(record, "texts_cut", vectors.texts_cut, None, len(dataset.captions))
    if vectors.texts_cut:
        record.note(
            "{n} of {all} captions were cut at the model's token limit.", n=vectors.texts_cut, all=len(dataset.captions)
        )


def _record(record: Recorder, name: str, value: float, interval: Interval | None, n: int) -> None:
    known = described(name)
    record(
        name,
        value,
        ci=None if interval is None else (interval.low, interval.high),
        n=FLIPS if known.unit == "p" else n if interval is None else interval.n,
        unit=known.unit,
        higher_is_better=known.better,
    )


def record_duplicates(record: Recorder, dataset: Dataset) -> int:
    """Record and give back how many captions also describe another image, with a note of what that means."""
    duplicates = dataset.duplicate_captions
    _record(record, "duplicate_captions", duplicates, None, len(dataset.captions))
    if duplicates:
        record.note(
            "{n} of {all} captions also describe another image: they count as further positives; recalls by own pairs"
            " only (…_own, top-1) take them for false negatives.",
            n=duplicates,
            all=len(dataset.captions),
        )
    return duplicates


def record_recalls(
    record: Recorder, measured: Cross, hits: Mapping[str, np.ndarray], clusters: np.ndarray, suffix: str = ""
) -> None:
    """Record recalls of the full set, with intervals from what each query contributes, as ``{name}{suffix}``."""
    for name, interval in recall_intervals(measured, hits, clusters, len(clusters)).items():
        _record(record, name + suffix, interval.value, interval, interval.n)


def _record_images(record: Recorder, images: np.ndarray, dataset: Dataset, seed: int) -> None:
    """A folder without captions: its cone, its uniformity and its map."""
    x = normalised(images, "images", at_least=2)
    shape = cone(x)
    single = {
        "uniformity_image": uniformity(x),
        "effective_rank_image": effective_rank(x),
        "cosine_image_mean": shape.mean,
        "cosine_image_std": shape.std,
        "cosine_image_min": shape.minimum,
        "norm_deviation": x.deviation,
    }
    for name, value in single.items():
        _record(record, name, value, None, len(x))
    record.note("{data} has no captions: its images are measured and mapped alone.", data=dataset.name)
    record.keep(map_items(x, dataset.image_ids, seed=seed))
