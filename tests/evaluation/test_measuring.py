"""`measure`: published values, keys, agreement with the single metrics, guards; histograms and loss."""

from __future__ import annotations

import hashlib
import logging

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import mmgap
from mmgap import metrics
from mmgap.core.paths import MissingDataError, dataset_dir
from mmgap.evaluation.measuring import measure_all
from tests.support import pairwise_oracles as slow
from tests.support import pool_oracles

RECALLS = [f"{d}_r{k}" for d in ("i2t", "t2i") for k in (1, 5, 10)]
HUBS = [f"{name}_{way}" for name in ("hubness", "never_retrieved") for way in ("i2t", "t2i")]
KEYS = {
    *("gap", "gap_corrected", "gap_p", "misalignment", "uniformity", "uniformity_image", "uniformity_text"),
    *("rmg", "l2i", "frechet2"),
    *("effective_rank_image", "effective_rank_text", "cosine_image_mean", "cosine_text_mean"),
    *("cosine_matched_mean", "cosine_matched_std", "cosine_unmatched_mean", "clip_loss", "norm_deviation"),
    *HUBS,
    *RECALLS,
    *(f"{r}_own" for r in RECALLS),
}


def pooled(n):
    """Keys of the recalls in pools of n."""
    return {f"{r}_pool{n}{own}" for r in RECALLS for own in ("", "_own")}


COLUMNS = (
    *("gap", "misalignment", "uniformity_image", "uniformity_text", "cosine_image_mean", "cosine_text_mean"),
    *("cosine_matched_mean", "cosine_unmatched_mean", "rmg"),
)
#: Public vectors (Weixin-Liang/Modality-Gap, MIT), file: SHA-256, `COLUMNS`, `RECALLS` as printed.
PUBLISHED = {
    "features_clip.npy": (
        "7227280ace0f145d2c45afa8ab507a1cb280e9460aa271fe9052d08e35342adb",
        "0.851352 1.380163 -1.794535 -1.840912 0.531483 0.515194 0.309919 0.161595 0.591460",
        (0.552, 0.808, 0.892, 0.506, 0.766, 0.862),
    ),
    "features_clip_random.npy": (
        "c6a5f9ca3fba36d635fd47d20b3cdd5b9ac78dc462070240fdc2ee2786110403",
        "1.136057 1.942938 -0.909908 -1.308008 0.681424 0.663460 0.028531 0.027782 0.747843",
        (0.002, 0.008, 0.026, 0.002, 0.008, 0.012),
    ),
}


def vectors(name):
    try:
        path = dataset_dir("vectors") / name
    except MissingDataError as error:
        pytest.skip(str(error))
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    if hashlib.sha256(path.read_bytes()).hexdigest() != PUBLISHED[name][0]:
        pytest.skip(f"{path} is another file than the published one: its SHA-256 differs")
    return np.load(path)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_published_values(name, kind):
    x, y = vectors(name)
    if kind == "torch":
        x, y = torch.from_numpy(x), torch.from_numpy(y)
    measured = mmgap.measure(x, y)
    assert [f"{measured[c]:.6f}" for c in COLUMNS] == PUBLISHED[name][1].split()
    assert [measured[r] for r in RECALLS] == pytest.approx(PUBLISHED[name][2], abs=1e-12)


def test_published_extras():
    measured = mmgap.measure(*vectors("features_clip.npy"))
    assert f"{measured['uniformity']:.6f}" == "-1.817723"
    assert f"{measured['clip_loss']:.6f}" == "1.800886"
    assert measured["frechet2"] == pytest.approx(1.1052, abs=5e-5)
    hubs = [measured[name] for name in HUBS]  # by the slow loop of tests/metrics/test_hubness.py
    assert hubs == pytest.approx([1.6455286233868, 2.3563781649178, 0.008, 0.02], abs=1e-12)
    assert measured["norm_deviation"] == pytest.approx(5.7e-4, abs=1e-5)


def some(n=100, m=None, d=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) + 0.5, rng.normal(size=(m or n, d))


