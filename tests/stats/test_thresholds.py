"""Recall, false alarms and precision at a threshold against loops; their intervals and the cut against simulations."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.metrics.cosine_counts import cosine_counts
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.stats.interval import Interval
from mmgap.stats.thresholds import cosine_thresholds, precision_interval


def cones(seed, n, d=16, noise=0.8, each=1):
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(n, d))
    owner = np.repeat(np.arange(n), each)
    x, y = items + noise * rng.normal(size=(n, d)), items[owner] + noise * rng.normal(size=(n * each, d))
    return *(v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y)), owner


def thresholds(x, y, owner, pool=90, clusters=None):
    relation = relevance_of(None, len(x), len(y), owner)
    counts = cosine_counts(cross(torch.from_numpy(x), torch.from_numpy(y), relation))
    return cosine_thresholds(counts, np.arange(len(x)) if clusters is None else clusters, pool=pool, owner=owner)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000),
    n=st.integers(3, 30),
    each=st.integers(1, 3),
    pool=st.sampled_from((2, 90, 5000)),
    at=st.floats(-0.5, 0.95),
)
def test_a_threshold_is_counted_pair_by_pair(seed, n, each, pool, at):
    x, y, owner = cones(seed, n, each=each)
    told = thresholds(x, y, owner, pool).at(at)
    right = wrong = matches = others = 0
    for i in range(n):
        for j in range(len(y)):
            reaches = float(x[i] @ y[j]) >= told.cosine - 1e-12
            if owner[j] == i:
                matches, right = matches + 1, right + reaches
            else:
                others, wrong = others + 1, wrong + reaches
    recall, alarms = right / matches, wrong / others
    assert told.recall.value == pytest.approx(recall)
    assert told.false_alarms.value == pytest.approx(alarms)
    if recall + alarms == 0:
        assert told.precision is None
        assert told.f1 == 0
        return
    prevalence = 1 / pool
    precision = prevalence * recall / (prevalence * recall + (1 - prevalence) * alarms)
    assert told.precision.value == pytest.approx(precision)
    assert told.f1 == pytest.approx(0 if precision + recall == 0 else 2 * precision * recall / (precision + recall))
    for found in (told.recall, told.false_alarms, told.precision):
        assert 0 <= found.low <= found.value + 1e-12
        assert found.value - 1e-12 <= found.high <= 1


def test_the_variance_of_false_alarms_is_the_projection_of_the_pairs():
    """As by a loop: every unit's images and texts, each cosine half to its image and half to its text."""
    x, y, owner = cones(0, 40)
    clusters = np.repeat(np.arange(20), 2)
    found = thresholds(x, y, owner, clusters=clusters)
    told = found.at(0.1)
    above = (x @ y.T) >= told.cosine - 1e-12
    np.fill_diagonal(above, False)
    share = above.sum() / (40 * 39)
    variance = 0.0
    for unit in range(20):
        own = clusters == unit
        reached = (above[own].sum() + above[:, own].sum()) / 2
        pairs = (own.sum() * 39 + own.sum() * 39) / 2
        variance += (2 * (reached - share * pairs) / (40 * 39)) ** 2 * 20 / 19
    from mmgap.stats.shares import clopper_pearson

    low, high = clopper_pearson(share, share * (1 - share) / variance)
    assert (told.false_alarms.low, told.false_alarms.high) == pytest.approx((low, high))


def test_precision_falls_as_matches_become_rare_and_rises_with_the_threshold():
    x, y, owner = cones(1, 200)
    some, rare = thresholds(x, y, owner, 10), thresholds(x, y, owner, 1000)
    values = [some.at(place).precision.value for place in (0.0, 0.2, 0.4, 0.6)]
    assert values == sorted(values)
    assert all(rare.at(place).precision.value < some.at(place).precision.value for place in (0.0, 0.2, 0.4))
    assert rare.cut().value > some.cut().value


def test_nothing_seen_is_not_impossible():
    x, y, owner = cones(2, 50, noise=0.05)
    told = thresholds(x, y, owner).at(0.97)
    assert told.false_alarms.value == 0
    assert 0 < told.false_alarms.high < 0.02
    assert told.precision.value == 1
    assert told.precision.low < 1


def test_the_interval_of_precision_reaches_both_ends():
    def share(value, low, high):
        return Interval(value, low, high, 0.95, 100, "")

    middle = precision_interval(share(0.5, 0.4, 0.6), share(0.01, 0.005, 0.02), 11)
    assert middle.value == pytest.approx(0.5 / 0.6)
    below = math.hypot(math.log(0.02 / 0.01), math.log(0.5 / 0.4))
    assert middle.low == pytest.approx(1 / (1 + 0.2 * math.exp(below)))
    assert precision_interval(share(0, 0, 0.1), share(0, 0, 0.1), 11) is None
    none_right = precision_interval(share(0, 0, 0.1), share(0.2, 0.1, 0.3), 11)
    assert (none_right.value, none_right.low) == (0, 0)
    assert 0 < none_right.high < 0.2


def test_the_cut_is_where_f1_is_best_and_its_interval_holds_it():
    x, y, owner = cones(3, 400)
    found = thresholds(x, y, owner)
    cut = found.cut()
    best = max((found.at(place) for place in found.counts.edges), key=lambda one: one.f1)
    assert cut.low <= best.cosine <= cut.high
    assert found.at(cut.value).f1 > best.f1 - 0.02
    assert cut.high - cut.low < 0.1
    assert found.cut() == cut, "the same seed, the same interval"


def test_where_all_matches_lie_above_all_others_the_interval_holds_the_whole_gap():
    x, y, owner = cones(4, 30, d=64, noise=0.05)
    cut = thresholds(x, y, owner).cut()
    scores = x @ y.T
    off = scores[~np.eye(30, dtype=bool)]
    assert off.max() < np.diag(scores).min()
    assert cut.low <= off.max() + 0.01
    assert cut.high >= np.diag(scores).min() - 0.01


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """100 samples of 60 pairs; the truth is that of 3,000. ``benchmarks/test_coverage.py`` has more."""
    big = thresholds(*cones(99, 3000))
    truth = big.at(0.4)
    held = np.zeros(3)
    cuts = 0
    best = big.cut(draws=2).value
    for seed in range(100):
        found = thresholds(*cones(seed, 60))
        told, edge = found.at(0.4), big.at(0.4)
        assert told.cosine == edge.cosine
        for place, (one, true) in enumerate(
            ((told.recall, truth.recall), (told.false_alarms, truth.false_alarms), (told.precision, truth.precision))
        ):
            held[place] += one.low <= true.value <= one.high
        cut = found.cut(seed=seed)
        cuts += cut.low <= best <= cut.high
    assert (held >= 90).all(), held
    assert cuts >= 85, cuts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pool": 1}, "at least 2 pairs"),
        ({"clusters": np.zeros(20)}, "one cluster"),
        ({"clusters": np.arange(3)}, "do not fit"),
    ],
)
def test_bad_input_is_one_clear_line(change, words):
    x, y, owner = cones(0, 20)
    with pytest.raises(ValueError, match=words):
        thresholds(x, y, owner, **change)
