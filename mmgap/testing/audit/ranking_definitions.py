"""What is computed from rankings: recall by each definition, precision, MRR, NDCG, mean average precision, ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np

from mmgap.core.messages import N_, Message
from mmgap.metrics.judged_retrieval import judged_query
from mmgap.testing.audit.definition import Definition
from mmgap.testing.audit.problem import Problem
from mmgap.testing.audit.tie_orders import TIE, ranked

#: Places that are tried where nothing says how many count.
KS = (1, 2, 3, 5, 10, 20, 50, 100)

#: Half precision does not tell scores apart that differ by less.
_HALF = 4e-3

#: Values of queries, (Q,), from what stands at each place, (Q, G), relevant items, (Q,), and k.
_PerQuery = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def _hit(places: np.ndarray, _relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(places[:, :k].max(axis=1))


def _share(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(places[:, :k].sum(axis=1) / relevant)


def _capped(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(places[:, :k].sum(axis=1) / np.minimum(relevant, k))


def _precision(places: np.ndarray, _relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(places[:, :k].sum(axis=1) / k)


def _precision_of_items(places: np.ndarray, _relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(places[:, :k].mean(axis=1))


def _reciprocal(places: np.ndarray, _relevant: np.ndarray, k: int) -> np.ndarray:
    few = places[:, :k]
    return np.asarray((few / np.arange(1, few.shape[1] + 1)).max(axis=1))


def _ndcg(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    few = places[:, :k]
    discount = 1 / np.log2(np.arange(2, max(few.shape[1], int(relevant.max(initial=1))) + 2))
    ideal = np.cumsum(discount)[np.minimum(relevant, min(k, len(discount))).astype(int) - 1]
    return np.asarray(few @ discount[: few.shape[1]] / ideal)


def _ndcg_of_two(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """The older discount, which leaves the first two places alone."""
    few = places[:, :k]
    discount = 1 / np.log2(np.maximum(np.arange(1, max(few.shape[1], int(relevant.max(initial=1))) + 1), 2))
    ideal = np.cumsum(discount)[np.minimum(relevant, min(k, len(discount))).astype(int) - 1]
    return np.asarray(few @ discount[: few.shape[1]] / ideal)


def _precisions(places: np.ndarray, k: int) -> np.ndarray:
    few = places[:, :k]
    return np.asarray((few * few.cumsum(axis=1) / np.arange(1, few.shape[1] + 1)).sum(axis=1))


def _ap(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(_precisions(places, k) / relevant)


def _ap_capped(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(_precisions(places, k) / np.minimum(relevant, k))


def _ap_of_found(places: np.ndarray, _relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(_precisions(places, k) / np.maximum(places[:, :k].sum(axis=1), 1))


def _r_precision(places: np.ndarray, relevant: np.ndarray, _k: int) -> np.ndarray:
    within = np.arange(1, places.shape[1] + 1) <= relevant[:, None]
    return np.asarray((places * within).sum(axis=1) / relevant)


def _ap_at_r(places: np.ndarray, relevant: np.ndarray, _k: int) -> np.ndarray:
    within = np.arange(1, places.shape[1] + 1) <= relevant[:, None]
    running = places.cumsum(axis=1) / np.arange(1, places.shape[1] + 1)
    return np.asarray((places * within * running).sum(axis=1) / relevant)


def _rank(places: np.ndarray, _relevant: np.ndarray, _k: int) -> np.ndarray:
    return np.asarray(places.argmax(axis=1) + 1.0)


def _all_found(places: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    return np.asarray(places[:, :k].sum(axis=1) >= relevant).astype(float)


def per_query(problem: Problem, side: str, by: str, ties: str, values: _PerQuery, k: int) -> np.ndarray:
    """Return the values of the queries that have something relevant, (Q,)."""
    places, relevant = _places(problem, side, by, ties)
    if ties == "expected" and values is _hit:
        scores = problem.scored(by) if side == "rows" else problem.scored(by).T
        right = problem.relevance if side == "rows" else problem.relevance.T
        asked = [judged_query(*one, (k,)).hits[k] for one in zip(scores, right, strict=True) if one[1].any()]
        return np.array(asked)
    if ties == "expected" and values not in (_share, _capped, _precision, _precision_of_items, _ndcg, _ndcg_of_two):
        return np.full(len(places), np.nan)
    return values(places, relevant, min(k, 10**9))


@lru_cache(maxsize=1024)
def _places(problem: Problem, side: str, by: str, ties: str) -> tuple[np.ndarray, np.ndarray]:
    scores, right = problem.scored(by), problem.relevance
    if side == "columns":
        scores, right = scores.T, right.T
    asked = right.any(axis=1)
    tie = _HALF if problem.dtype == "float16" else TIE * max(1.0, float(np.abs(scores).max()))
    return ranked(scores[asked], right[asked], ties, tie), right[asked].sum(axis=1)


def mean_over(values: _PerQuery, k: int, side: str, by: str, problem: Problem, ties: str) -> float:
    """Return the mean over the queries of a side, or of both sides' means."""
    sides = ("rows", "columns") if side == "both" else (side,)
    return float(np.mean([per_query(problem, one, by, ties, values, k).mean() for one in sides]))


