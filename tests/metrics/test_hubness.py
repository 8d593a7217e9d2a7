"""Hubness against a slow loop from its definition: N_k with ties shared, its skewness, items that nobody finds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from mmgap import metrics
from mmgap.metrics import _numba_reducers, _torch_reducers, nearest, tiles
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.ties import TIE
from tests.support import pairwise_oracles as slow
from tests.support.real_vectors import real_pairs

WAYS = ("t2i", "i2t")


def slow_counts(x, y, k, direction, tie=TIE):
    """N_k of each item, query by query."""
    scores = np.asarray(x, dtype=float) @ np.asarray(y, dtype=float).T
    scores = scores.T if direction == "t2i" else scores
    k, found = min(k, scores.shape[1]), np.zeros(scores.shape[1])
    for row in scores:
        limit = sorted(row, reverse=True)[k - 1]
        above = [j for j, s in enumerate(row) if s > limit + tie]
        tied = [j for j, s in enumerate(row) if abs(s - limit) <= tie]
        for j in above:
            found[j] += 1
        for j in tied:
            found[j] += (k - len(above)) / len(tied)
    return found


def sets(n, m, d, seed=0):
    rng = np.random.default_rng(seed)
    return slow.unit(rng, n, d, offset=0.5), slow.unit(rng, m, d, offset=-0.3)


def check(x, y, k, **options):
    for way in WAYS:
        expected = slow_counts(x, y, k, way)
        assert metrics.neighbour_counts(x, y, k, direction=way, **options) == pytest.approx(expected, abs=1e-12)
        assert metrics.never_retrieved(x, y, k, direction=way, **options) == (expected == 0).mean()
        if np.ptp(expected) > 1e-9:
            centred = expected - expected.mean()
            skew = (centred**3).mean() / (centred**2).mean() ** 1.5
            assert metrics.hubness(x, y, k, direction=way, **options) == pytest.approx(skew, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(1, 5), (2, 2), (40, 40), (30, 90), (90, 30), (150, 149)])
@pytest.mark.parametrize("k", [1, 3, 10])
def test_hubness_is_the_loop(monkeypatch, n, m, k):
    monkeypatch.setattr(tiles, "TILE", 64)
    check(*sets(n, m, 5), k)


@pytest.mark.parametrize("distinct", [1, 2, 7, 40])
def test_ties_share_the_places_that_are_left(monkeypatch, distinct):
    monkeypatch.setattr(tiles, "TILE", 64)
    x, y = sets(140, 120, 6)
    check(x[np.arange(140) % distinct], y, 10)
    check(x, y[np.arange(120) % distinct], 10)


def test_more_ties_than_a_list_holds(monkeypatch):
    monkeypatch.setattr(nearest, "LONGEST", 20)
    x, y = sets(90, 70, 6)
    check(x[np.arange(90) % 3], y[np.arange(70) % 9], 10)


def test_the_order_of_items_and_queries_does_not_matter():
    x, y = sets(80, 60, 4)
    x = x[np.arange(80) % 23]
    rng = np.random.default_rng(1)
    p, q = rng.permutation(80), rng.permutation(60)
    assert metrics.neighbour_counts(x[p], y[q]) == pytest.approx(metrics.neighbour_counts(x, y)[p], abs=1e-12)


def test_half_precision_tensors_and_memory_maps(tmp_path):
    x, y = (v.astype(np.float16) for v in sets(60, 50, 8))
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for way in WAYS:
        expected = slow_counts(x, y, 10, way)
        for images, texts in ((x, y), (torch.from_numpy(x), torch.from_numpy(y)), (mapped, y)):
            assert metrics.neighbour_counts(images, texts, direction=way) == pytest.approx(expected, abs=1e-12)


def test_raw_products_of_any_size():
    x, y = sets(60, 50, 8)
    x, y = x * np.linspace(1, 40, 60)[:, None], y * 3
    for way in WAYS:
        expected = slow_counts(x, y, 10, way, tie=TIE * 120)
        assert metrics.neighbour_counts(x, y, direction=way, raw=True) == pytest.approx(expected, abs=1e-12)
    with pytest.raises(ValueError, match="row 1 has norm"):
        metrics.hubness(x, y)


def test_rows_beyond_the_exact_sets_are_those_of_float64():
    x, y = (v.astype(np.float32) for v in sets(2500, 2100, 24))
    for way in WAYS:
        found = metrics.neighbour_counts(x, y, direction=way)
        exact = metrics.neighbour_counts(x.astype(float), y.astype(float), direction=way)
        assert found.sum() == pytest.approx(exact.sum())
        assert np.abs(found - exact).max() <= 1  # a k-th place that float32 tells otherwise


@pytest.mark.parametrize("reducers", [_numba_reducers, _torch_reducers])
def test_the_pass_finds_the_same_neighbours(monkeypatch, reducers):
    monkeypatch.setattr(tiles, "TILE", 64)
    rng = np.random.default_rng(3)
    x, y = sets(70, 210, 5)
    owner = rng.permutation(np.repeat(np.arange(70), 3))
    a, b = torch.from_numpy(x), torch.from_numpy(y)
    relation = relevance_of(None, 70, 210, owner)
    for deepest in (0, 10):
        found = cross(a, b, relation, deepest=deepest, nearest=10, reducers=reducers).nearest
        for side, way, queries, gallery in ((0, "i2t", a, b), (1, "t2i", b, a)):
            counts = nearest.places(queries, gallery, found[side], 10, TIE).counts
            assert counts == pytest.approx(slow_counts(x, y, 10, way), abs=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "k"),
    [(np.ones((30, 1)), np.ones((30, 1)), 10), (*sets(7, 7, 3), 7), (*sets(7, 7, 3), 100), (*sets(1, 5, 3), 1)],
    ids=["collapsed", "k = n", "k > n", "one image"],
)
def test_equal_counts_have_no_skewness(x, y, k):
    with pytest.raises(ValueError, match="equally often"):
        metrics.hubness(x, y, k)
    assert metrics.never_retrieved(x, y, k) == 0
    assert metrics.neighbour_counts(x, y, k) == pytest.approx(min(k, len(x)) * len(y) / len(x))


def test_bad_arguments_are_named():
    x, y = sets(5, 5, 3)
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        metrics.hubness(x, y, 0)
    with pytest.raises(ValueError, match="direction must be"):
        metrics.hubness(x, y, direction="both")
    with pytest.raises(ValueError, match="images have 3 dimensions, texts 2"):
        metrics.hubness(x, y[:, :2] / np.linalg.norm(y[:, :2], axis=1, keepdims=True))


def test_one_item_that_takes_all_is_the_largest_hubness():
    x = np.eye(9)
    assert metrics.hubness(x, x[:1].repeat(4, axis=0), k=1) == pytest.approx(7 / np.sqrt(8))
    assert metrics.hubness(x, x[:1].repeat(4, axis=0), k=1) == pytest.approx(stats.skew(np.eye(9)[0]))


def test_hubs_of_real_vectors():
    x, y = (v.astype(float) for v in real_pairs())
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    check(x, y, 10)
