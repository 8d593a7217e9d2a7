"""Means and shares over clusters: their formulas, their ends, and that their intervals cover."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from benchmarks.workloads.populations import cluster_labels
from mmgap.stats import Clusters, mean_interval, seed_interval, share_interval
from mmgap.stats.shares import clopper_pearson
from mmgap.stats.spread import contributions, degrees_of_freedom, spread


def test_without_clusters_and_skewness_it_is_students_interval():
    half = np.random.default_rng(0).normal(size=15)
    values = np.concatenate([half, -half])
    found = mean_interval(values)
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.n == 30


@pytest.mark.parametrize("sign", [1, -1])
def test_a_skewed_mean_reaches_as_far_as_halls_transformation_and_never_less_than_t(sign):
    values = sign * np.random.default_rng(0).exponential(size=30)
    n, mean, sd = 30, values.mean(), values.std(ddof=1) / 30**0.5
    g = ((values - mean) ** 3).sum() / n**3 / (1 - 1 / n) ** 1.5 / sd**3 * n / (n - 1)

    def halls(end):
        t = (mean - end) / sd
        return t + g * t**2 / 3 + g**2 * t**3 / 27 + g / 6

    found, t = mean_interval(values), scipy_stats.t.ppf(0.975, 29)
    far, near = (found.high, found.low) if sign == 1 else (found.low, found.high)
    assert halls(far) == pytest.approx(-sign * t)
    assert near == pytest.approx(mean - sign * t * sd)


@pytest.mark.parametrize("shared", [False, True])
def test_intervals_of_skewed_means_cover(shared):
    rng, covered = np.random.default_rng(0), 0
    for _ in range(1000):
        labels = cluster_labels(rng, 25, shared)
        values = 0.5 * rng.chisquare(1, size=25)[labels] + 0.5 * rng.chisquare(1, size=25)
        found = mean_interval(values, clusters=labels)
        covered += found.low <= 1 <= found.high
    assert covered >= 915  # 92 % and more; Student's t alone: 88 and 85 %


def test_the_variance_is_the_formula():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 7, size=40)
    values = rng.normal(size=40)
    variance = 0.0
    for g in np.unique(labels):
        own = labels == g
        residual = sum(values[own]) - own.sum() * values.mean()
        variance += residual**2 / (1 - own.sum() / 40) / 40**2
    assert spread(values, Clusters.of(labels, 40)).variance == pytest.approx(variance)


def test_degrees_of_freedom_are_satterthwaites_over_all_pairs_of_clusters():
    sizes = np.array([1.0, 1, 2, 5, 3])
    clusters = Clusters(np.repeat(np.arange(5), sizes.astype(int)), sizes)
    n, weights = clusters.n, 1 / (1 - sizes / clusters.n)
    shares = contributions(sizes.copy(), clusters)  # as of independent items: no likeness
    residual = np.eye(5) - np.outer(sizes, np.ones(5)) / n
    tau = sizes * (
        1
        + max(0, np.polyfit(sizes - 1, shares / sizes, 1) @ [1, 0] / np.polyfit(sizes - 1, shares / sizes, 1)[1])
        * (sizes - 1)
    )
    omega = residual @ np.diag(tau) @ residual.T
    expected = (weights @ np.diag(omega)) ** 2 / (np.outer(weights, weights) * omega**2).sum()
    assert degrees_of_freedom(shares, clusters) == pytest.approx(expected)


def test_one_cluster_has_no_interval():
    with pytest.raises(ValueError, match="one cluster"):
        mean_interval([1.0, 2.0], clusters=[0, 0])


@pytest.mark.parametrize(("hits", "ends"), [([0.0] * 20, (0, 0.1684)), ([1.0] * 20, (0.8316, 1))])
def test_shares_at_0_and_100_per_cent(hits, ends):
    found = share_interval(hits)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-4)


@pytest.mark.parametrize("k", [1, 7, 19])
def test_independent_hits_are_clopper_and_pearsons(k):
    found = share_interval(np.arange(20) < k)
    expected = scipy_stats.binomtest(k, 20).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_four_images_with_one_caption_count_once():
    hits = np.repeat(np.random.default_rng(0).random(100) < 0.3, 4).astype(float)
    found = share_interval(hits, clusters=np.repeat(np.arange(100), 4))
    alone = clopper_pearson(hits.mean(), 100)
    assert (found.low, found.high) == pytest.approx(alone, abs=0.003)
    assert found.n == 100


def test_all_hit_in_clusters_is_no_certainty():
    found = share_interval(np.ones(12), clusters=np.repeat(np.arange(3), 4))
    assert (found.low, found.high) == pytest.approx((scipy_stats.beta.ppf(0.025, 3, 1), 1))


def test_one_cluster_of_queries_still_has_an_interval():
    found = share_interval([1.0, 1.0, 1.0], clusters=[0, 0, 0])
    assert (found.low, found.high) == pytest.approx((0.025, 1))


@pytest.mark.parametrize(
    ("hits", "message"), [([0.5, 1.2], "item 1 is 1.2"), ([0.1, np.nan], "item 1"), ([[1.0]], "one number per item")]
)
def test_refusals(hits, message):
    with pytest.raises(ValueError, match=message):
        share_interval(hits)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("n", [20, 100])
def test_intervals_cover(n, shared):
    rng = np.random.default_rng(n)
    covered = np.zeros(2)
    for _ in range(600):
        labels = cluster_labels(rng, n, shared)
        z = np.sqrt(0.5) * rng.normal(size=n)[labels] + np.sqrt(0.5) * rng.normal(size=n)
        mean, share = mean_interval(z, clusters=labels), share_interval(z < -0.5244, clusters=labels)
        covered += [mean.low <= 0 <= mean.high, share.low <= 0.3 <= share.high]
    assert 0.92 <= covered[0] / 600 <= 0.98
    assert covered[1] / 600 >= 0.92


def test_seed_interval_is_scipys():
    expected = scipy_stats.ttest_1samp([0.80, 0.82, 0.84], 0).confidence_interval(0.95)
    found = seed_interval([0.80, 0.82, 0.84])
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.method == "t over seeds"
