"""R-precision, mAP@R and any hit against an enumeration of all orders, and on a matrix that was made by hand."""

import itertools

import numpy as np
import pytest

from mmgap.metrics.judged_retrieval import judged_query


def by_definition(order, relevant, k):
    """(any hit, R-precision, AP@R) of one order, straight from the formulas."""
    wanted, seen, total = int(relevant.sum()), 0, 0.0
    for place, item in enumerate(order[:wanted], 1):
        if relevant[item]:
            seen += 1
            total += seen / place
    return float(relevant[list(order[:k])].any()), seen / wanted, total / wanted


def enumerated(scores, relevant, k):
    """The mean over all orders that no score forbids."""
    allowed = [o for o in itertools.permutations(range(len(scores))) if all(np.diff(scores[list(o)]) <= 0)]
    return np.mean([by_definition(order, relevant, k) for order in allowed], axis=0)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("levels", [1, 2, 3, 50])
def test_ties_count_as_the_mean_over_all_orders(seed, levels):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, 6) / 50
    relevant = rng.random(6) < 0.5
    relevant[rng.integers(6)] = True
    for k in (1, 2, 5):
        found = judged_query(scores, relevant, (k,))
        np.testing.assert_allclose(
            [found.hits[k], found.r_precision, found.ap_at_r], enumerated(scores, relevant, k), atol=1e-12
        )


def test_a_matrix_made_by_hand():
    """Three captions, five images; the figures are read off the order of each row."""
    scores = np.array([[0.9, 0.8, 0.7, 0.1, 0.0], [0.1, 0.9, 0.2, 0.8, 0.3], [0.5, 0.4, 0.3, 0.2, 0.1]])
    relevant = np.array([[1, 0, 1, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]], dtype=bool)
    found = [judged_query(s, r, (1, 2)) for s, r in zip(scores, relevant, strict=True)]
    assert [query.hits for query in found] == [{1: 1.0, 2: 1.0}, {1: 0.0, 2: 1.0}, {1: 0.0, 2: 0.0}]
    assert [query.r_precision for query in found] == pytest.approx([1 / 2, 2 / 3, 0])
    assert [query.ap_at_r for query in found] == pytest.approx([1 / 2, (1 / 2 + 2 / 3) / 3, 0])


def test_scores_apart_by_rounding_are_tied():
    relevant = np.array([False, True])
    assert judged_query(np.array([0.3 + 1e-7, 0.3]), relevant, (1,)).hits[1] == 0.5
    assert judged_query(np.array([0.3 + 1e-5, 0.3]), relevant, (1,)).hits[1] == 0.0


def test_a_query_without_a_relevant_item_is_an_error():
    with pytest.raises(ValueError, match="needs scores and a relevant item"):
        judged_query(np.array([0.1, 0.2]), np.array([False, False]))
