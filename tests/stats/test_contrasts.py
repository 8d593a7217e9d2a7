"""Paired contrasts over images and seeds, sign flips, several p-values."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from benchmarks.workloads.populations import cluster_labels
from mmgap.stats import Clusters, contrast, holm, paired_p_value
from mmgap.stats.contrasts import combined, crossed


def test_one_run_each_is_the_paired_t_interval():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 50))
    found = contrast(a, b).difference
    expected = scipy_stats.ttest_rel(b, a).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_several_seeds_are_the_formula():
    rng = np.random.default_rng(1)
    sizes = np.array([1.0, 2, 3, 1, 4])
    clusters = Clusters(np.repeat(np.arange(5), sizes.astype(int)), sizes)
    d, n = rng.normal(size=(5, 3)), 11
    h = 1 / (1 - sizes / n)
    m = d.sum() / (3 * n)
    seed_means = d.sum(axis=0) / n
    a = d.mean(axis=1) - m * sizes
    images = (h * a**2).sum() / n**2
    seeds = np.var(seed_means, ddof=1) / 3
    both = sum(h[g] * (d[g, s] - sizes[g] * seed_means[s] - a[g]) ** 2 for g in range(5) for s in range(3))
    both /= 3 * 2 * n**2
    found = crossed(d, clusters)
    assert found.mean == pytest.approx(m)
    assert found.variance == pytest.approx(max(images + seeds - both, images, seeds))


def test_degrees_of_freedom_are_a_weighted_harmonic_mean():
    found = combined(0.0, (0.3, 30.0), (0.1, 2.0), 0.05)
    assert (found.variance, 1 / found.df) == pytest.approx((0.35, 0.75 / 30 + 0.25 / 2))


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_three_seeds_cover_whatever_part_of_the_variance_is_theirs(share):
    rng, covered = np.random.default_rng(4), []
    for _ in range(4000):
        seen = share * rng.chisquare(2) / 2
        found = combined(rng.normal(), (1 - share, 1e6), (seen, 2.0), 0.0)
        covered.append(abs(found.mean) <= scipy_stats.t.ppf(0.975, found.df) * found.variance**0.5)
    assert 0.935 <= np.mean(covered) <= 0.975  # with Satterthwaite's 92 % at 0.8 and 0.95


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("sources", [(1.0, 0.0, 1.0), (0.3, 0.3, 1.0), (0.0, 0.1, 1.0)])
def test_contrasts_over_seeds_cover(seeds, sources):
    rng, covered = np.random.default_rng(2), []
    image, seed, both = sources
    for _ in range(300):
        labels = cluster_labels(rng, 80, True)
        shared = image * (np.sqrt(0.7) * rng.normal(size=80)[labels] + np.sqrt(0.3) * rng.normal(size=80))
        d = shared + seed * rng.normal(size=(seeds, 1)) + both * rng.normal(size=(seeds, 80))
        found = contrast(np.zeros_like(d), d, clusters=labels).difference
        covered.append(found.low <= 0 <= found.high)
    assert 0.90 <= np.mean(covered) <= 0.98


def test_twenty_equal_answers_prove_nothing():
    found = contrast(np.ones(20), np.ones(20), shares=True)
    assert found.difference.low < -0.1 < 0.1 < found.difference.high
    assert found.p_value == 1


def test_a_difference_of_everything_stays_within_its_range():
    found = contrast(np.zeros(6), np.ones(6), shares=True).difference
    assert found.low < found.value == found.high == 1


@pytest.mark.parametrize("shared", [False, True])
def test_no_more_than_the_nominal_share_of_true_nulls_is_rejected(shared):
    rng, rejected = np.random.default_rng(3), 0
    for seed in range(500):
        labels = cluster_labels(rng, 150, shared)
        z = rng.normal(size=150)[labels]
        a, b = (z < -0.5).astype(float), (z > 0.5).astype(float)
        rejected += contrast(a, b, clusters=labels, shares=True, seed=seed).p_value <= 0.05
    assert 0.02 <= rejected / 500 <= 0.075


def test_paired_p_equals_all_sign_patterns():
    sums = np.random.default_rng(4).normal(size=9)
    found = [abs(np.dot(signs, sums)) for signs in itertools.product((-1, 1), repeat=9)]
    p_value, floor = paired_p_value(sums)
    assert p_value == pytest.approx(np.mean(np.array(found) >= abs(sums.sum()) - 1e-9))
    assert floor == 2 / 2**9


def test_the_floor_of_drawn_patterns_is_reached():
    assert paired_p_value(np.ones(40)) == (0.001, 0.001)


@pytest.mark.parametrize("sums", [np.zeros(5), np.array([0.0, 1.0, 0.0])])
def test_one_difference_is_no_evidence(sums):
    assert paired_p_value(sums) == (1.0, 1.0)


def test_refusals():
    with pytest.raises(ValueError, match="needs the same"):
        contrast(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="one cluster"):
        contrast(np.zeros(3), np.ones(3), clusters=[0, 0, 0])
    with pytest.raises(ValueError, match="item 1"):
        contrast([0.0, np.nan], [0.0, 1.0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_equals_the_definition(p):
    order = sorted(range(len(p)), key=lambda i: p[i])
    expected, largest = [0.0] * len(p), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[i]))
        expected[i] = largest
    assert holm(p) == pytest.approx(expected)


@pytest.mark.parametrize(("p", "message"), [([], "non-empty"), ([0.5, 1.5], "item 1")])
def test_holm_refusals(p, message):
    with pytest.raises(ValueError, match=message):
        holm(p)