def test_keys_are_those_of_the_contract_and_values_plain_floats():
    measured = mmgap.measure(*some())
    assert set(measured) == KEYS | pooled(90)
    assert {type(v) for v in measured.values()} == {float}
    assert set(mmgap.measure(*some(), pool=7)) == KEYS | pooled(7)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_measure_is_the_single_metrics_on_normalised_rows(dtype):
    x, y = (torch.from_numpy(v).to(dtype) for v in some())
    measured = mmgap.measure(x, y, pool=40)
    a, b = (v.double().numpy() for v in (x, y))
    deviation = max(abs(np.linalg.norm(v, axis=1) - 1).max() for v in (a, b))
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    s = a @ b.T
    expected = {
        "gap": metrics.modality_gap(a, b),
        "misalignment": metrics.misalignment(a, b),
        "uniformity": metrics.uniformity(a, b),
        "hubness_i2t": metrics.hubness(a, b, direction="i2t"),
        "hubness_t2i": metrics.hubness(a, b),
        "never_retrieved_i2t": metrics.never_retrieved(a, b, direction="i2t"),
        "never_retrieved_t2i": metrics.never_retrieved(a, b),
        "uniformity_image": slow.uniformity(a),
        "rmg": metrics.relative_modality_gap(a, b),
        "l2i": metrics.l2i(a, b),
        "cosine_text_mean": slow.within(b).mean(),
        "cosine_matched_mean": np.diag(s).mean(),
        "cosine_matched_std": np.diag(s).std(),
        "cosine_unmatched_mean": s[~np.eye(100, dtype=bool)].mean(),
        "i2t_r5": slow.recall(a, b, 5, "i2t"),
        "t2i_r10_pool40": metrics.expected_recall_at_pool(a, b, 10, pool=40),
        "clip_loss": slow.clip_loss(a, b, 100),
        "norm_deviation": deviation,
    }
    assert {k: measured[k] for k in expected} == pytest.approx(expected, rel=1e-9)


def test_the_corrected_gap_takes_shared_captions_for_one():
    x, y = some(30)
    labels = np.arange(30) // 3
    found = mmgap.measure(x, y, relevance=(labels, labels), pool=5)
    w = x / np.linalg.norm(x, axis=1, keepdims=True) - y / np.linalg.norm(y, axis=1, keepdims=True)
    sums = np.stack([w[labels == g].sum(axis=0) for g in range(10)])
    squared = (np.square(sums.sum(axis=0)).sum() - np.square(sums).sum()) / (30**2 - 10 * 3**2)
    assert found["gap_corrected"] == pytest.approx(max(squared, 0) ** 0.5)
    assert found["gap_corrected"] <= found["gap"]
    assert found["gap_corrected"] != pytest.approx(mmgap.measure(x, y, pool=5)["gap_corrected"])
    chain = np.concatenate([np.repeat(np.arange(30)[:, None], 2, axis=1), [[i, i + 1] for i in range(29)]])
    linked = measure_all(x, y, relevance=chain, owner=np.arange(30), pool=5)
    assert "gap_corrected" not in linked.metrics
    assert "one cluster" in linked.omitted["gap_corrected"]


def test_pools_larger_than_the_set_are_left_out_with_a_reason(caplog):
    with caplog.at_level(logging.WARNING, "mmgap"):
        full = measure_all(*some(40))
    assert set(full.metrics) == KEYS
    assert "a pool of 90 images cannot be drawn from 40" in full.omitted["t2i_pool90"]
    assert caplog.text.count("i2t_pool90 left out") == 1


def test_what_needs_owners_is_left_out_where_nobody_knows_them():
    x, y = some(6, 4)
    groups = ["a", "a", "b", "b", "c", "c"], ["a", "b", "b", "c"]
    full = measure_all(x, y, pool=3, relevance=groups)
    even = {"hubness_i2t", "hubness_t2i"}  # 6 and 4 items, all of them among the 10 nearest
    assert set(full.metrics) == KEYS - {f"{r}_own" for r in RECALLS} - {"gap_corrected", "gap_p"} - even
    assert full.omitted["hubness_t2i"].startswith("hubness T→I, all 6 items are retrieved equally often")
    assert all("give `owner`" in full.omitted[family] for family in ("i2t_pool3", "t2i_pool3", "own", "gap_corrected"))
    assert full.matched_own is None
    assert full.metrics["misalignment"] == pytest.approx(2 - 2 * full.cross.matched.mean())
    full = measure_all(x, y, pool=3, relevance=groups, owner=[1, 2, 3, 4])
    assert set(full.metrics) == KEYS - even | pooled(3) | {f"{key}_any" for key in OF_PAIRS}


def test_several_captions_an_image():
    x, y = some(12, 36)
    pairs = np.stack([np.repeat(np.arange(12), 3), np.arange(36)], axis=1)
    full = measure_all(x, y, pool=5, relevance=pairs)
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    expected = {
        "misalignment": metrics.misalignment(a, b, relevance=pairs),
        "i2t_r5": slow.recall(a, b, 5, "i2t", pairs),
        "t2i_r1": slow.recall(a, b, 1, "t2i", pairs),
        "i2t_r5_pool5": pool_oracles.pool_hits(a @ b.T, pairs, pairs[:, 0], 5, 5, "i2t").mean(),
        "uniformity_image": slow.uniformity(a),
        "uniformity_text": slow.uniformity(b, owner=pairs[:, 0]),
        "cosine_text_mean": slow.within(b).mean(),
        "clip_loss": slow.clip_loss(a, b, 100, pairs),
    }
    assert {k: full.metrics[k] for k in expected} == pytest.approx(expected, rel=1e-9)
    assert len(full.cross.matched) == 36
    alone = measure_all(x, y, pool=5, owner=pairs[:, 0]).metrics
    assert alone == full.metrics
    assert alone == mmgap.measure(x, y, pool=5, owner=pairs[:, 0])


