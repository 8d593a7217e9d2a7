"""How much a recall owes to the items that happen to stand in its gallery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy.sparse import csr_array

from mmgap.metrics.draws import hypergeometric
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.retrieval import DIRECTIONS, Direction
from mmgap.metrics.shared_pools import Side, side_of
from mmgap.rows.recall_names import known_recall

#: Queries whose rivals are read again; of more, whole clusters are drawn at random until there are so many.
QUERIES = 2048

_CHUNK_ELEMENTS = 1 << 22


def gallery_variances(
    measured: Cross, hits: Mapping[str, np.ndarray], clusters: np.ndarray, pool: int, *, seed: int = 0
) -> dict[str, float]:
    """The variance that the choice of the gallery adds to the mean of each recall, by key, 0 or more.

    A few items that stand first for many queries (hubs) tie the answers of those queries together: with other items in
    the gallery all of them would change. Clusters of queries do not know of it. What does is the jackknife that takes
    one cluster of images away, with its captions, without the pairs that it counts twice (Efron & Stein, 1981)::

        n²·V = Σ_g b_g² − Σ_gh e_hg² − 2·Σ_g p_g·b_g

    e_hg is by how much the hits of the queries of cluster h grow when cluster g is gone from the gallery, b_g the sum
    over h less ``m_g`` times its mean, p_g the centred hits of the queries of g. Ties count as no rivals, and in pools
    an image counts as one rival at most.

    Args:
        measured: a pass, of any-of or own pairs, whose owners are known.
        hits: per query the probability of a hit, by key (``"t2i_r5"``, ``"i2t_r1_pool90"``).
        clusters: (N,) 0 … G − 1, of each image.
        pool: images in the pools.
        seed: of the clusters of queries that are read, where there are more than `QUERIES` queries.

    Source: Efron & Stein (Annals of Statistics, 1981). Simulated with hubs (cones 1 radian apart, 32 dimensions, 1,000
    images): the variance of the mean is .00071, that of clusters of queries .00025, both together .00060.

    >>> import numpy as np, torch
    >>> from mmgap.metrics.pass_cross import cross
    >>> from mmgap.metrics.relevance import relevance_of
    >>> x = torch.eye(4, dtype=torch.float64)
    >>> found = cross(x, x, relevance_of(None, 4, 4))
    >>> gallery_variances(found, {"t2i_r1": np.ones(4)}, np.arange(4), pool=90)  # nothing comes before its own
    {'t2i_r1': 0.0}
    """
    found: dict[str, float] = {}
    for direction in DIRECTIONS:
        asked = {name: values for name, values in hits.items() if known_recall(name).way == direction}
        if asked:
            found |= _of_direction(measured, direction, asked, clusters, pool, seed)
    return {name: found[name] for name in hits}


def _of_direction(
    measured: Cross, direction: Direction, hits: Mapping[str, np.ndarray], clusters: np.ndarray, pool: int, seed: int
) -> dict[str, float]:
    side = side_of(measured, direction)
    of_query, count = clusters[side.own], int(clusters.max()) + 1
    chosen, scale = _some(of_query, count, seed)
    ranks = measured.i2t if direction == "i2t" else measured.t2i
    chosen = chosen[(ranks.above + ranks.tied)[chosen] > 0]  # the others have no rivals whom they could lose
    sizes = np.bincount(of_query, minlength=count)
    asked = {name: known_recall(name) for name in hits}
    of_pool = {name: recall.pool is not None for name, recall in asked.items()}
    chances = {
        name: _chances(recall.k, of_pool[name], pool, len(clusters), len(side.owner)) for name, recall in asked.items()
    }
    gains, squares = {name: np.zeros(count) for name in hits}, dict.fromkeys(hits, 0.0)
    for block in _rivals(side, chosen, clusters) if len(chosen) else ():
        for name, chance in chances.items():
            by_cluster = block.gains(chance, of_pool[name])
            gains[name] += by_cluster.sum(axis=0)
            squares[name] += float(np.square(by_cluster.data).sum())
    out = {}
    for name, values in hits.items():
        gain = scale * gains[name]
        apart = gain - sizes * gain.sum() / len(values)
        centred = np.bincount(of_query, weights=values - values.mean(), minlength=count)
        total = np.square(apart).sum() - scale**2 * squares[name] - 2 * centred @ apart
        out[name] = max(float(total), 0.0) / len(values) ** 2
    return out


@dataclass(frozen=True)
class _Rivals:
    """Rivals of whole clusters of queries.

    Attributes:
        items, images: (queries, G) rivals in each other cluster, and images that own one.
        everywhere: (queries,) the sums of both, the own cluster included.
        join: (clusters, queries) adds up the queries of a cluster.
    """

    items: csr_array
    images: csr_array
    everywhere: tuple[np.ndarray, np.ndarray]
    join: csr_array

    def gains(self, chance: np.ndarray, of_pool: bool) -> csr_array:
        """(clusters, G): hits that a cluster's queries gain without another; ``chance[r]`` is that with r rivals."""
        rivals, before = (self.images, self.everywhere[1]) if of_pool else (self.items, self.everywhere[0])
        total = np.repeat(before, np.diff(rivals.indptr))
        gain = chance[total - rivals.data] - chance[total]
        return self.join @ csr_array((gain, rivals.indices, rivals.indptr), shape=rivals.shape)


