import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from fixtures.made_vectors import random_unit
from fixtures.real_vectors import real_pairs
from mmgap.metrics.moments import covariance_factor
from mmgap.stats import (
    bootstrap,
    bootstrap_gap,
    bootstrap_mean,
    bootstrap_uniformity,
    holm,
    null,
    null_gap,
    paired_difference,
    seed_interval,
)

REPETITIONS = 300

pytestmark = pytest.mark.usefixtures("one_thread")


def coverage(intervals, truth):
    return np.mean([i.low <= truth <= i.high for i in intervals])


def uniformity(v, t=2.0):
    squared = [np.sum((v[i] - v[j]) ** 2) for i in range(len(v)) for j in range(i)]
    return np.log(np.mean(np.exp(-t * np.array(squared))))


# ---- coverage: nominal 95 % must cover the truth in 92 to 98 % of simulated samples


def test_mean_covers():
    rng = np.random.default_rng(0)
    found = [bootstrap_mean(rng.normal(size=60), resamples=400, seed=s) for s in range(3 * REPETITIONS)]
    assert 0.92 <= coverage(found, 0) <= 0.98


def test_mean_of_clusters_covers_where_the_naive_interval_does_not():
    rng = np.random.default_rng(1)
    aware, naive = [], []
    for s in range(REPETITIONS):
        clusters = np.repeat(np.arange(50), 5)
        values = rng.normal(size=50)[clusters] + 0.3 * rng.normal(size=250)
        aware.append(bootstrap_mean(values, clusters=clusters, resamples=400, seed=s))
        naive.append(bootstrap_mean(values, resamples=400, seed=s))
    assert 0.92 <= coverage(aware, 0) <= 0.98
    assert coverage(naive, 0) < 0.75


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.5, 1.0])
def test_gap_covers_also_where_it_is_closed(shift):
    rng, d, n = np.random.default_rng(2), 10, 150
    axis = np.eye(d)[0] * shift
    along = random_unit(rng, 200_000, d, axis)[:, 0].mean()  # by symmetry the means stand at ± this, along the axis
    owner = np.repeat(np.arange(n), 2)
    found = []
    for s in range(REPETITIONS):
        x, y = random_unit(rng, n, d, axis), random_unit(rng, 2 * n, d, -axis)
        found.append(bootstrap_gap(x, y, owner=owner, resamples=300, seed=s))
    covered = coverage(found, 2 * along if shift else 0.0)
    assert covered >= 0.92
    assert shift < 0.5 or covered <= 0.98  # where the end at 0 cuts the interval it is one-sided, and covers more


def test_uniformity_covers():
    rng = np.random.default_rng(3)
    shift = np.array([1.0, 0, 0])
    truth = bootstrap_uniformity(random_unit(rng, 4000, 3, shift), resamples=2).value
    found = [bootstrap_uniformity(random_unit(rng, 80, 3, shift), resamples=300, seed=s) for s in range(REPETITIONS)]
    assert 0.92 <= coverage(found, truth) <= 0.98


def test_seed_interval_covers():
    rng = np.random.default_rng(4)
    assert 0.92 <= coverage([seed_interval(rng.normal(size=4)) for _ in range(REPETITIONS)], 0) <= 0.98


def test_paired_test_keeps_its_level_and_finds_a_shared_change():
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(30), 3)
    p_null, p_change = [], []
    for s in range(200):
        hardness = 3 * rng.normal(size=30)[clusters]  # shared by both runs
        a = hardness + rng.normal(size=90)
        b = hardness + rng.normal(size=30)[clusters] + 0.5 * rng.normal(size=90)
        p_null.append(paired_difference(a, b, clusters=clusters, resamples=300, seed=s).p_value)
        p_change.append(paired_difference(a, a + 1, clusters=clusters, resamples=300, seed=s).p_value)
    assert 0.01 <= np.mean(np.array(p_null) < 0.05) <= 0.09
    assert max(p_change) < 0.01


# ---- bootstrap_mean


