"""From what streamed passes left in files to numbers: recalls, the CLIP loss and N_k, some queries at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from mmgap.core.defaults import HUBS_AT, RECALLS_AT
from mmgap.core.messages import N_
from mmgap.evaluation.streaming.streamed_passes import SideCounts, StreamedCross
from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.strips import blocks_of
from mmgap.metrics.nearest import place_shares
from mmgap.metrics.pass_cross import TIE, Ranks
from mmgap.metrics.pools import rival_distribution
from mmgap.metrics.retrieval import DIRECTIONS, Direction, check_pool, hits
from mmgap.metrics.softmax_terms import loss_and_entropy

#: Queries that are answered at a time.
_SOME = 1 << 16
#: Queries whose rows are read again at a time, because ties go beyond their lists.
_CROWDED = 512

#: Why pools are left out where captions are shared.
SHARED = N_("captions are shared, so that pools need whole rows of scores: measure these vectors in memory")


def recall_means(found: StreamedCross, pool: int, own: bool) -> tuple[dict[str, float], dict[str, str]]:
    """Return the recalls of the full set and of pools, by key; and why pools are left out.

    Args:
        found: a pass.
        pool: images of the pools.
        own: whether all relevant pairs are those of owners.
    """
    sides: dict[Direction, SideCounts] = {"i2t": found.images, "t2i": found.texts}
    means = {f"{way}_r{k}": _mean_hits(sides[way], k) for way in DIRECTIONS for k in RECALLS_AT}
    omitted: dict[str, str] = {}
    relation = found.relation
    for way in DIRECTIONS:
        try:
            check_pool(pool, relation.n_images)
            relation.known_owner  # noqa: B018  # it says what is missing where nobody can tell
        except ValueError as error:
            omitted[f"{way}_pool{pool}"] = error.args[0]
            continue
        if pool == relation.n_images:
            means |= {f"{way}_r{k}_pool{pool}": means[f"{way}_r{k}"] for k in RECALLS_AT}
        elif not own:
            omitted[f"{way}_pool{pool}"] = SHARED
        elif way == "i2t" and found.pooled is not None:
            totals = sum(found.pooled[some].sum(axis=0) for some in _some(len(found.pooled)))
            means |= {
                f"{way}_r{k}_pool{pool}": float(total) / relation.n_images
                for k, total in zip(RECALLS_AT, np.asarray(totals), strict=True)
            }
        else:
            means |= {
                f"{way}_r{k}_pool{pool}": mean for k, mean in _pool_means(sides[way], relation.n_images, pool).items()
            }
    return means, omitted


def clip_loss(found: StreamedCross, matched: np.ndarray, scale: float, bias: float) -> float:
    """Return the CLIP loss from the exponentials of a pass.

    Args:
        found: a pass.
        matched: (P,) products of its relevant pairs.
        scale: of the logits.
        bias: the mean rounding error of the unmatched products.
    """
    relation = found.relation
    image = _mean_loss("image", found.images, matched, relation.image_start, scale, bias)
    in_order = relation.n_texts == len(matched) and bool((np.diff(relation.by_text) == 1).all())
    of_text = matched if in_order else matched[relation.by_text]
    return (image + _mean_loss("text", found.texts, of_text, relation.text_start, scale, bias)) / 2


def neighbour_counts(queries: StreamedRows, gallery: StreamedRows, side: SideCounts, dtype: torch.dtype) -> np.ndarray:
    """Return N_k of each item of the gallery, (n,) float64, as `mmgap.metrics.hubness` counts it."""
    assert side.near is not None
    n, k = len(gallery), min(HUBS_AT, len(gallery))
    depth = min(side.near.scores.shape[1], n)
    counts, crowded = np.zeros(n), [np.zeros(0, dtype=np.int64)]
    for some in _some(len(queries)):
        scores = np.ascontiguousarray(side.near.scores[some, :depth]).astype(np.float64)
        items = side.near.items[some, :depth].astype(np.int64)
        beyond = (scores[:, -1] >= scores[:, k - 1] - TIE) & (depth < n)
        crowded.append(np.flatnonzero(beyond) + some.start)
        scores, items = scores[~beyond].ravel(), items[~beyond].ravel()
        shares = place_shares(np.arange(0, len(scores) + 1, depth), scores, k, TIE)
        counts += np.bincount(items, weights=shares, minlength=n)
    every = np.concatenate(crowded)
    for first in range(0, len(every), _CROWDED):
        few = every[first : first + _CROWDED]
        counts += _crowded_counts(queries, gallery, few, side.near.scores[few, :k].astype(np.float64), dtype)
    return counts


def _crowded_counts(
    queries: StreamedRows, gallery: StreamedRows, some: np.ndarray, nearest: np.ndarray, dtype: torch.dtype
) -> np.ndarray:
    """What queries with many ties add to N_k, each from its whole row of scores: read once for how many items share
    the last places, and once to give them their shares."""
    k = nearest.shape[1]
    limit = nearest[:, -1:]
    above = (nearest > limit + TIE).sum(axis=1, keepdims=True)
    rows, blocks = queries[some].to(dtype), blocks_of(gallery, dtype)

    def scores() -> Iterator[tuple[range, np.ndarray]]:
        for j in range(blocks.count):
            here = blocks.rows(j)
            yield here, (rows @ blocks[j].T).numpy()[:, : len(here)].astype(np.float64)

    reach = sum(((found >= limit - TIE).sum(axis=1, keepdims=True) for _, found in scores()), np.zeros_like(above))
    counts, share = np.zeros(len(gallery)), (k - above) / (reach - above)
    for here, found in scores():
        given = np.where(found > limit + TIE, 1.0, (found >= limit - TIE) * share)
        counts[here.start : here.stop] = given.sum(axis=0)
    return counts


def _mean_hits(side: SideCounts, k: int) -> float:
    n = len(side.positives)
    return float(sum(hits(side.ranks(some), k).sum() for some in _some(n))) / n


def _pool_means(side: SideCounts, population: int, pool: int) -> dict[int, float]:
    """Mean chance of a hit in pools at each of `RECALLS_AT`, from how often each pair of counts occurs."""
    deepest = min(max(RECALLS_AT), pool)
    cases, times = _cases(side)
    found = rival_distribution(Ranks(cases[:, 0], cases[:, 1], np.ones(len(cases))), deepest, population, pool)
    chance = {k: np.clip(found[:, :k].sum(axis=1), 0.0, 1.0) for k in RECALLS_AT}
    return {k: float(values @ times) / int(times.sum()) for k, values in chance.items()}


def _cases(side: SideCounts) -> tuple[np.ndarray, np.ndarray]:
    """The pairs (above, tied) that occur, and how often."""
    code, times = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    for some in _some(len(side.positives)):
        ranks = side.ranks(some)
        new, more = np.unique((ranks.above << 32) + ranks.tied, return_counts=True)
        code, place = np.unique(np.concatenate([code, new]), return_inverse=True)
        times = np.bincount(place, weights=np.concatenate([times, more]), minlength=len(code)).astype(np.int64)
    return np.stack([code >> 32, code & 0xFFFFFFFF], axis=1), times


def _mean_loss(
    side: str, counts: SideCounts, matched: np.ndarray, start: np.ndarray, scale: float, bias: float
) -> float:
    total, n = 0.0, len(counts.positives)
    for some in _some(n):
        cut = np.asarray(start[some.start : some.stop + 1])
        counted = {
            f"{side}_exponentials": counts.sums.exponentials[some],
            f"{side}_drift": counts.sums.drift[some],
        }
        loss, _ = loss_and_entropy(side, matched[cut[0] : cut[-1]], cut - cut[0], counted, scale, bias)
        total += float(loss.sum())
    return total / n


def _some(n: int) -> Iterator[slice]:
    return (slice(start, min(start + _SOME, n)) for start in range(0, n, _SOME))