def _rivals(side: Side, chosen: np.ndarray, clusters: np.ndarray) -> Iterator[_Rivals]:
    """Of the chosen queries, which stand cluster by cluster, a few clusters at a time."""
    n_items, count = len(side.owner), int(clusters.max()) + 1
    query = np.repeat(np.arange(len(side.own)), np.diff(side.start))
    best = np.full(len(side.own), np.inf)  # nothing stands above +∞
    best[np.unique(query)] = -np.inf
    np.maximum.at(best, query, side.matched)
    owner = csr_array(
        (np.ones(n_items, dtype=np.int32), (np.arange(n_items), side.owner)), shape=(n_items, len(clusters))
    )
    cluster = csr_array(
        (np.ones(len(clusters), dtype=np.int32), (np.arange(len(clusters)), clusters)), shape=(len(clusters), count)
    )
    own = clusters[side.own[chosen]]
    first = np.flatnonzero(np.diff(own, prepend=-1))
    items = side.items.to(torch.promote_types(side.items.dtype, side.queries.dtype))
    step = max(1, _CHUNK_ELEMENTS // n_items)
    cuts = [0, *(int(f) for i, f in enumerate(first) if i and f // step != first[i - 1] // step), len(chosen)]
    for start, stop in pairwise(cuts):
        queries = chosen[start:stop]
        scores = (side.queries[queries].to(items.dtype) @ items.T).cpu().numpy()
        by_image = csr_array(scores > (best[queries] + side.tie)[:, None], dtype=np.int32) @ owner
        rivals, images = by_image @ cluster, (by_image > 0).astype(np.int32) @ cluster
        everywhere = rivals.sum(axis=1), images.sum(axis=1)
        labels, place = np.unique(own[start:stop], return_inverse=True)
        here = np.arange(len(queries))
        join = csr_array((np.ones(len(queries)), (place, here)), shape=(len(labels), len(queries)))
        yield _Rivals(_others(rivals, own[start:stop]), _others(images, own[start:stop]), everywhere, join)


def _others(rivals: csr_array, own: np.ndarray) -> csr_array:
    """Without those of each query's own cluster, which leaves together with the query."""
    row = np.repeat(np.arange(rivals.shape[0]), np.diff(rivals.indptr))
    kept = rivals.indices != own[row]
    return csr_array((rivals.data[kept], (row[kept], rivals.indices[kept])), shape=rivals.shape)


def _some(of_query: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, float]:
    """Queries of whole clusters, cluster by cluster, and how many times fewer clusters those are."""
    order = np.random.default_rng(seed).permutation(count) if len(of_query) > QUERIES else np.arange(count)
    enough = int(np.searchsorted(np.cumsum(np.bincount(of_query, minlength=count)[order]), QUERIES)) + 1
    kept = np.zeros(count, dtype=bool)
    kept[order[:enough]] = True
    chosen = np.flatnonzero(kept[of_query])
    return chosen[np.argsort(of_query[chosen], kind="stable")], count / int(kept.sum())


def _chances(k: int, of_pool: bool, pool: int, images: int, items: int) -> np.ndarray:
    """Chance of a hit at k by the number of rivals: items of the full set, or images of which a pool is drawn."""
    if not of_pool:
        return (np.arange(items + 1) < k).astype(float)
    if pool >= images:
        return (np.arange(images) < k).astype(float)
    return np.sum([hypergeometric(u, images - 1, np.arange(images), pool - 1) for u in range(k)], axis=0)