def test_clusters_are_drawn_whole():
    """Resampling by hand, cluster by cluster, gives the same standard error."""
    rng = np.random.default_rng(6)
    clusters = rng.integers(0, 25, size=120)
    values = rng.normal(size=25)[clusters] + clusters
    groups = [values[clusters == c] for c in np.unique(clusters)]
    by_hand = [
        np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))]).mean() for _ in range(4000)
    ]
    found = bootstrap_mean(values, clusters=clusters, resamples=4000)
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(by_hand, [0.025, 0.975])), abs=0.35)
    assert found.n == len(groups)
    names = np.array([f"image {c}" for c in clusters])
    assert bootstrap_mean(values, clusters=names, resamples=50).n == len(groups)


@given(
    values=st.lists(st.floats(-10, 10, allow_subnormal=False), min_size=2, max_size=30),
    level=st.floats(0.5, 0.99),
    seed=st.integers(0, 99),
)
def test_mean_interval_properties(values, level, seed):
    found = bootstrap_mean(values, level=level, resamples=99, seed=seed)
    assert found.low <= found.high
    assert min(values) - 1e-9 <= found.low
    assert found.high <= max(values) + 1e-9
    assert found == bootstrap_mean(values, level=level, resamples=99, seed=seed)
    assert all(type(v) is float for v in (found.value, found.low, found.high))


@pytest.mark.parametrize("clusters", [None, [0, 0, 1, 2, 2]])
def test_equal_values_leave_no_width(clusters):
    found = bootstrap_mean([0.1] * 5, clusters=clusters)
    assert (found.value, found.low, found.high) == (0.1, 0.1, 0.1)
    assert found.n == (5 if clusters is None else 3)


def test_mean_refusals():
    with pytest.raises(ValueError, match="item 1 is nan"):
        bootstrap_mean([0.0, np.nan, 1.0])
    with pytest.raises(ValueError, match="at least 2"):
        bootstrap_mean([1.0])
    with pytest.raises(ValueError, match="one number per item"):
        bootstrap_mean(np.ones((2, 2)))
    with pytest.raises(ValueError, match="one label for each"):
        bootstrap_mean([1.0, 2.0], clusters=[0])
    with pytest.raises(ValueError, match="one cluster"):
        bootstrap_mean([1.0, 2.0], clusters=[0, 0])
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level"):
            bootstrap_mean([1.0, 2.0], level=level)
    with pytest.raises(ValueError, match="resamples"):
        bootstrap_mean([1.0, 2.0], resamples=0)


# ---- bootstrap_gap