def _micro_share(k: int, side: str, by: str, problem: Problem, ties: str) -> float:
    places, relevant = _places(problem, side, by, ties)
    return float(places[:, :k].sum() / relevant.sum())


def _median(floor: bool, first: int, side: str, by: str, problem: Problem, ties: str) -> float:
    median = float(np.median(per_query(problem, side, by, ties, _rank, 1))) - 1
    return (float(np.floor(median)) if floor else median) + first


def _mean_rank(first: int, side: str, by: str, problem: Problem, ties: str) -> float:
    return mean_over(_rank, 1, side, by, problem, ties) - 1 + first


def _by_class(k: int, side: str, by: str, problem: Problem, ties: str) -> float:
    """Mean over the classes of the share of their rows that are right."""
    hits = per_query(problem, side, by, ties, _hit, k)
    right = problem.relevance if side == "rows" else problem.relevance.T
    labels = right[right.any(axis=1)].argmax(axis=1)
    return float(np.mean([hits[labels == label].mean() for label in np.unique(labels)]))


def _sum_of_recalls(times: float, sides: tuple[str, ...], by: str, problem: Problem, ties: str) -> float:
    recalls = [mean_over(_hit, k, side, by, problem, ties) for side in sides for k in (1, 5, 10)]
    return times * float(np.sum(recalls))


_AT_K: tuple[tuple[str, str, _PerQuery], ...] = (
    ("recall", N_("recall@{k}, any relevant item"), _hit),
    ("recall", N_("recall@{k}, share of the relevant items"), _share),
    ("recall", N_("recall@{k}, share of the relevant items, of k at most"), _capped),
    ("recall", N_("recall@{k}, all relevant items"), _all_found),
    ("precision", N_("precision@{k}"), _precision),
    ("precision", N_("precision@{k}, of the items there are"), _precision_of_items),
    ("mrr", N_("MRR@{k}"), _reciprocal),
    ("ndcg", N_("NDCG@{k}"), _ndcg),
    ("ndcg", N_("NDCG@{k}, the first two places alike"), _ndcg_of_two),
    ("map", N_("mAP@{k}, by the relevant items"), _ap),
    ("map", N_("mAP@{k}, by the relevant items, k at most"), _ap_capped),
    ("map", N_("mAP@{k}, by the relevant items found"), _ap_of_found),
)

_WHOLE: tuple[tuple[str, str, _PerQuery], ...] = (
    ("mrr", N_("MRR"), _reciprocal),
    ("ndcg", N_("NDCG"), _ndcg),
    ("ndcg", N_("NDCG, the first two places alike"), _ndcg_of_two),
    ("map", N_("mAP"), _ap),
    ("r_precision", N_("R-precision"), _r_precision),
    ("map_at_r", N_("mAP@R"), _ap_at_r),
)


def ranking_definitions(by: str, ks: tuple[int, ...] = KS) -> Iterator[Definition]:
    """Yield every definition on rankings by "cosine", "dot" or "distance"."""
    for side in ("rows", "columns", "both"):
        for k in ks:
            for quantity, words, values in _AT_K:
                mean = partial(mean_over, values, k, side, by)
                yield Definition(quantity, k, Message(words, k=k), mean, side, tied=True)
            if side != "both":
                micro = Message("recall@{k}, share of all relevant items together", k=k)
                yield Definition("recall", k, micro, partial(_micro_share, k, side, by), side, tied=True)
                classes = Message("accuracy@{k}, mean over classes", k=k)
                yield Definition("recall", k, classes, partial(_by_class, k, side, by), side, tied=True)
        for quantity, words, values in _WHOLE:
            mean = partial(mean_over, values, 10**9, side, by)
            yield Definition(quantity, None, Message(words), mean, side, tied=True)
        for first in (1, 0):
            told = Message("mean rank, counted from {first}", first=first)
            yield Definition("mean_rank", None, told, partial(_mean_rank, first, side, by), side, tied=True)
        sides = ("rows", "columns") if side == "both" else (side,)
        sums = (
            (1.0, Message("sum of recalls at 1, 5, 10")),
            (1 / 3 / len(sides), Message("mean of recalls at 1, 5, 10")),
        )
        for times, told in sums:
            yield Definition("rsum", None, told, partial(_sum_of_recalls, times, sides, by), side, tied=True)
    for side in ("rows", "columns"):
        for first in (1, 0):
            for floor in (False, True):
                told = (
                    Message("median rank, counted from {first}, rounded down", first=first)
                    if floor
                    else Message("median rank, counted from {first}", first=first)
                )
                yield Definition("median_rank", None, told, partial(_median, floor, first, side, by), side, tied=True)
