"""The chance of a match: what is said is what happens, on queries that it was not fitted on."""

import numpy as np
import pytest

from mmgap.app.search.match_chance import AMONG, MatchChance, NoChanceError


def searched(n_queries, n_items, signal, seed, found=1.0):
    """The first scores of queries with one match each among normal scores, which of them match; some have none."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n_queries, n_items)) * 0.05 + 0.2
    matches = np.zeros(scores.shape, dtype=bool)
    rows = np.flatnonzero(rng.random(n_queries) < found)
    scores[rows, 0] += signal * 0.05
    matches[rows, 0] = True
    order = np.argsort(-scores, axis=1)[:, :AMONG]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(matches, order, axis=1)


def largest_deviation(chances, matches, bins=5):
    """The largest distance of the stated chance from the share of matches, over bins of equally many candidates."""
    order = np.argsort(chances, kind="stable")
    return max(abs(chances[part].mean() - matches[part].mean()) for part in np.array_split(order, bins))


@pytest.mark.parametrize("signal", [1.0, 2.5, 4.0])
@pytest.mark.parametrize("rank", [0, 1, 4])
def test_the_stated_chance_of_the_candidates_of_new_queries_is_right(signal, rank):
    fitted = MatchChance.fit(*searched(2000, 1000, signal, seed=0))
    scores, matches = searched(4000, 1000, signal, seed=1)
    assert largest_deviation(fitted(scores)[:, rank], matches[:, rank]) < 0.05


def test_where_half_of_the_queries_have_no_match_the_chance_knows():
    fitted = MatchChance.fit(*searched(2000, 500, 3.0, seed=0, found=0.5))
    scores, matches = searched(4000, 500, 3.0, seed=1, found=0.5)
    assert largest_deviation(fitted(scores)[:, 0], matches[:, 0]) < 0.05


def test_normal_scores_of_one_match_give_the_chance_of_bayes():
    """With equal variances the posterior of the match is a softmax of d′/σ times the score."""
    fitted = MatchChance.fit(*searched(4000, 100, 3.0, seed=0))
    assert fitted.temperature == pytest.approx(3.0 / 0.05, rel=0.1)
    scores, _ = searched(500, 100, 3.0, seed=1)
    np.testing.assert_allclose(fitted(scores), fitted.shares(scores), atol=0.06)


def test_the_maximum_of_more_items_is_believed_less():
    scores = searched(1, 1000, 2.0, seed=2)[0]
    few, many = (MatchChance.fit(*searched(2000, n, 2.0, seed=0)) for n in (200, 5000))
    assert many(scores)[0, 0] < few(scores)[0, 0]


def test_a_candidate_that_is_not_there_has_no_chance_and_changes_no_other():
    fitted = MatchChance.fit(*searched(1000, 200, 3.0, seed=0))
    scores = searched(3, 200, 3.0, seed=1)[0]
    short = scores.copy()
    short[:, 50:] = -np.inf
    assert (fitted(short)[:, 50:] < 1e-3).all()
    np.testing.assert_allclose(fitted(short)[:, 0], fitted(scores)[:, 0], atol=0.02)


def test_too_few_matches_tell_no_chance():
    with pytest.raises(NoChanceError, match="too few"):
        MatchChance.fit(*searched(20, 200, 3.0, seed=0))


def test_it_is_read_as_it_was_kept():
    fitted = MatchChance.fit(*searched(500, 200, 3.0, seed=0))
    assert MatchChance.of(fitted.arrays()) == fitted
