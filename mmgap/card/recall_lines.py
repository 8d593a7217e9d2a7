"""The recall card: one ranking by every definition, side by side, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmgap import stats
from mmgap.card.card_parts import RecallLine
from mmgap.core.defaults import POOL, RECALLS_AT
from mmgap.core.messages import Message
from mmgap.evaluation.measurement import Measurement
from mmgap.evaluation.space_intervals import recall_intervals
from mmgap.metrics.gallery import gallery_variances
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.recall_definitions import defined_recalls
from mmgap.metrics.retrieval import DIRECTIONS, Direction, hits, pool_hits
from mmgap.stats.interval import Interval

#: Images of the pools in which others print recalls: the thesis' 90, COCO's and Flickr's thousand, COCO's five.
POOLS = (POOL, 1000, 5000)


def recall_lines(measured: Measurement) -> tuple[list[RecallLine], list[Message]]:
    """Return all definitions of one ranking, and why pools are left out.

    Args:
        measured: a space whose owners are known, of at least two clusters.
    """
    clusters = measured.relevance.clusters
    crossed, own = measured.cross, measured.cross_own
    assert own is not None  # owners are known
    lines, small = [], [pool for pool in POOLS if pool > len(clusters)]
    for way in DIRECTIONS:
        lines += list(_full(crossed, own, way, clusters))
    for pool in POOLS:
        if pool in small:
            continue
        lines += list(_pools(crossed, "any", pool, clusters))
        if own is not crossed:
            lines += list(_pools(own, "own", pool, clusters))
        else:
            lines += [RecallLine("own", one.way, one.k, pool, one.recall) for one in _of_pool(lines, pool)]
    if not small:
        return lines, []
    pools = ", ".join(map(str, small))
    return lines, [Message("Left out: pools of {pools}, as there are {n} images.", pools=pools, n=len(clusters))]


def _full(crossed: Cross, own: Cross, way: Direction, clusters: np.ndarray) -> Iterator[RecallLine]:
    """The full set: any hit and own pair, share found, R-precision and mAP@R."""
    found = defined_recalls(crossed, way)
    any_hit = {f"{way}_r{k}": values for k, values in found.hits.items()}
    intervals = recall_intervals(crossed, any_hit, clusters, len(clusters))
    for k in RECALLS_AT:
        yield RecallLine("any", way, k, None, intervals[f"{way}_r{k}"])
    relevant = np.diff(crossed.relevance.image_start if way == "i2t" else crossed.relevance.text_start)
    gallery = gallery_variances(crossed, any_hit, clusters, len(clusters)) if relevant.max() > 1 else {}
    labels = clusters if way == "i2t" else clusters[crossed.relevance.known_owner]

    def interval(values: np.ndarray, k: int) -> Interval:
        if np.array_equal(values, found.hits[k]):
            return intervals[f"{way}_r{k}"]
        return stats.share_interval(values, clusters=labels, gallery_variance=gallery[f"{way}_r{k}"])

    for k in RECALLS_AT:
        most = float((np.minimum(k, relevant) / relevant).mean())
        yield RecallLine("share", way, k, None, interval(found.shares[k], k), most)
    yield RecallLine("r_precision", way, None, None, interval(found.r_precision, 1))
    yield RecallLine("map_at_r", way, None, None, interval(found.ap_at_r, 1))
    if own is not crossed:
        ranks = own.i2t if way == "i2t" else own.t2i
        of_own = {f"{way}_r{k}": hits(ranks, k) for k in RECALLS_AT}
        intervals = recall_intervals(own, of_own, clusters, len(clusters))
    for k in RECALLS_AT:
        yield RecallLine("own", way, k, None, intervals[f"{way}_r{k}"])


def _pools(crossed: Cross, definition: str, pool: int, clusters: np.ndarray) -> Iterator[RecallLine]:
    """The exact expectation over pools of so many images."""
    for way in DIRECTIONS:
        by_k = pool_hits(crossed, way, pool, RECALLS_AT)
        named = {f"{way}_r{k}_pool{pool}": values for k, values in by_k.items()}
        intervals = recall_intervals(crossed, named, clusters, pool)
        for k in RECALLS_AT:
            yield RecallLine(definition, way, k, pool, intervals[f"{way}_r{k}_pool{pool}"])


def _of_pool(lines: list[RecallLine], pool: int) -> list[RecallLine]:
    return [one for one in lines if one.pool == pool and one.definition == "any"]
