"""What an experiment records of search in one index of images and texts, by all scores and by faiss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mmgap import stats
from mmgap.core.faiss_library import NoFaissError
from mmgap.core.messages import N_
from mmgap.evaluation.cross_fitting import Half, HalvedVectors
from mmgap.evaluation.faiss_search import INDEXES, found_by
from mmgap.evaluation.halves_record import record_halves
from mmgap.metrics.mixed_search import mixed_search
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.retrieval import DIRECTIONS, Direction
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors
    from mmgap.spaces.maps import Scorer

#: Items that are looked at.
FIRST = 10


def record_mixed(record: Recorder, vectors: Vectors | HalvedVectors, dataset: Dataset, *, indexes: bool = True) -> None:
    """Record what a query of each kind finds in one index of all images and texts but itself.

    ``mixed_t2i_share10`` (images among the first 10 of a text query), ``…_r1`` (an own image first of all),
    ``…_median_rank``, ``…_ndcg10`` and ``…_mrr``, and likewise ``mixed_i2t_…``; share and r1 also as indexes of faiss
    find them: ``…_flat``, ``…_hnsw``, ``…_ivfpq``. Intervals are over clusters of images that share a caption.

    Args:
        record: the recording door of the cell.
        vectors: in their space; in halves, each is recorded so and the means are kept.
        dataset: ids, owners and relevance.
        indexes: whether faiss is asked, too; where it is not installed, a note says so.
    """
    if isinstance(vectors, HalvedVectors):

        def work(one: Recorder, half: Half) -> None:
            record_mixed(one, half.vectors, half.dataset, indexes=indexes)

        record_halves(record, vectors, dataset.owner, work)
        return
    for note in (*dataset.footnotes, *vectors.notes):
        record.note(note)
    images, texts = (normalised(rows, "vectors").tensor.numpy() for rows in (vectors.images, vectors.texts))
    relation = relevance_of(dataset.relevance("any"), len(images), len(texts), dataset.owner)
    for way in DIRECTIONS:
        searched = _extended(vectors.scorer, images, texts, way)
        clusters = relation.clusters[dataset.owner] if way == "t2i" else relation.clusters
        found = mixed_search(images, texts, direction=way, k=FIRST, relevance=relation, extended=searched)
        values = {f"share{FIRST}": found.share, "r1": found.first, f"ndcg{FIRST}": found.ndcg}
        values["mrr"] = found.reciprocal_rank
        if indexes:
            values |= _by_faiss(record, searched, relation, way)
        for name, of_query in values.items():
            if name.startswith(("share", "r1")):
                interval = stats.share_interval(of_query, clusters=clusters)
            else:
                interval = stats.mean_interval(of_query, clusters=clusters)
            record(f"mixed_{way}_{name}", interval.value, ci=(interval.low, interval.high), n=interval.n)
            record.keep({f"mixed_{way}_{name}": of_query})
        record(f"mixed_{way}_median_rank", np.median(found.rank), n=len(found.rank))
    units = {"owner": dataset.owner, "cluster": relation.clusters}  # another record of these vectors keeps them, too
    record.keep({name: array for name, array in units.items() if name not in record.items})


def _extended(
    scorer: Scorer | None, images: np.ndarray, texts: np.ndarray, way: Direction
) -> tuple[np.ndarray, np.ndarray]:
    """Queries and the one gallery, images before texts, whose dot products are the scores."""
    queries, gallery = (texts if way == "t2i" else images), np.concatenate([images, texts])
    if scorer is None:
        return queries, gallery
    return scorer.extended(queries, gallery, "text" if way == "t2i" else "image")


def _by_faiss(
    record: Recorder, searched: tuple[np.ndarray, np.ndarray], relation: Relevance, way: Direction
) -> dict[str, np.ndarray]:
    """Share of the other modality and own item first, of each query, as the indexes find them."""
    n = relation.n_images
    image, text = relation.pairs.T
    owned = set(zip(*((text, image) if way == "t2i" else (image, text + n)), strict=True))
    own = np.arange(len(searched[0])) + n * (way == "t2i")
    values: dict[str, np.ndarray] = {}
    for kind in INDEXES:
        try:
            items = found_by(kind, *searched, FIRST + 1)
        except NoFaissError as error:
            record.note(N_("Exact figures alone: {reason}."), reason=str(error))
            return {}
        share, first = np.zeros(len(items)), np.zeros(len(items))
        for query, row in enumerate(items):
            kept = row[(row != own[query]) & (row >= 0)][:FIRST]
            if len(kept):  # an approximate index may come back with fewer, or with none
                share[query] = ((kept < n) == (way == "t2i")).mean()
                first[query] = (query, kept[0]) in owned
        values |= {f"share{FIRST}_{kind}": share, f"r1_{kind}": first}
    return values
