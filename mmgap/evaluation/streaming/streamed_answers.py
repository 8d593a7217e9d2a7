"""From what streamed passes left in files to numbers: recalls, the CLIP loss and N_k, some queries at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch

from mmgap.core.defaults import HUBS_AT, RECALLS_AT
from mmgap.core.messages import N_
from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.evaluation.streaming.streamed_passes import SideCounts, StreamedCross
from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.strips import blocks_of
from mmgap.metrics.hubness import EQUAL, all_equal_counts
from mmgap.metrics.nearest import place_shares
from mmgap.metrics.pass_cross import Ranks
from mmgap.metrics.pools import rival_distribution
from mmgap.metrics.retrieval import DIRECTIONS, Direction, check_pool, hits
from mmgap.metrics.softmax_terms import loss_and_entropy
from mmgap.metrics.ties import TIE

#: Queries that are answered at a time.
_SOME = 1 << 16
#: Items whose N_k are counted at a time.
_COUNTED = 1 << 22
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
    release = found.release
    means = {f"{way}_r{k}": _mean_hits(sides[way], k, release) for way in DIRECTIONS for k in RECALLS_AT}
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
            totals = sum(found.pooled[some].sum(axis=0) for some in _some(len(found.pooled), release))
            means |= {
                f"{way}_r{k}_pool{pool}": float(total) / relation.n_images
                for k, total in zip(RECALLS_AT, np.asarray(totals), strict=True)
            }
        else:
            there = _pool_means(sides[way], relation.n_images, pool, release)
            means |= {f"{way}_r{k}_pool{pool}": mean for k, mean in there.items()}
    return means, omitted


def clip_loss(found: StreamedCross, matched: ScratchArray, scale: float, bias: float) -> float:
    """Return the CLIP loss from the exponentials of a pass.

    Args:
        found: a pass.
        matched: (P,) products of its relevant pairs.
        scale: of the logits.
        bias: the mean rounding error of the unmatched products.
    """
    relation = found.relation
    several = matched, scale, bias, found.release
    image = _mean_loss("image", found.images, relation.image_start, None, *several)
    return (image + _mean_loss("text", found.texts, relation.text_start, relation.by_text, *several)) / 2


def neighbour_counts(
    queries: StreamedRows, gallery: StreamedRows, side: SideCounts, dtype: torch.dtype, release: Callable[[], None]
) -> ScratchArray:
    """Return N_k of each item of the gallery, (n,) float64 on disk, as `mmgap.metrics.hubness` counts it.

    Items are counted so many at a time (`_COUNTED`), each time from the lists of all queries.
    """
    assert side.near is not None
    n, k = len(gallery), min(HUBS_AT, len(gallery))
    depth = min(side.near.scores.shape[1], n)
    counts, crowded = ScratchArray(n, np.float64), ScratchArray(len(queries), bool)
    for here in spans(n, _COUNTED):
        total = np.zeros(here.stop - here.start)
        for some in _some(len(queries), release):
            scores = np.ascontiguousarray(side.near.scores[some, :depth]).astype(np.float64)
            items = side.near.items[some, :depth].astype(np.int64)
            beyond = (scores[:, -1] >= scores[:, k - 1] - TIE) & (depth < n)
            crowded[some] = beyond
            scores, items = scores[~beyond].ravel(), items[~beyond].ravel()
            shares = place_shares(np.arange(0, len(scores) + 1, depth), scores, k, TIE)
            inside = (items >= here.start) & (items < here.stop)
            total += np.bincount(items[inside] - here.start, weights=shares[inside], minlength=len(total))
        counts[here] = total
    for some in _some(len(queries), release):
        every = some.start + np.flatnonzero(crowded[some])
        for first in range(0, len(every), _CROWDED):
            few = every[first : first + _CROWDED]
            nearest = side.near.scores[few, :k].astype(np.float64)
            for here, more in _crowded_counts(queries, gallery, few, nearest, dtype):
                counts[here] = counts[here] + more
    return counts


def hub_numbers(counts: Mapping[Direction, ScratchArray]) -> tuple[dict[str, float], dict[str, str]]:
    """Return `mmgap.metrics.hubness.hub_metrics_of` of N_k on disk, by direction."""
    metrics: dict[str, float] = {}
    omitted: dict[str, str] = {}
    never: dict[str, float] = {}
    for way, there in counts.items():
        n = len(there)
        low, high, total, zeros = np.inf, -np.inf, 0.0, 0
        for some in spans(n):
            part = there[some]
            low, high = min(low, float(part.min())), max(high, float(part.max()))
            total, zeros = total + float(part.sum()), zeros + int((part == 0).sum())
        never[f"never_retrieved_{way}"] = zeros / n
        if high - low <= EQUAL * total / n:
            omitted[f"hubness_{way}"] = all_equal_counts(way, n)
            continue
        sums = np.zeros(2)
        for some in spans(n):
            centred = there[some] - total / n
            sums += (centred**2).sum(), (centred**3).sum()
        square, cube = (sums / n).tolist()
        metrics[f"hubness_{way}"] = cube / square**1.5
    return metrics | never, omitted


def _crowded_counts(
    queries: StreamedRows, gallery: StreamedRows, some: np.ndarray, nearest: np.ndarray, dtype: torch.dtype
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield what queries with many ties add to N_k, for some items at a time, each from its whole row of scores: read
    once for how many items share the last places, and once to give them their shares."""
    k = nearest.shape[1]
    limit = nearest[:, -1:]
    above = (nearest > limit + TIE).sum(axis=1, keepdims=True)
    rows, blocks = queries[some].to(dtype), blocks_of(gallery, dtype)

    def scores() -> Iterator[tuple[range, np.ndarray]]:
        for j in range(blocks.count):
            here = blocks.rows(j)
            yield here, (rows @ blocks[j].T).numpy()[:, : len(here)].astype(np.float64)

    reach = sum(((found >= limit - TIE).sum(axis=1, keepdims=True) for _, found in scores()), np.zeros_like(above))
    share = (k - above) / (reach - above)
    for here, found in scores():
        given = np.where(found > limit + TIE, 1.0, (found >= limit - TIE) * share)
        yield slice(here.start, here.stop), given.sum(axis=0)