@pytest.mark.parametrize("block", [1, 1 << 23])
def test_gap_resamples_images_with_their_texts(block, monkeypatch):
    monkeypatch.setattr(bootstrap, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(7)
    x, y, owner = random_unit(rng, 12, 4, 0.5), random_unit(rng, 20, 4, -0.5), np.r_[np.arange(12), np.arange(8)]
    found = bootstrap_gap(x, y, owner=owner, resamples=50, seed=3)

    generator, squared = np.random.default_rng(3), []
    for _ in range(50):
        drawn = generator.integers(12, size=12)
        texts = np.concatenate([y[owner == i] for i in drawn])
        squared.append(np.sum((x[drawn].mean(0) - texts.mean(0)) ** 2))
    gap = np.linalg.norm(x.mean(0) - y.mean(0))
    low, high = np.quantile(squared, [0.025, 0.975])
    assert found.value == pytest.approx(gap, rel=1e-12)
    assert (found.low**2, found.high**2) == pytest.approx((2 * gap**2 - high, 2 * gap**2 - low), rel=1e-9)
    assert found.n == 12


def test_gap_by_default_pairs_rows_and_takes_any_float_type():
    rng = np.random.default_rng(8)
    x, y = random_unit(rng, 30, 6, 0.4), random_unit(rng, 30, 6, -0.4)
    found = bootstrap_gap(x, y, resamples=40)
    assert found == bootstrap_gap(x, y, owner=np.arange(30), resamples=40)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        a, b = torch.from_numpy(x).to(dtype), torch.from_numpy(y).to(dtype)
        assert bootstrap_gap(a, b, resamples=40) == bootstrap_gap(a.double(), b.double(), resamples=40, raw=True)


@pytest.mark.parametrize("n", [2, 20])
def test_gap_of_collapsed_and_of_identical_sets(n):
    x, y = np.tile([1.0, 0.0], (n, 1)), np.tile([0.0, 1.0], (n, 1))
    found = bootstrap_gap(x, y)
    assert (found.value, found.low, found.high) == pytest.approx((2**0.5,) * 3)
    same = random_unit(np.random.default_rng(0), n, 3)
    found = bootstrap_gap(same, same)
    assert (found.value, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-7)


def test_owner_refusals():
    x, y = np.eye(3), np.eye(3)
    for owner, message in (
        ([0, 1], "3 integers"),
        ([0.0, 1.0, 2.0], "integers"),
        ([0, 1, 3], r"\[0, 3\)"),
        ([0, 0, 1], "image 2 has no text"),
    ):
        with pytest.raises(ValueError, match=message):
            bootstrap_gap(x, y, owner=owner)
        with pytest.raises(ValueError, match=message):
            bootstrap_uniformity(x, y, owner=owner)
    with pytest.raises(ValueError, match="3 images but 2 texts"):
        bootstrap_gap(x, y[:2])
    with pytest.raises(ValueError, match="at least 2"):
        bootstrap_gap(x[:1], y[:1])
    with pytest.raises(ValueError, match="level"):
        bootstrap_gap(x, y, level=95)


# ---- bootstrap_uniformity


def test_uniformity_value_and_standard_error():
    rng = np.random.default_rng(9)
    x, y = random_unit(rng, 40, 4, 0.6), random_unit(rng, 90, 4, 0.2)
    owner = np.r_[np.arange(40), rng.integers(0, 40, 50)]
    assert bootstrap_uniformity(x, resamples=10).value == pytest.approx(uniformity(x), rel=1e-9)
    assert bootstrap_uniformity(x, t=3, resamples=10).value == pytest.approx(uniformity(x, 3), rel=1e-9)
    both = bootstrap_uniformity(x, y, owner=owner, resamples=10)
    assert both.value == pytest.approx((uniformity(x) + uniformity(y)) / 2, rel=1e-9)
    # the jackknife is another estimate of the same standard error
    without = [uniformity(np.delete(x, i, axis=0)) for i in range(40)]
    jackknife = np.sqrt(39 * np.var(without))
    found = bootstrap_uniformity(x, resamples=4000)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(jackknife, rel=0.1)


def test_uniformity_of_collapsed_sets_has_no_width():
    collapsed = np.tile([0.6, 0.8], (20, 1))
    for y in (None, collapsed):
        found = bootstrap_uniformity(collapsed, y)
        assert (found.value, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-12)
    with pytest.raises(ValueError, match="t must be positive"):
        bootstrap_uniformity(collapsed, t=0)


# ---- paired_difference, holm, seed_interval


def test_paired_difference_equals_all_sign_patterns():
    rng = np.random.default_rng(10)
    a, b = rng.normal(size=8), rng.normal(size=8) + 0.5
    d = b - a
    patterns = np.array(np.meshgrid(*[[-1, 1]] * 8)).reshape(8, -1).T
    exact = np.mean(np.abs(patterns @ d) >= abs(d.sum()) - 1e-12)
    found = paired_difference(a, b)
    assert found.p_value == pytest.approx(exact)
    assert found.difference.value == pytest.approx(b.mean() - a.mean())
    assert found.difference == bootstrap_mean(d)
    assert (found.mean_a, found.mean_b) == pytest.approx((a.mean(), b.mean()))
    assert found.share_improved == np.mean(b > a)
    assert paired_difference(b, a).p_value == pytest.approx(exact)


def test_no_difference_is_no_evidence():
    found = paired_difference([1.0, 0.0, 1.0], [1.0, 0.0, 1.0])
    assert (found.difference.low, found.difference.high, found.p_value) == (0, 0, 1)


def test_paired_refusals():
    with pytest.raises(ValueError, match="a has 3 items, b has 2"):
        paired_difference([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="row 1 is 'cat' in a but 'dog' in b"):
        paired_difference([1, 2], [1, 3], items=(["a", "cat"], ["a", "dog"]))
    with pytest.raises(ValueError, match="expected 2 ids"):
        paired_difference([1, 2], [1, 3], items=(["a"], ["a"]))
    with pytest.raises(ValueError, match="b: item 0 is inf"):
        paired_difference([1, 2], [np.inf, 3])
    assert paired_difference([1, 2], [1, 3], items=(["a", "b"], ["a", "b"])).difference.value == 0.5


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_equals_the_definition(p):
    adjusted = holm(p)
    ordered = sorted(range(len(p)), key=p.__getitem__)
    for place, item in enumerate(ordered):
        steps = [(len(p) - k) * p[ordered[k]] for k in range(place + 1)]
        assert adjusted[item] == pytest.approx(min(1, max(steps)))


def test_holm_refusals():
    for wrong, message in (([], "non-empty"), ([0.5, 1.2], "item 1"), ([np.nan], "item 0")):
        with pytest.raises(ValueError, match=message):
            holm(wrong)


def test_seed_interval_is_scipys():
    values = [0.71, 0.74, 0.69, 0.73]
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.9)
    found = seed_interval(values, level=0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.n, found.resamples) == (4, 0)
    constant = seed_interval([0.3, 0.3, 0.3])
    assert (constant.low, constant.high) == (constant.value, constant.value)
    with pytest.raises(ValueError, match="at least 2"):
        seed_interval([1.0])


# ---- null_gap


@pytest.mark.parametrize("block", [1, 1 << 23])
def test_null_gap_equals_drawing_by_hand(block, monkeypatch):
    monkeypatch.setattr(null, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(11)
    x = random_unit(rng, 31, 5, 0.4)
    found = null_gap(x, size=10, resamples=4000)
    gaps = []
    for _ in range(4000):
        order = rng.permutation(31)
        gaps.append(np.linalg.norm(x[order[:10]].mean(0) - x[order[10:20]].mean(0)))
    assert found.mean == pytest.approx(np.mean(gaps), rel=0.03)
    assert found.std == pytest.approx(np.std(gaps), rel=0.06)
    assert found.high == pytest.approx(np.quantile(gaps, 0.95), rel=0.04)
    assert found.expected_rms == pytest.approx(np.hypot(found.mean, found.std), rel=0.02)
    assert found.expected_rms == pytest.approx(np.sqrt(2 * np.trace(np.cov(x.T)) / 10))
    assert found == null_gap(x, size=10, resamples=4000)


def test_null_gap_ends():
    assert null_gap(np.tile([1.0, 0.0], (7, 1))).mean == pytest.approx(0, abs=1e-15)
    assert null_gap(np.array([[1.0, 0.0], [0.0, 1.0]])).mean == pytest.approx(2**0.5)
    with pytest.raises(ValueError, match="at most 3"):
        null_gap(np.eye(7), size=4)
    with pytest.raises(ValueError, match="resamples"):
        null_gap(np.eye(7), resamples=0)
    half = torch.eye(6).half()
    assert null_gap(half) == null_gap(half.double())


# ---- the public vectors


def test_real_vectors():
    x, y = real_pairs()
    for size, printed in ((45, 0.145), (90, 0.102), (250, 0.060)):
        floor = null_gap(x, size=size)
        assert floor.mean == pytest.approx(printed, abs=0.0015)
        assert floor.expected_rms == pytest.approx(
            2**0.5 * float(covariance_factor(torch.tensor(x)).norm()) / size**0.5
        )
    gap = bootstrap_gap(x, y)
    assert round(gap.value, 6) == 0.851352
    assert gap.low < gap.value < gap.high < gap.low + 0.03
    both = bootstrap_uniformity(x, y)
    assert round(both.value, 6) == -1.817723
    assert both.low < both.value < both.high