OF_PAIRS = ("misalignment", "rmg", "l2i", "cosine_matched_mean", "cosine_matched_std")


def test_own_pairs_stand_beside_all_relevant_ones():
    x, y = some(9, 18)
    owner = np.repeat(np.arange(9), 2)
    shared = np.concatenate([np.stack([owner, np.arange(18)], axis=1), [[8, 0], [8, 1], [3, 9]]])
    own, both = (measure_all(x, y, pool=4, relevance=r, owner=owner) for r in (None, shared))
    assert set(own.metrics) == KEYS - {"hubness_t2i"} | pooled(4)  # all 9 images are among the 10 nearest
    assert set(both.metrics) == set(own.metrics) | {f"{key}_any" for key in OF_PAIRS}
    for key in own.hits:
        if key.endswith("_own"):
            assert (own.hits[key] == own.hits[key.removesuffix("_own")]).all()
            assert both.hits[key] == pytest.approx(own.hits[key], abs=1e-12)
            assert (both.hits[key] <= both.hits[key.removesuffix("_own")] + 1e-12).all()
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    cosines = (a @ b.T)[tuple(shared.T)]
    for key in OF_PAIRS:
        assert both.metrics[key] == pytest.approx(own.metrics[key])
    assert both.metrics["cosine_matched_mean_any"] == pytest.approx(cosines.mean())
    assert both.metrics["cosine_matched_std_any"] == pytest.approx(cosines.std())
    assert both.metrics["misalignment_any"] == pytest.approx(2 - 2 * cosines.mean())
    assert both.metrics["l2i_any"] == pytest.approx(metrics.l2i(a, b, relevance=shared))
    assert both.metrics["rmg_any"] == pytest.approx(metrics.relative_modality_gap(a, b, relevance=shared))
    assert both.matched_own == pytest.approx((a[owner] * b).sum(axis=1))
    assert both.histograms.matched.sum() == 21


