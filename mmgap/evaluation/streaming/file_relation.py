"""Which texts are right for which images, of so many that the arrays of the relation lie in files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mmgap.evaluation.streaming.item_store import ItemStore
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats.clusters import Clusters
from mmgap.stats.sign_flips import Parts

#: Numbers of a part of cluster sums.
_PART = 1 << 21


def owned_relation(owner: np.ndarray, n_images: int, store: ItemStore) -> tuple[Relevance, np.ndarray | None]:
    """Return the relation of texts with the images that own them, the texts in the order of their owners.

    Args:
        owner: (M,) the image of each text; every image has one.
        n_images: N.
        store: where its arrays go.

    Returns:
        The relation, and the place of each text in the order given; None where that is the order of their owners.
    """
    order = None
    if (np.diff(owner) < 0).any():
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
    m = len(owner)
    every = store.kept("relation-texts", np.arange(m + 1))
    pairs = store.array("relation-pairs", (m, 2), np.int64)
    pairs[:, 0], pairs[:, 1] = owner, every[:-1]
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n_images))])
    kept = store.kept("relation-start", start), store.kept("relation-owner", owner)
    return Relevance(n_images, m, pairs, kept[0], every[:-1], every, kept[1]), order


def given_relation(
    relevance: Any, owner: np.ndarray | None, n_images: int, n_texts: int
) -> tuple[Relevance, np.ndarray | None]:
    """Return a relation that a caller gives, in memory; the texts in the order of their owners where some own several.

    Arguments and errors as `mmgap.metrics.relevance.relevance_of`; returns what `owned_relation` does.
    """
    relation = relevance_of(relevance, n_images, n_texts, owner)
    if relation.owner is None or relation.one_text_each or (np.diff(relation.owner) >= 0).all():
        return relation, None
    order = np.argsort(relation.owner, kind="stable")
    return relation.reordered(order), order


def gap_parts(images: UnitRows, texts: UnitRows, owner: np.ndarray, clusters: Clusters) -> Parts:
    """Return what yields `mmgap.stats.gaps.gap_sums` a few clusters at a time.

    Args:
        images, texts: on disk.
        owner: (M,) the image of each text, in their order there.
        clusters: of the images.
    """
    single = clusters.in_order  # then images are their own clusters, and an owner is a cluster
    of_image = None if single else _Members(clusters.of_item, clusters.count)
    of_text = _Members(owner if single else clusters.of_item[owner], clusters.count)
    share, step = len(images) / len(texts), max(1, _PART // images.width)

    def parts() -> Iterator[np.ndarray]:
        start = 0
        while start < clusters.count:
            stop = min(start + step, clusters.count)
            if of_image is None:
                rows = images.tensor[start:stop].double().numpy()
            else:
                stop = min(stop, max(of_image.reach(start, step), start + 1))
                rows = of_image.sums(images, start, stop)
            yield rows - share * of_text.sums(texts, start, stop)
            start = stop

    return parts


class _Members:
    """Which rows belong to each cluster."""

    def __init__(self, labels: np.ndarray, count: int) -> None:
        self.start = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(np.bincount(labels, minlength=count), out=self.start[1:])
        self.order = np.argsort(labels, kind="stable") if (labels[1:] < labels[:-1]).any() else None

    def reach(self, start: int, rows: int) -> int:
        """The last cluster with which those from ``start`` on hold so many rows."""
        return int(np.searchsorted(self.start, self.start[start] + rows, side="right")) - 1

    def sums(self, rows: UnitRows, start: int, stop: int) -> np.ndarray:
        """(stop − start, d) float64 sums of the rows of some clusters."""
        first, last = int(self.start[start]), int(self.start[stop])
        chosen: Any = slice(first, last) if self.order is None else self.order[first:last]
        found = rows.tensor[chosen].double().numpy()
        if last - first == stop - start and (np.diff(self.start[start : stop + 1]) == 1).all():
            return found
        out = np.zeros((stop - start, rows.width))
        np.add.at(out, np.repeat(np.arange(stop - start), np.diff(self.start[start : stop + 1])), found)
        return out
