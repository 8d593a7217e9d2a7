"""Which texts are right for which images, of so many that the arrays of the relation lie in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap.core.disk_buckets import by_place, counts_of
from mmgap.core.progress import progress_bar
from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.evaluation.streaming.item_store import ItemStore
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats.clusters import Clusters
from mmgap.stats.sign_flips import Parts

#: Numbers of a part of cluster sums.
_PART = 1 << 21


def owned_relation(
    owner: np.ndarray | ScratchArray, n_images: int, store: ItemStore
) -> tuple[Relevance, ScratchArray | None]:
    """Return the relation of texts with the images that own them, the texts in the order of their owners.

    Args:
        owner: (M,) the image of each text; every image has one.
        n_images: N.
        store: where its arrays go.

    Returns:
        The relation, and the place of each text in the order given; None where that is the order of their owners.
    """
    m, order = len(owner), None
    if not _rising(owner):
        owner, order = _in_order(owner, n_images)
    every = store.filled("relation-texts", (m + 1,), np.int64, (np.arange(s.start, s.stop) for s in spans(m + 1)))
    pairs = store.filled(
        "relation-pairs", (m, 2), np.int64, (np.stack([owner[s], np.arange(s.start, s.stop)], axis=1) for s in spans(m))
    )
    start = store.filled("relation-start", (n_images + 1,), np.int64, _starts(owner, n_images))
    kept = store.filled("relation-owner", (m,), np.int64, (owner[s] for s in spans(m)))
    return Relevance(n_images, m, pairs, start, every[:-1], every, kept), order


def _rising(owner: np.ndarray | ScratchArray, release: Callable[[], None] = lambda: None) -> bool:
    """Whether texts stand in the order of their owners; ``release`` gives back the memory these are mapped from."""
    for some in spans(len(owner)):
        if (np.diff(owner[some.start : some.stop + 1]) < 0).any():
            return False
        release()
    return True


def _in_order(owner: np.ndarray | ScratchArray, n_images: int) -> tuple[ScratchArray, ScratchArray]:
    """The owners, rising, and which text stands at each place then; texts of one image keep their order."""
    m = len(owner)
    of_place, order, start = ScratchArray(m, np.int64), ScratchArray(m, np.int64), 0
    numbered = ((owner[s], np.arange(s.start, s.stop)) for s in spans(m))
    for _, images, texts in by_place(numbered, m, n_images):
        by_image, stop = np.argsort(images, kind="stable"), start + len(texts)
        of_place[start:stop], order[start:stop] = images[by_image], texts[by_image]
        start = stop
    return of_place, order


def _starts(owner: np.ndarray | ScratchArray, n_images: int) -> Iterator[np.ndarray]:
    """0, and how many texts the first images have, up to each of them; of owners that rise."""
    last = 0
    yield np.zeros(1, dtype=np.int64)
    for _, counts in counts_of((owner[s] for s in spans(len(owner))), len(owner), n_images):
        yield last + np.cumsum(counts)
        last += int(counts.sum())


def most_texts(relation: Relevance, store: ItemStore) -> int:
    """Return how many texts of a relation the image has that has most."""
    most = 0
    for some in spans(relation.n_images):
        most = max(most, int(np.diff(relation.image_start[some.start : some.stop + 1]).max()))
        store.release()
    return most


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


def gap_parts(
    images: UnitRows, texts: UnitRows, relation: Relevance, clusters: Clusters, release: Callable[[], None]
) -> Parts:
    """Return what yields `mmgap.stats.gaps.gap_sums` a few clusters at a time.

    Args:
        images, texts: on disk.
        relation: whose owners are known; the texts in the order of them where an image has several.
        clusters: of the images; each its own, or in memory.
        release: gives back the memory of the relation's arrays.
    """
    single = clusters.in_order  # then images are their own clusters, and an owner is a cluster
    of_image = None if single else _Members.of(clusters.of_item, clusters.count)
    if not single:
        of_text = _Members.of(clusters.of_item[relation.known_owner], clusters.count)
    elif _rising(relation.known_owner, release) and len(relation.pairs) == relation.n_texts:
        of_text = _Members(relation.image_start, None)
    else:
        of_text = _Members.of(relation.known_owner, clusters.count)
    share, step = len(images) / len(texts), max(1, _PART // images.width)

    def parts() -> Iterator[np.ndarray]:
        with progress_bar(total=clusters.count, desc="the gap", unit="image", unit_scale=True) as bar:
            start = 0
            while start < clusters.count:
                stop = min(start + step, clusters.count)
                if of_image is None:
                    rows = images.tensor[start:stop].double().numpy()
                else:
                    stop = min(stop, max(of_image.reach(start, step), start + 1))
                    rows = of_image.sums(images, start, stop)
                rows -= share * of_text.sums(texts, start, stop)
                yield rows
                bar.update(stop - start)
                start = stop
                release()

    return parts


@dataclass(frozen=True)
class _Members:
    """Which rows belong to each cluster: ``start[g]`` to ``start[g + 1]``, in an order, or as they stand."""

    start: np.ndarray
    order: np.ndarray | None

    @classmethod
    def of(cls, labels: np.ndarray, count: int) -> _Members:
        start = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(np.bincount(labels, minlength=count), out=start[1:])
        return cls(start, np.argsort(labels, kind="stable") if (labels[1:] < labels[:-1]).any() else None)

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