@pytest.mark.parametrize("g", [2, 4])
def test_own_pairs_of_equal_captions_reach_one_in_g(g):
    x = np.repeat(np.eye(5), g, axis=0) + 0.01 * np.random.default_rng(0).normal(size=(5 * g, 5))
    found = mmgap.measure(x, np.repeat(np.eye(5), g, axis=0), pool=10, relevance=(np.arange(5 * g) // g,) * 2)
    assert found["i2t_r1"] == 1
    assert found["i2t_r1_own"] == pytest.approx(1 / g)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(1, 3), st.integers(0, 10**6))
def test_own_pairs_are_never_hit_more_often(n, most, seed):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n), rng.integers(1, most + 1, n))
    if len(set(owner)) == len(owner) == 1 or len(owner) < 2:
        return
    shared = np.stack([owner, np.arange(len(owner))], axis=1)
    shared = np.concatenate([shared, [[rng.integers(n), rng.integers(len(owner))] for _ in range(n // 2)]])
    x, y = (np.sign(rng.normal(size=(rows, 3))) for rows in (n, len(owner)))
    if len(np.unique(shared, axis=0)) == n * len(owner):
        return
    found = measure_all(x, y, pool=int(rng.integers(1, n + 1)), relevance=shared, owner=owner)
    for key, values in found.hits.items():
        if key.endswith("_own"):
            assert (values <= found.hits[key.removesuffix("_own")] + 1e-12).all()


def test_all_texts_of_one_image():
    with pytest.raises(ValueError, match="all texts belong to one image"):
        mmgap.measure(*some(2, 3), relevance=np.array([[0, 0], [0, 1], [0, 2], [1, 0]]), owner=[0, 0, 0])


@pytest.mark.parametrize("owner", [None, np.arange(60) % 20])
def test_a_process_that_measures_once_gives_the_same_numbers(owner):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60 if owner is None else 20, 8)) + 1, rng.normal(size=(60, 8))
    y[:5] = y[7]  # tied
    usual, once = (measure_all(x, y, owner=owner, pool=10, once=way) for way in (False, True))
    assert once.metrics == pytest.approx(usual.metrics, rel=1e-12, abs=1e-15)
    for name in ("i2t", "t2i"):
        np.testing.assert_array_equal(once.places[name].counts, usual.places[name].counts)
        np.testing.assert_array_equal(getattr(once.cross, name).above, getattr(usual.cross, name).above)
    for counts in zip(*(vars(found.histograms).values() for found in (usual, once)), strict=True):
        np.testing.assert_array_equal(*counts)


def test_what_lies_behind_the_numbers():
    x, y = some(95)
    x[7] = 2 * x[3]
    full = measure_all(x, y)
    assert full.duplicates == (1, 0)
    assert {k: v.mean() for k, v in full.hits.items()} == {k: full.metrics[k] for k in full.hits}
    sums = full.image.kernel_sums.sum() / full.image.partners.sum()
    assert np.log(sums) == full.metrics["uniformity_image"]
    assert full.matched_own == pytest.approx(full.cross.matched)
    h = full.histograms
    assert [h.image.sum(), h.text.sum(), h.matched.sum(), h.unmatched.sum()] == [95 * 47, 95 * 47, 95, 95 * 94]
    assert full.omitted == {}


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 80), st.integers(1, 300), st.integers(0, 1000))
def test_histograms_add_up(n, bins, seed):
    rng = np.random.default_rng(seed)
    x, y = slow.unit(rng, n, 4, np.float32), slow.unit(rng, n, 4, np.float32)
    h = metrics.cosine_histograms(x, y, bins=bins)
    assert [v.sum() for v in (h.image, h.text, h.matched, h.unmatched)] == [n * (n - 1) // 2] * 2 + [n, n * (n - 1)]
    assert all(len(v) == bins == len(h.edges) - 1 and v.dtype == np.int64 for v in (h.image, h.matched, h.unmatched))


def test_histogram_ends_take_what_rounding_puts_outside():
    v = np.tile(np.array([[0.6004, 0.8004]], dtype=np.float32), (5, 1))
    h = metrics.cosine_histograms(v, -v, bins=4)
    assert h.image.tolist() == [0, 0, 0, 10]
    assert h.unmatched.tolist() == [20, 0, 0, 0]
    with pytest.raises(ValueError, match="bins must be at least 1"):
        metrics.cosine_histograms(v, v, bins=0)


def test_all_pairs_relevant_leaves_nothing_unmatched():
    x, y = np.eye(3), np.eye(3)
    groups = [0, 0, 0], [0, 0, 0]
    assert metrics.cosine_histograms(x, y, relevance=groups).unmatched.sum() == 0
    assert metrics.recall_at_k(x, y, relevance=groups) == 1
    assert metrics.clip_loss(x, y, relevance=groups) == 0
    for call in (metrics.cross_moments, mmgap.measure):
        with pytest.raises(ValueError, match="no pair is unmatched"):
            call(x, y, relevance=groups)


def test_cone_and_cross_moments():
    rng = np.random.default_rng(3)
    x, y = slow.unit(rng, 50, 6, offset=0.5), slow.unit(rng, 50, 6)
    cosines, s = slow.within(x), x @ y.T
    c = metrics.cone(x)
    assert (c.mean, c.std, c.minimum) == pytest.approx((cosines.mean(), cosines.std(), cosines.min()))
    matched, unmatched = metrics.cross_moments(x, y)
    assert (matched.mean, matched.std) == pytest.approx((np.diag(s).mean(), np.diag(s).std()))
    rest = s[~np.eye(50, dtype=bool)]
    assert (unmatched.mean, unmatched.std, unmatched.n) == pytest.approx((rest.mean(), rest.std(), 2450))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((3, 2)), np.eye(2), "images: row 0 is zero"),
        (np.eye(2), np.array([[1.0, 0], [np.nan, 0]]), "texts: row 1 holds NaN"),
        (np.ones((1, 2)), np.ones((1, 2)), "images: needs at least 2 row"),
        (np.eye(3), np.eye(3)[:2], "3 images but 2 texts"),
        (np.eye(3), np.eye(2), "3 dimensions, texts 2"),
        (np.zeros((0, 3)), np.eye(3), "needs at least 2 row"),
    ],
)
def test_bad_input(x, y, message):
    with pytest.raises(ValueError, match=message):
        mmgap.measure(x, y)


def test_bad_arguments():
    with pytest.raises(ValueError, match="pool must be at least 1"):
        mmgap.measure(np.eye(3), np.eye(3), pool=0)
    with pytest.raises(TypeError, match="floating dtype"):
        mmgap.measure(np.eye(3, dtype=int), np.eye(3))


def test_names_of_the_package():
    assert all(callable(getattr(metrics, name)) for name in metrics.__all__)
    assert set(metrics.__all__) <= set(dir(metrics))
    with pytest.raises(AttributeError, match="attribute brecha"):
        _ = metrics.brecha
