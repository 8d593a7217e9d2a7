"""What an experiment records of a space: every metric of `measure`, intervals over images, both relevances, pictures.

One function for all experiments that end with image and text vectors, so that their rows compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mmgap import stats
from mmgap.core.defaults import POOL
from mmgap.evaluation.added_metrics import added_metrics
from mmgap.evaluation.measuring import Measurement, measure_all
from mmgap.evaluation.picture_arrays import map_items, picture_items
from mmgap.metrics.catalogue import MeasuredSpace, described
from mmgap.metrics.cosines import cone
from mmgap.metrics.entropy import logit_entropy
from mmgap.metrics.frechet import mmd_squared
from mmgap.metrics.gallery import gallery_variances
from mmgap.metrics.gap_dimensions import gap_by_dimension
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.retrieval import Direction, resampled_recall
from mmgap.metrics.separability import modality_separability
from mmgap.metrics.similarity import linear_cka
from mmgap.metrics.uniformities import uniformity
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recall_names import known_recall
from mmgap.rows.recorder import Recorder
from mmgap.stats import Interval
from mmgap.stats.sign_flips import FLIPS

if TYPE_CHECKING:
    from torch import Tensor

    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors

#: Random pairs of images that tell the second-order part of a uniformity's variance.
PAIRS = 20_000


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
    measured = measure_all(
        images,
        texts,
        logit_scale=logit_scale,
        pool=pool,
        relevance=dataset.relevance("any"),
        owner=dataset.owner,
        seed=seed,
    )
    for reason in measured.omitted.values():
        record.note(f"Left out: {reason}.")
    x, y = normalised(images, "images")[0], normalised(texts, "texts")[0]
    intervals = _intervals(x, y, measured, pool, seed)
    for name, value in measured.metrics.items():
        _record(record, name, value, intervals.get(name), len(dataset.image_ids))
    record_duplicates(record, dataset)
    _record_further(record, x, y, dataset, measured, logit_scale, pool, seed)
    record.keep(picture_items(x, y, measured, dataset.image_ids, seed=seed))
    record.keep({**measured.hits, "matched_cosine": _matched(measured), "owner": dataset.owner})
    record.keep({"cluster": measured.relevance.clusters})
    added, omitted = added_metrics(MeasuredSpace(x, y, dataset.owner))
    for name, value in added.items():
        _record(record, name, value, None, len(x))
    for name, reason in omitted.items():
        record.note(f"Left out: {name}, {reason}.")
    if measured.gap is not None:
        sums, clusters = stats.gap_sums(x, y, owner=dataset.owner, clusters=measured.relevance.clusters)
        corrected = measured.gap.corrected
        record.keep({"gap_replicates": stats.gap_replicates(sums, clusters)})
        record.keep({"gap_interval": np.array([corrected.value, corrected.low, corrected.high, corrected.n])})


def _matched(measured: Measurement) -> np.ndarray:
    """(M,) cosines of the own pairs of a dataset, whose owners are known."""
    assert measured.matched_own is not None
    return measured.matched_own


def record_encoding(record: Recorder, vectors: Vectors, dataset: Dataset) -> None:
    """Record how many captions the encoder cut at its token limit, and what must be known of the encoder."""
    for note in vectors.notes:
        record.note(note)
    if dataset.captions and dataset.vectors is None:
        _record(record, "texts_cut", vectors.texts_cut, None, len(dataset.captions))
    if vectors.texts_cut:
        record.note(f"{vectors.texts_cut} of {len(dataset.captions)} captions were cut at the model's token limit.")


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


def _intervals(x: Tensor, y: Tensor, measured: Measurement, pool: int, seed: int) -> dict[str, Interval]:
    """Intervals of what has one: the corrected gap, the uniformities, every mean over pairs or queries."""
    relation = measured.relevance
    clusters, of_text = relation.clusters, relation.clusters[relation.known_owner]
    if len(np.unique(clusters)) < 2:
        return {}
    matched = _matched(measured)
    found = {
        "misalignment": stats.mean_interval(2 - 2 * matched, clusters=of_text, limits=(0.0, 4.0)),
        "cosine_matched_mean": stats.mean_interval(matched, clusters=of_text, limits=(-1.0, 1.0)),
    }
    if measured.gap is not None:
        found["gap_corrected"] = measured.gap.corrected
    if "misalignment_any" in measured.metrics:
        anyhow, of_pair = measured.cross.matched, clusters[relation.pairs[:, 0]]
        found["misalignment_any"] = stats.mean_interval(2 - 2 * anyhow, clusters=of_pair, limits=(0.0, 4.0))
        found["cosine_matched_mean_any"] = stats.mean_interval(anyhow, clusters=of_pair, limits=(-1.0, 1.0))
    image = stats.Kernels(measured.image.kernel_sums, measured.image.partners)
    text = stats.Kernels(measured.text.kernel_sums, measured.text.partners, relation.known_owner)
    pairs = kernel_pairs(x, y, relation.known_owner, (image.mean, text.mean), seed=seed)
    single = len(np.unique(clusters)) == len(clusters)
    found["uniformity"] = stats.uniformity_interval((image, text), clusters=clusters, pairs=pairs if single else None)
    hits = {name: values for name, values in measured.hits.items() if known_recall(name).plain}
    hits_own = {name: measured.hits[f"{name}_own"] for name in hits}
    assert measured.cross_own is not None  # a dataset knows the owners
    of_any = recall_intervals(measured.cross, hits, clusters, pool)
    if measured.cross_own is measured.cross:
        of_own = of_any
    else:
        of_own = recall_intervals(measured.cross_own, hits_own, clusters, pool)
    return found | of_any | {f"{name}_own": interval for name, interval in of_own.items()}


def recall_intervals(
    measured: Cross, hits: Mapping[str, np.ndarray], clusters: np.ndarray, pool: int
) -> dict[str, Interval]:
    """Intervals of recalls from what each query contributes.

    What is independent are the clusters of images that share a caption; what the choice of the gallery adds is added,
    see `mmgap.metrics.gallery`.
    """
    labels = {"i2t": clusters, "t2i": clusters[measured.relevance.known_owner]}
    gallery = gallery_variances(measured, hits, clusters, pool)
    return {
        name: stats.share_interval(values, clusters=labels[known_recall(name).way], gallery_variance=gallery[name])
        for name, values in hits.items()
    }


def kernel_pairs(
    x: Tensor, y: Tensor, owner: np.ndarray, means: tuple[float, float], *, t: float = 2.0, seed: int = 0
) -> np.ndarray:
    """(P,) of random pairs of images: the mean over both modalities of the kernel divided by its mean."""
    rng, n = np.random.default_rng(seed), len(x)
    first = np.unique(owner, return_index=True)[1]
    i = rng.integers(n, size=PAIRS)
    j = (i + rng.integers(1, n, size=PAIRS)) % n
    found = np.zeros(PAIRS)
    for v, rows, mean in ((x, np.arange(n), means[0]), (y, first, means[1])):
        for start in range(0, PAIRS, 2048):
            a, b = v[rows[i[start : start + 2048]]].double(), v[rows[j[start : start + 2048]]].double()
            kernel = (-t * (a - b).square().sum(dim=1)).exp()
            found[start : start + 2048] += kernel.cpu().numpy() / mean / 2
    return found


def record_duplicates(record: Recorder, dataset: Dataset) -> int:
    """Record and give back how many captions also describe another image, with a note of what that means."""
    duplicates = dataset.duplicate_captions
    _record(record, "duplicate_captions", duplicates, None, len(dataset.captions))
    if duplicates:
        record.note(
            f"{duplicates} of {len(dataset.captions)} captions also describe another image: they count as further"
            " positives; recalls by own pairs only (…_own, top-1) take them for false negatives."
        )
    return duplicates


def record_recalls(
    record: Recorder, measured: Cross, hits: Mapping[str, np.ndarray], clusters: np.ndarray, suffix: str = ""
) -> None:
    """Record recalls of the full set, with intervals from what each query contributes, as ``{name}{suffix}``."""
    for name, interval in recall_intervals(measured, hits, clusters, len(clusters)).items():
        _record(record, name + suffix, interval.value, interval, interval.n)


def _record_further(
    record: Recorder,
    x: Tensor,
    y: Tensor,
    dataset: Dataset,
    measured: Measurement,
    logit_scale: float,
    pool: int,
    seed: int,
) -> None:
    """What `mmgap.measure` leaves out: floor, variants, cones, splits, where the gap lies."""
    n = len(x)
    cut = gap_by_dimension(x, y)
    entropy = logit_entropy(x, y, logit_scale=logit_scale)
    further: dict[str, float] = {
        "misalignment_centroid": measured.metrics["gap"] ** 2,
        "misalignment_residual": measured.metrics["misalignment"] - measured.metrics["gap"] ** 2,
        "frechet2_covariance": measured.metrics["frechet2"] - measured.metrics["gap"] ** 2,
        "mmd2_rbf": mmd_squared(x, y),
        "uniformity_with_diagonal": uniformity(x, y, dataset.owner, variant="with_diagonal"),
        "cosine_image_std": measured.image.moments.std,
        "cosine_image_min": measured.image.moments.minimum,
        "cosine_text_std": measured.text.moments.std,
        "cosine_text_min": measured.text.moments.minimum,
        "gap_share_top1": cut.top_share(1),
        "gap_share_top5": cut.top_share(min(5, len(cut.shares))),
        "logit_entropy_i2t": entropy.image_to_text,
        "logit_entropy_t2i": entropy.text_to_image,
    }
    if measured.gap is not None:
        further["gap_floor"] = measured.gap.floor
    if n >= 10:
        separable = modality_separability(x, y, owner=dataset.owner, seed=seed)
        further["modality_separability"] = separable.accuracy
    if len(y) == n:
        further["uniformity_cross"] = uniformity(x, y, variant="cross")
    if len(y) == n >= 4:
        try:
            further["linear_cka"] = linear_cka(x, y)
        except ValueError as error:  # a collapsed modality has no similarity structure to compare
            record.note(f"Left out: linear CKA, {error}.")
    for name, value in further.items():
        _record(record, name, value, None, n)
    if n > pool:
        directions: tuple[Direction, Direction] = ("t2i", "i2t")
        for direction in directions:
            mean, deviation = resampled_recall(
                x, y, pool=pool, direction=direction, relevance=measured.relevance.pairs, owner=dataset.owner, seed=seed
            )
            _record(record, f"{direction}_r1_resampled{pool}", mean, None, n)
            _record(record, f"{direction}_r1_resampled{pool}_sd", deviation, None, n)


def _record_images(record: Recorder, images: np.ndarray, dataset: Dataset, seed: int) -> None:
    """A folder without captions: its cone, its uniformity and its map."""
    x, deviation = normalised(images, "images", at_least=2)
    shape = cone(x)
    single: dict[str, Callable[[], float]] = {
        "uniformity_image": lambda: uniformity(x),
        "effective_rank_image": lambda: effective_rank(x),
        "cosine_image_mean": lambda: shape.mean,
        "cosine_image_std": lambda: shape.std,
        "cosine_image_min": lambda: shape.minimum,
        "norm_deviation": lambda: deviation,
    }
    for name, value in single.items():
        _record(record, name, value(), None, len(x))
    record.note(f"{dataset.name} has no captions: its images are measured and mapped alone.")
    record.keep(map_items(x, dataset.image_ids, seed=seed))
