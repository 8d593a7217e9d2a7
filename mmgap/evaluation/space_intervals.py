"""Intervals of a measured space: over clusters of images that share a caption."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmgap import stats
from mmgap.evaluation.measurement import Measurement
from mmgap.metrics.exact_products import pair_products
from mmgap.metrics.gallery import gallery_variances
from mmgap.metrics.pass_cross import Cross
from mmgap.rows.recall_names import known_recall
from mmgap.stats import Interval

#: Random pairs of images that tell the second-order part of a uniformity's variance.
PAIRS = 20_000

#: The t of the uniformity's kernel.
T = 2.0


def space_intervals(measured: Measurement, pool: int, seed: int) -> dict[str, Interval]:
    """Return the intervals of means over pairs or queries and of the uniformity, by key.

    Args:
        measured: a space whose owners are known.
        pool: images in a pool.
        seed: of the pairs behind the uniformity's variance.
    """
    relation = measured.relevance
    clusters, of_text = relation.clusters, relation.clusters[relation.known_owner]
    if len(np.unique(clusters)) < 2:
        return {}
    matched = measured.known_matched
    found = {
        "misalignment": stats.mean_interval(2 - 2 * matched, clusters=of_text, limits=(0.0, 4.0)),
        "cosine_matched_mean": stats.mean_interval(matched, clusters=of_text, limits=(-1.0, 1.0)),
    }
    if "misalignment_any" in measured.metrics:
        anyhow, of_pair = measured.cross.matched, clusters[relation.pairs[:, 0]]
        found["misalignment_any"] = stats.mean_interval(2 - 2 * anyhow, clusters=of_pair, limits=(0.0, 4.0))
        found["cosine_matched_mean_any"] = stats.mean_interval(anyhow, clusters=of_pair, limits=(-1.0, 1.0))
    image = stats.Kernels(measured.image.kernel_sums, measured.image.partners)
    text = stats.Kernels(measured.text.kernel_sums, measured.text.partners, relation.known_owner)
    pairs = _kernel_pairs(measured, (image.mean, text.mean), seed)
    single = len(np.unique(clusters)) == len(clusters)
    found["uniformity"] = stats.uniformity_interval((image, text), clusters=clusters, pairs=pairs if single else None)
    hits = {name: values for name, values in measured.hits.items() if known_recall(name).plain}
    hits_own = {name: measured.hits[f"{name}_own"] for name in hits}
    of_any = recall_intervals(measured.cross, hits, clusters, pool)
    if measured.cross_own is None or measured.cross_own is measured.cross:
        of_own = of_any
    else:
        of_own = recall_intervals(measured.cross_own, hits_own, clusters, pool)
    return found | of_any | {f"{name}_own": interval for name, interval in of_own.items()}


def gap_intervals(measured: Measurement) -> dict[str, Interval]:
    """Return the interval of the corrected gap, where there is one."""
    return {} if measured.gap is None else {"gap_corrected": measured.gap.corrected}


def hubness_intervals(measured: Measurement, seed: int) -> dict[str, Interval]:
    """Return the intervals of the hubness of both directions, where items are enough, by halves drawn by ``seed``."""
    relation, found = measured.relevance, dict[str, Interval]()
    clusters, of_text = relation.clusters, relation.clusters[relation.known_owner]
    for way, there in measured.places.items():
        of_sides = (clusters, of_text) if way == "i2t" else (of_text, clusters)
        hubness = stats.hubness_interval(there, clusters=of_sides, seed=seed)
        found |= {} if hubness is None else {f"hubness_{way}": hubness}
    return found


def recall_intervals(
    measured: Cross, hits: Mapping[str, np.ndarray], clusters: np.ndarray, pool: int
) -> dict[str, Interval]:
    """Return the intervals of recalls from what each query contributes.

    What is independent are the clusters of images that share a caption; what the choice of the gallery adds is added,
    see `mmgap.metrics.gallery`.
    """
    labels = {"i2t": clusters, "t2i": clusters[measured.relevance.known_owner]}
    gallery = gallery_variances(measured, hits, clusters, pool)
    return {
        name: stats.share_interval(values, clusters=labels[known_recall(name).way], gallery_variance=gallery[name])
        for name, values in hits.items()
    }


def _kernel_pairs(measured: Measurement, means: tuple[float, float], seed: int) -> np.ndarray:
    """(P,) of random pairs of images: the mean over both modalities of the kernel divided by its mean."""
    n, generator = len(measured.images), np.random.default_rng(seed)
    first_text = np.unique(measured.relevance.known_owner, return_index=True)[1]
    i = generator.integers(n, size=PAIRS)
    pairs = np.stack([i, (i + generator.integers(1, n, size=PAIRS)) % n], axis=1)
    found = np.zeros(PAIRS)
    for v, places, mean in ((measured.images, pairs, means[0]), (measured.texts, first_text[pairs], means[1])):
        found += np.exp(-T * pair_products(v.tensor, v.tensor, places)[1]) / mean / 2
    return found
