"""What functions are held against, held against slow loops and against mmgap's own metrics."""

import math

import numpy as np
import pytest

from mmgap import metrics
from mmgap.testing.audit.geometry_definitions import geometry_definitions
from mmgap.testing.audit.made_problems import (
    HOSTILE,
    benign,
    classes,
    hostile,
    judged,
    relevant_any_way,
    several_captions,
)
from mmgap.testing.audit.ranking_definitions import ranking_definitions
from mmgap.testing.audit.tie_orders import TIES, ranked

PROBLEMS = [*benign(1), *several_captions(), *judged(), *hostile(1)]
RANKING = {(one.quantity, one.k, one.side, str(one.words)): one for one in ranking_definitions("cosine", (1, 5))}


def value(words, side, problem, ties="relevant last"):
    one = next(one for (_, _, asked, told), one in RANKING.items() if told == words and asked == side)
    return one.value(problem, ties)


def slow(problem, side, of_ranking):
    """Mean over queries of a value of what stands at each place, by sorting in Python."""
    scores, right = (problem.scores, problem.relevance) if side == "rows" else (problem.scores.T, problem.relevance.T)
    found = []
    for row, relevant in zip(scores.tolist(), right.tolist(), strict=True):
        order = sorted(range(len(row)), key=lambda j, row=row: -row[j])
        found.append(of_ranking([relevant[j] for j in order]))
    return sum(found) / len(found)


def slow_ndcg(places, k):
    gain = sum(1 / math.log2(i + 2) for i, right in enumerate(places[:k]) if right)
    return gain / sum(1 / math.log2(i + 2) for i in range(min(k, sum(places))))


def slow_ap(places):
    return sum(sum(places[: i + 1]) / (i + 1) for i, right in enumerate(places) if right) / sum(places)


@pytest.mark.parametrize("side", ["rows", "columns"])
@pytest.mark.parametrize("problem", [*benign(1)[:2], *several_captions(), *judged()], ids=lambda one: one.name)
def test_rankings_are_those_of_a_slow_loop(problem, side):
    for words, of_ranking in (
        ("recall@5, any relevant item", lambda places: any(places[:5])),
        ("recall@5, share of the relevant items", lambda places: sum(places[:5]) / sum(places)),
        ("precision@5", lambda places: sum(places[:5]) / 5),
        ("NDCG@5", lambda places: slow_ndcg(places, 5)),
        ("mAP", slow_ap),
        ("MRR", lambda places: 1 / (places.index(True) + 1)),
    ):
        assert value(words, side, problem) == pytest.approx(slow(problem, side, of_ranking)), words


@pytest.mark.parametrize("problem", [one for one in hostile(1) if one.name == "ties"])
def test_expected_recall_under_ties_is_that_of_the_metric(problem):
    for side, direction in (("rows", "i2t"), ("columns", "t2i")):
        found = value("recall@1, any relevant item", side, problem, "expected")
        assert found == pytest.approx(metrics.recall_at_k(problem.images, problem.texts, direction=direction))


def test_orders_of_ties_lie_between_the_best_and_the_worst():
    rng = np.random.default_rng(0)
    scores, right = rng.integers(0, 3, size=(40, 9)) / 2, rng.random((40, 9)) < 0.3
    first = {ties: ranked(scores, right, ties)[:, :3].sum(axis=1) for ties in TIES}
    for ties in TIES:
        assert (first["relevant last"] <= first[ties] + 1e-12).all()
        assert (first[ties] <= first["relevant first"] + 1e-12).all()
    assert not np.array_equal(first["relevant first"], first["relevant last"])


def test_geometry_is_that_of_the_metrics():
    found = {str(one.words): one for one in geometry_definitions()}
    for problem in benign(1):
        x, y = problem.images, problem.texts
        for words, expected in (
            ("distance of the centroids", metrics.modality_gap(x, y)),
            ("mean squared distance of pairs", metrics.misalignment(x, y)),
            ("mean distance of pairs", metrics.l2i(x, y)),
            ("relative modality gap", metrics.relative_modality_gap(x, y)),
            ("uniformity of both, t = 2, i ≠ j", metrics.uniformity(x, y)),
            ("uniformity of images, t = 2, i = j included", metrics.uniformity(x, variant="with_diagonal")),
            ("uniformity across modalities, t = 2, i > j", metrics.uniformity(x, y, variant="cross")),
            ("linear CKA, debiased", metrics.linear_cka(x, y)),
        ):
            assert found[words].value(problem, "") == pytest.approx(expected, abs=1e-6), words


def test_every_hostile_thing_is_made():
    made = {one.name for one in (*PROBLEMS, *relevant_any_way(), *classes())}
    assert made == set(HOSTILE) - {"round"}


def test_scores_are_told_apart_where_ties_are_not_the_point():
    for problem in benign(1):
        for side in (problem.scores, problem.scores.T):
            assert np.diff(np.sort(side, axis=1), axis=1).min() > 1e-5
