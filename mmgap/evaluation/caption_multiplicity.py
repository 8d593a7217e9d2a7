"""Gap and retrieval by how many images share a caption: where one description fits several, what becomes of both?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmgap import stats
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import hits
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats import Interval

if TYPE_CHECKING:
    from mmgap.datasets import Dataset

#: Smallest number of images under one caption of each group: 1, 2 to 3, 4 and more.
GROUPS = (1, 2, 4)

#: Clusters below which nothing is said of a group.
FEWEST = 5


@dataclass(frozen=True)
class SharedCaptions:
    """What is found where ``least`` images or more, up to the next group, share a caption.

    Attributes:
        least: of the images under one caption, as in `GROUPS`.
        images: how many images there are in the group.
        gap: corrected for noise, of the group's images and texts alone.
        own, any: R@1 T→I over the full set; the own image alone, or any under the caption. Chance of the own one, were
            all else found, is 1 in the images that share it.
    """

    least: int
    images: int
    gap: Interval
    own: Interval
    any: Interval


def by_multiplicity(x: UnitRows, y: UnitRows, dataset: Dataset) -> list[SharedCaptions]:
    """Measure each group of images by the number that share their most common caption.

    Intervals are over clusters of images that share a caption; a group of fewer than `FEWEST` clusters is left out.

    Args:
        x: (N, d) images, y: (M, d) texts, row for row those of ``dataset``.
        dataset: captions and owners.
    """
    relation = relevance_of(dataset.relevance("any"), len(x), len(y), dataset.owner)
    found, own = (hits(cross(x.tensor, y.tensor, r).t2i, 1) for r in (relation, relation.own))
    multiplicity = images_under_caption(dataset)
    groups = []
    for least, beyond in zip(GROUPS, (*GROUPS[1:], len(x) + 1), strict=True):
        rows = np.flatnonzero((multiplicity >= least) & (multiplicity < beyond))
        clusters = relation.clusters[rows]
        if len(np.unique(clusters)) < FEWEST:
            continue
        texts = np.flatnonzero(np.isin(dataset.owner, rows))
        place = np.searchsorted(rows, dataset.owner[texts])
        gap = stats.gap_estimate(x.tensor[rows], y.tensor[texts], owner=place, clusters=clusters).corrected
        recalls = [stats.share_interval(values[texts], clusters=clusters[place]) for values in (own, found)]
        groups.append(SharedCaptions(least, len(rows), gap, *recalls))
    return groups


def images_under_caption(dataset: Dataset) -> np.ndarray:
    """Return (N,) int64: how many images share the caption of each image that most have; 1 for a caption of its own."""
    pairs = np.unique(np.stack([dataset.caption_groups, dataset.owner], axis=1), axis=0)
    shared = np.bincount(pairs[:, 0])[pairs[:, 0]]
    found = np.zeros(len(dataset.image_ids), dtype=np.int64)
    np.maximum.at(found, pairs[:, 1], shared)
    return found
