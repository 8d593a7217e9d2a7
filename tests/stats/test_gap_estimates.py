"""The corrected gap: its identities, its interval near zero, its test, and changes of it."""

import itertools

import numpy as np
import pytest

from benchmarks.workloads.populations import Cones
from mmgap.metrics import misalignment
from mmgap.stats import Clusters, GapRun, flip_p_value, gap_change, gap_estimate, gap_replicates, gap_sums
from mmgap.stats.gap_moments import GapMoments
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


def pair(n=40, d=6, seed=0, apart=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    y = x + rng.normal(size=(n, d))
    y[:, 0] += apart
    return tuple(v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))


def test_the_squared_gap_is_the_mean_over_pairs_of_clusters():
    x, y = pair(apart=1.0)
    labels = np.arange(40) // 3
    sums = np.stack([(x - y)[labels == g].sum(axis=0) for g in range(14)])
    products = [sums[g] @ sums[h] for g, h in itertools.permutations(range(14), 2)]
    sizes = np.bincount(labels)
    weights = [sizes[g] * sizes[h] for g, h in itertools.permutations(range(14), 2)]
    assert gap_estimate(x, y, clusters=labels).corrected.value == pytest.approx((sum(products) / sum(weights)) ** 0.5)


def test_it_is_unbiased_where_the_plug_in_is_not():
    rng = np.random.default_rng(0)
    cones = Cones(16, 0.0, 1.0, True)
    squared, plug_in = [], []
    for _ in range(400):
        x, y, labels = cones.draw(rng, 30)
        sums, clusters = gap_sums(x, y, clusters=labels)
        total, own = np.square(sums.sum(axis=0)).sum(), np.square(sums).sum()
        squared.append((total - own) / (30**2 - np.square(clusters.sizes).sum()))
        plug_in.append(total / 900)
    x, y, _ = cones.draw(rng, 200_000)
    truth = float(np.square((x - y).mean(axis=0)).sum())
    assert abs(np.mean(squared) - truth) < 4 * np.std(squared) / 20
    assert np.mean(plug_in) - truth > 10 * np.std(plug_in) / 20


def test_the_floor_is_where_the_corrected_gap_becomes_0():
    x, y = pair(seed=3)
    found = gap_estimate(x, y)
    assert found.floor == pytest.approx((misalignment(x, y) / 40) ** 0.5)
    w = x - y - (x - y).mean(axis=0)
    direction = np.eye(6)[0]
    at_floor = w + direction * np.sqrt(np.square(w).sum() / (40 * 39))  # ‖Σ w‖² = Σ‖w‖²
    clusters = Clusters.of(None, 40)
    total, own = np.square(at_floor.sum(axis=0)).sum(), np.square(at_floor).sum()
    assert total == pytest.approx(own)
    assert (total - own) / (clusters.n**2 - 40) == pytest.approx(0, abs=1e-12)


def test_several_captions_add_up_to_the_gap():
    x = random_unit(np.random.default_rng(0), 10, 5, 1.0)
    y = random_unit(np.random.default_rng(1), 25, 5, -1.0)
    owner = np.concatenate([np.arange(10), np.random.default_rng(2).integers(0, 10, 15)])
    sums, _ = gap_sums(x, y, owner=owner)
    assert sums.mean(axis=0) == pytest.approx(x.mean(axis=0) - y.mean(axis=0))


def test_invariances_of_the_plug_in():
    x, y = pair(apart=0.5)
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(6, 6)))[0]
    order = np.random.default_rng(6).permutation(40)
    here = gap_estimate(x, y)
    for a, b in ((x @ rotation, y @ rotation), (x[order], y[order]), (y, x)):
        there = gap_estimate(a, b)
        assert there.corrected.value == pytest.approx(here.corrected.value)
        assert (there.corrected.low, there.corrected.high) == pytest.approx((here.corrected.low, here.corrected.high))


@pytest.mark.parametrize("seed", range(20))
def test_the_interval_holds_its_point(seed):
    found = gap_estimate(*pair(seed=seed, apart=0.05 * seed), flips=19).corrected
    assert found.low <= found.value <= found.high


def test_equal_differences_leave_no_doubt():
    x, y = np.eye(4)[[0] * 9], np.eye(4)[[1] * 9]
    found = gap_estimate(x, y).corrected
    assert (found.low, found.value, found.high) == pytest.approx((2**0.5,) * 3)


def test_one_cluster_has_no_estimate():
    with pytest.raises(ValueError, match="one cluster"):
        gap_estimate(*pair(), clusters=np.zeros(40, dtype=int))


def test_flips_are_of_whole_clusters():
    rng = np.random.default_rng(0)
    single, whole = 0, 0
    for seed in range(150):
        w = np.repeat(rng.normal(size=(15, 8)), 4, axis=0)
        single += flip_p_value(w, flips=99, seed=seed) <= 0.05
        whole += flip_p_value(w.reshape(15, 4, 8).sum(axis=1), flips=99, seed=seed) <= 0.05
    assert whole <= 15
    assert single > 60


