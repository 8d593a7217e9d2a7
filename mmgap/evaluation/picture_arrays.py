"""What a row keeps of a measured space for its pictures: histograms, a map of pairs, a small similarity matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from mmgap.core.text_arrays import as_array
from mmgap.evaluation.measurement import Measurement
from mmgap.evaluation.principal_plane import principal_plane
from mmgap.metrics.unit_rows import UnitRows

#: Pairs on the map, and rows of the similarity matrix: as many as a printed page shows.
MAP_PAIRS = 200
SIMILARITY_PAIRS = 40


def picture_items(measured: Measurement, ids: Sequence[str] | None = None, *, seed: int = 0) -> dict[str, np.ndarray]:
    """Return the arrays from which `mmgap.report` draws a measured space.

    Args:
        measured: what `mmgap.evaluation.measuring.measure_all` gave.
        ids: N image ids; None numbers them.
        seed: of the samples.

    Returns:
        ``edges`` (B+1,) and the int64 counts ``histogram_image``, ``histogram_text``, ``histogram_matched``,
        ``histogram_unmatched``, each (B,); ``map_image`` and ``map_text``, (n, 2) float32, n ≤ 200 pairs on the first
        two principal components of both modalities together, ``map_explained`` (2,) the share of their variance along
        each; ``similarity`` (m, m) float32, m ≤ 40, the cosines of
        images (rows) and their first texts (columns); ``map_ids`` and ``sample_ids``, the ids of the pairs as UTF-8
        bytes as_array by newlines.
    """
    x, y = measured.images, measured.texts
    names = [str(i) for i in range(len(x))] if ids is None else list(ids)
    if len(names) != len(x):
        raise ValueError(f"{len(x)} images but {len(names)} ids")
    images, texts = _pairs(measured)
    rng = np.random.default_rng(seed)
    mapped, shown = (np.sort(rng.permutation(len(images))[:n]) for n in (MAP_PAIRS, SIMILARITY_PAIRS))
    left, right = _float64(x, images[mapped]), _float64(y, texts[mapped])
    both = np.concatenate([left, right])
    found = principal_plane(both)
    points = found.of(both)
    histograms = measured.histograms
    return {
        "edges": histograms.edges,
        "histogram_image": histograms.image,
        "histogram_text": histograms.text,
        "histogram_matched": histograms.matched,
        "histogram_unmatched": histograms.unmatched,
        "map_image": points[: len(mapped)],
        "map_text": points[len(mapped) :],
        "map_ids": as_array(names[i] for i in images[mapped]),
        "map_explained": found.explained,
        "similarity": (_float64(x, images[shown]) @ _float64(y, texts[shown]).T).astype(np.float32),
        "sample_ids": as_array(names[i] for i in images[shown]),
    }


def map_items(x: UnitRows, ids: Sequence[str], *, seed: int = 0) -> dict[str, np.ndarray]:
    """`picture_items` of images that have no texts: ``map_image`` (n, 2), an empty ``map_text`` and ``map_ids``."""
    mapped = np.sort(np.random.default_rng(seed).permutation(len(x))[:MAP_PAIRS])
    rows = _float64(x, mapped)
    return {
        "map_image": plane(rows),
        "map_text": np.zeros((0, 2), dtype=np.float32),
        "map_ids": as_array(ids[i] for i in mapped),
        "map_explained": principal_plane(rows).explained,
    }


def plane(rows: np.ndarray) -> np.ndarray:
    """(n, 2) float32 of (n, d) rows: the first two principal components, fewer than two filled up with zeros."""
    return principal_plane(rows).of(rows)


def _pairs(measured: Measurement) -> tuple[np.ndarray, np.ndarray]:
    """Each image that has one, with its first own text; with its first relevant text where nobody knows the owners."""
    relation = measured.relevance
    if relation.owner is not None:
        return np.unique(relation.owner, return_index=True)
    first = relation.pairs[relation.image_start[:-1]]
    return first[:, 0], first[:, 1]


def _float64(v: UnitRows, rows: np.ndarray) -> np.ndarray:
    return v.tensor[torch.from_numpy(rows).to(v.tensor.device)].double().cpu().numpy()