def _mean_hits(side: SideCounts, k: int, release: Callable[[], None]) -> float:
    n = len(side.positives)
    return float(sum(hits(side.ranks(some), k).sum() for some in _some(n, release))) / n


def _pool_means(side: SideCounts, population: int, pool: int, release: Callable[[], None]) -> dict[int, float]:
    """Mean chance of a hit in pools at each of `RECALLS_AT`."""
    n, deepest = len(side.positives), min(max(RECALLS_AT), pool)
    totals = dict.fromkeys(RECALLS_AT, 0.0)
    for some in _some(n, release):
        ranks = side.ranks(some)
        alone = Ranks(ranks.above, ranks.tied, np.ones(len(ranks.above)))
        chances = rival_distribution(alone, deepest, population, pool)
        for k in RECALLS_AT:
            totals[k] += float(np.clip(chances[:, :k].sum(axis=1), 0.0, 1.0).sum())
    return {k: total / n for k, total in totals.items()}


def _mean_loss(
    side: str,
    counts: SideCounts,
    start: np.ndarray,
    order: np.ndarray | None,
    matched: ScratchArray,
    scale: float,
    bias: float,
    release: Callable[[], None],
) -> float:
    """The mean loss of one side; the products of query q stand from ``start[q]`` up to ``start[q + 1]``, in an order or
    as they are."""
    total, n = 0.0, len(counts.positives)
    for some in _some(n, release):
        cut = np.array(start[some.start : some.stop + 1])
        pairs = slice(int(cut[0]), int(cut[-1])) if order is None else np.array(order[cut[0] : cut[-1]])
        counted = {
            f"{side}_exponentials": counts.sums.exponentials[some],
            f"{side}_drift": counts.sums.drift[some],
        }
        loss, _ = loss_and_entropy(side, matched[pairs], cut - cut[0], counted, scale, bias)
        total += float(loss.sum())
    return total / n


def _some(n: int, release: Callable[[], None]) -> Iterator[slice]:
    """Slices of n queries; the memory of those before is given back."""
    for some in spans(n, _SOME):
        yield some
        release()