def test_flip_p_equals_all_patterns():
    sums = np.random.default_rng(1).normal(size=(7, 2)) + 0.4
    norms = [np.linalg.norm(np.array(signs) @ sums) for signs in itertools.product((-1, 1), repeat=7)]
    share = np.mean(np.array(norms) >= np.linalg.norm(sums.sum(axis=0)) - 1e-9)
    assert flip_p_value(sums, flips=20_000) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(("n", "d", "angle", "shared"), [(20, 2, 0.8, False), (60, 3, 0.35, True), (80, 32, 0.0, True)])
def test_the_interval_covers(n, d, angle, shared):
    rng, cones = np.random.default_rng(0), Cones(d, angle, 1.0, shared)
    x, y, _ = cones.draw(rng, 300_000)
    truth = float(np.linalg.norm((x - y).mean(axis=0)))
    covered = []
    for _ in range(300):
        x, y, labels = cones.draw(rng, n)
        low, high = GapMoments.of(*gap_sums(x, y, clusters=labels)).ends()
        covered.append(low <= truth <= high)
    assert np.mean(covered) >= 0.91


def run(w, labels):
    clusters = Clusters.of(labels, len(w))
    sums = clusters.sums(w)
    squared = (np.square(sums.sum(axis=0)).sum() - np.square(sums).sum()) / (
        clusters.n**2 - np.square(clusters.sizes).sum()
    )
    ends = GapMoments.of(sums, clusters).ends()
    found = gap_estimate(np.eye(2), -np.eye(2)).corrected  # for its shape
    interval = type(found)(max(squared, 0) ** 0.5, *ends, 0.95, clusters.count, "")
    return GapRun(interval, gap_replicates(sums, clusters, draws=200))


@pytest.mark.parametrize(("before", "after"), [(0.15, 0.0), (0.4, 0.35), (0.3, 0.3), (0.0, 0.0)])
def test_a_change_is_covered_also_where_a_loss_closes_the_gap(before, after):
    rng, covered = np.random.default_rng(1), []
    for _ in range(200):
        common = rng.normal(size=(60, 8)) * 0.2
        a, b = (common + 0.1 * rng.normal(size=(60, 8)) + gap * np.eye(8)[0] for gap in (before, after))
        found = gap_change([run(a, None)], [run(b, None)])
        covered.append(found.difference.low <= after - before <= found.difference.high)
        assert (found.p_value < 0.05 - 1e-9) == (not found.difference.low - 1e-9 <= 0 <= found.difference.high + 1e-9)
    assert np.mean(covered) >= 0.91


@pytest.mark.parametrize("shared", [False, True])
def test_no_sample_rules_every_gap_out(shared):
    rng = np.random.default_rng(3)
    for _ in range(100):
        x, y, labels = Cones(32, 0.0, 1.0, shared).draw(rng, 20)
        moments = GapMoments.of(*gap_sums(x, y, clusters=labels))
        assert moments.ends()[1] > 0.3 * moments.trace**0.5  # also where the gap is smaller than noise alone makes it


def test_a_change_over_seeds_counts_how_much_seeds_differ():
    rng = np.random.default_rng(2)
    common = rng.normal(size=(200, 8)) * 0.2
    start = run(common + 0.5 * np.eye(8)[0], None)
    alike = [run(common + (0.3 + e) * np.eye(8)[0], None) for e in (0, 0.001, -0.001)]
    apart = [run(common + (0.3 + e) * np.eye(8)[0], None) for e in (0, 0.1, -0.1)]
    near, far = (gap_change([start] * 3, runs) for runs in (alike, apart))
    width = far.difference.high - far.difference.low
    assert width > 2 * 4.3 * 0.1 / 3**0.5 * 0.9
    assert near.difference.high - near.difference.low < width / 3
    assert far.sd == pytest.approx(0.1, rel=0.1)
    assert near.seeds == 3


def test_replicates_of_other_draws_are_refused():
    a = run(np.random.default_rng(0).normal(size=(20, 3)), None)
    with pytest.raises(ValueError, match="measure both again"):
        gap_change([a], [GapRun(a.corrected, a.replicates[:, :10])])
    with pytest.raises(ValueError, match="same seeds"):
        gap_change([a], [a, a])


@pytest.mark.parametrize("apart", [0.0, 0.12, 0.3, 1.0, 20.0])
@pytest.mark.parametrize("shape", [(40, 6), (12, 30)])
def test_patterns_that_are_not_added_up_would_not_have_reached_the_sum(shape, apart):
    sums = np.random.default_rng(0).normal(size=shape)
    sums[:, 0] += apart
    signs = 2 * np.random.default_rng(3).integers(0, 2, size=(499, shape[0]), dtype=np.int8) - 1
    reached = (np.square(signs @ sums).sum(axis=1) >= np.square(sums.sum(axis=0)).sum()).sum()
    assert flip_p_value(sums, flips=499, seed=3) == (1 + reached) / 500


def test_replicates_are_the_means_of_resampled_clusters():
    x, y = pair(apart=0.5)
    sums, clusters = gap_sums(x, y, clusters=np.arange(40) // 3)
    found = gap_replicates(sums, clusters, draws=50, seed=2)
    generator, mean = np.random.default_rng(2), sums.sum(axis=0) / 40
    for squared, noise in found.T:
        times = generator.multinomial(clusters.count, np.full(clusters.count, 1 / clusters.count))
        drawn = times @ sums / (times @ clusters.sizes)
        assert [squared, noise] == pytest.approx([drawn @ drawn, (drawn - mean) @ (drawn - mean)], rel=1e-6)
