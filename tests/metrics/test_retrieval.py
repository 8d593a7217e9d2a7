"""R@k: ties, several positives, pools of another size, relevance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from mmgap import metrics
from mmgap.metrics import _numba_reducers, _torch_reducers, tiles
from mmgap.metrics.pass_cross import Ranks, cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import hits, pool_hits
from tests.support import pairwise_oracles as slow

modest = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)
directions = st.sampled_from(["t2i", "i2t"])


def coarse(rng, n):
    """Vectors with few distinct cosines, so that scores tie."""
    return np.sign(rng.normal(size=(n, 4))) / 2


@modest
@given(seeds, st.integers(2, 12), st.integers(1, 13), directions, st.booleans())
def test_recall_is_the_loop(seed, n, k, direction, tied):
    rng = np.random.default_rng(seed)
    x, y = (coarse(rng, n), coarse(rng, n)) if tied else (slow.unit(rng, n, 3), slow.unit(rng, n, 3))
    expected = slow.recall(x, y, k, direction)
    assert metrics.recall_at_k(x, y, k, direction=direction) == pytest.approx(expected, abs=1e-12)


@modest
@given(seeds, st.integers(2, 10), st.integers(2, 14), st.integers(1, 6), directions)
def test_recall_with_groups_is_the_loop(seed, n, m, k, direction):
    rng = np.random.default_rng(seed)
    groups = np.arange(n) % min(n, m, 4), np.arange(m) % min(n, m, 4)
    x, y = coarse(rng, n), coarse(rng, m)
    measured = metrics.recall_at_k(x, y, k, direction=direction, relevance=groups)
    assert measured == pytest.approx(slow.recall(x, y, k, direction, groups), abs=1e-12)


@modest
@given(seeds, st.integers(2, 60), directions)
def test_recall_grows_to_one_and_knows_no_rotation(seed, n, direction):
    rng = np.random.default_rng(seed)
    x, y = slow.unit(rng, n, 5), slow.unit(rng, n, 5)
    values = [metrics.recall_at_k(x, y, k, direction=direction) for k in (1, 2, n // 2 + 1, n)]
    assert values == sorted(values)
    assert values[-1] == 1
    assert metrics.recall_at_k(x, y, 2 * n, direction=direction) == 1
    q = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    assert metrics.recall_at_k(x @ q, y @ q, direction=direction) == values[0]
    order = rng.permutation(n)
    assert metrics.recall_at_k(x[order], y[order], direction=direction) == pytest.approx(values[0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("n", [20, tiles.TILE + 1])
def test_collapsed_space_scores_chance(n, dtype):
    v = torch.from_numpy(slow.unit(np.random.default_rng(0), 1, 48)).to(dtype).expand(n, -1).contiguous()
    for k in (1, 5, 10):
        for direction in ("t2i", "i2t"):
            assert metrics.recall_at_k(v, v, k, direction=direction) == pytest.approx(k / n, abs=1e-12)
            assert metrics.expected_recall_at_pool(v, v, k, pool=15, direction=direction) == pytest.approx(k / 15)
    assert metrics.clip_loss(v, v) == pytest.approx(np.log(n), rel=1e-6)


@pytest.mark.parametrize("n", [2100, 2 * tiles.TILE + 129])
def test_collapsed_space_in_float32_products(n):
    """Beyond the rows that are multiplied in float64, off-diagonal tiles round like the positives' own."""
    v = torch.from_numpy(slow.unit(np.random.default_rng(0), 1, 300)).float().expand(n, -1).contiguous()
    assert metrics.recall_at_k(v, v, 10) == pytest.approx(10 / n, abs=1e-12)


def test_nearly_collapsed_space_in_float32_products_scores_chance():
    """The spread is above the one that is read again in float64: float32 tiles decide the ties of equal vectors."""
    rng = np.random.default_rng(0)
    v = np.repeat(slow.unit(rng, 3, 300), 800, axis=0).astype(np.float32)
    assert metrics.recall_at_k(v, v, 10) == pytest.approx(10 / 800, abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(20, 60), (60, 20), (5, 5 * 300)])
def test_collapsed_space_of_unequal_counts(n, m):
    x, y = np.ones((n, 1)), np.ones((m, 1))
    pairs = np.stack([np.arange(max(n, m)) % n, np.arange(max(n, m)) % m], axis=1)
    for k in (1, 4):
        for queries, items, direction in ((m, n, "t2i"), (n, m, "i2t")):
            p = max(n, m) // queries
            chance = 1 - np.prod([(items - k - j) / (items - j) for j in range(p)]) if p < items else 1
            measured = metrics.recall_at_k(x, y, k, direction=direction, relevance=pairs)
            assert measured == pytest.approx(chance, abs=1e-12)


@pytest.mark.parametrize("extra", [1e-7, -1e-7, 1e-6, -1e-6])
def test_the_width_of_a_tie(extra):
    """Within 4·eps(float32) is a tie, beyond is not, for float64 as well."""
    x = np.array([[1.0, 0.0], [0.0, 1.0]])
    cosine = np.array([0.6, 0.6 + extra])
    y = np.stack([cosine, np.sqrt(1 - cosine**2)], axis=1)
    first = {True: 0.5, False: float(extra < 0)}[abs(extra) <= slow.TIE]
    s = hits(Ranks(*(np.array([v]) for v in ((0, 1, 1) if first == 0.5 else (int(extra > 0), 0, 1)))), 1)
    expected = (s[0] + slow.hit((x @ y.T)[1], {1}, 1)) / 2
    assert metrics.recall_at_k(x, y, 1, direction="i2t") == pytest.approx(expected)


def test_relevant_items_are_no_rivals():
    x = np.array([[1.0, 0.0], [-1.0, 0.0]])
    y = np.array([[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0]])
    pairs = np.array([[0, 0], [0, 1], [1, 2], [0, 1]])  # a double is dropped
    assert metrics.recall_at_k(x, y, 1, direction="i2t", relevance=pairs) == 1
    assert metrics.recall_at_k(x, y, 1, direction="t2i", relevance=pairs) == 1


def test_constant_shift_of_texts_leaves_raw_image_queries_unchanged():
    rng = np.random.default_rng(0)
    x, y = slow.unit(rng, 80, 6), slow.unit(rng, 80, 6)
    shifted = y + rng.normal(size=6)
    for k in (1, 5):
        assert metrics.recall_at_k(x, shifted, k, direction="i2t", raw=True) == metrics.recall_at_k(
            x, y, k, direction="i2t"
        )
    with pytest.raises(ValueError, match="texts: row 0 has norm"):
        metrics.recall_at_k(x, shifted)


def test_raw_ties_grow_with_the_norms():
    v = 30 * np.repeat(slow.unit(np.random.default_rng(0), 1, 300), 2100, axis=0).astype(np.float32)
    assert metrics.recall_at_k(v, v, 10, raw=True) == pytest.approx(10 / 2100, abs=1e-12)
    with pytest.raises(ValueError, match="scale the vectors down"):
        metrics.recall_at_k(1e20 * v, 1e20 * v, raw=True)


@modest
@given(seeds, st.integers(2, 30), st.integers(1, 6), directions, st.data())
def test_pool_bridge_is_the_hypergeometric_cdf(seed, n, k, direction, data):
    pool = data.draw(st.integers(1, n))
    rng = np.random.default_rng(seed)
    x, y = slow.unit(rng, n, 4), slow.unit(rng, n, 4)
    s = x @ y.T if direction == "i2t" else y @ x.T
    rank = (s > np.diag(s)[:, None]).sum(axis=1)
    expected = hypergeom.cdf(k - 1, n - 1, rank, pool - 1).mean()
    measured = metrics.expected_recall_at_pool(x, y, k, pool=pool, direction=direction)
    assert measured == pytest.approx(expected, abs=1e-9)
    if pool == n:
        assert measured == metrics.recall_at_k(x, y, k, direction=direction)


@pytest.mark.parametrize("captions", [1, 3])
@pytest.mark.parametrize("direction", ["t2i", "i2t"])
def test_pool_bridge_is_where_resampled_pools_end_up(direction, captions):
    rng = np.random.default_rng(7)
    owner = np.repeat(np.arange(40), captions)
    x = slow.unit(rng, 40, 6)
    y = x[owner] + 0.5 * rng.normal(size=(len(owner), 6))
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    pairs = np.stack([owner, np.arange(len(owner))], axis=1)
    asked = {"k": 2, "pool": 15, "direction": direction, "relevance": pairs}
    mean, sd = metrics.resampled_recall(x, y, repeats=300, seed=1, **asked)
    assert mean == pytest.approx(metrics.expected_recall_at_pool(x, y, **asked), abs=5 * sd / 300**0.5)
    assert (mean, sd) == metrics.resampled_recall(x, y, repeats=300, seed=1, **asked)
    assert (mean, sd) != metrics.resampled_recall(x, y, repeats=300, seed=2, **asked)


def test_collapsed_captions_in_pools():
    """Five captions each, everything equal: chance in a pool of 9 images with 45 captions."""
    x, y = np.ones((30, 1)), np.ones((150, 1))
    pairs = np.stack([np.repeat(np.arange(30), 5), np.arange(150)], axis=1)
    for k in (1, 5):
        missed = np.prod([(45 - 5 - j) / (45 - j) for j in range(k)])
        measured = metrics.expected_recall_at_pool(x, y, k, pool=9, direction="i2t", relevance=pairs)
        assert measured == pytest.approx(1 - missed, abs=1e-9)
        measured = metrics.expected_recall_at_pool(x, y, k, pool=9, direction="t2i", relevance=pairs)
        assert measured == pytest.approx(k / 9, abs=1e-9)


def test_owner_is_read_from_the_relevance_where_it_tells():
    strict = np.stack([[1, 0, 1], [0, 1, 2]], axis=1)
    assert relevance_of(strict, 2, 3).owner.tolist() == [1, 0, 1]
    assert relevance_of((["a", "a", "b"], ["a", "a", "b"]), 3, 3).owner.tolist() == [0, 1, 2]
    assert relevance_of((["a", "a"], ["a"] * 6), 2, 6).owner.tolist() == [0, 0, 0, 1, 1, 1]
    unclear = (["a", "a", "b"], ["a", "b"])
    assert relevance_of(unclear, 3, 2).owner is None
    assert relevance_of(unclear, 3, 2, owner=[1, 2]).owner.tolist() == [1, 2]
    x, y = np.eye(3), np.eye(3)[:2]
    with pytest.raises(ValueError, match="give `owner`"):
        metrics.expected_recall_at_pool(x, y, pool=2, direction="i2t", relevance=unclear)
    with pytest.raises(ValueError, match="give `owner`"):
        metrics.resampled_recall(x, y, pool=2, relevance=unclear)
    given_owner = metrics.expected_recall_at_pool(
        x, y, pool=2, direction="i2t", relevance=unclear, owner=np.array([1, 2])
    )
    assert 0 <= given_owner <= 1


@pytest.mark.parametrize(
    ("relevance", "message"),
    [
        (np.array([[0, 0], [1, 1]]), "image 2 has no relevant partner"),
        (np.array([[0, 0], [1, 0], [2, 2]]), "text 1 has no relevant partner"),
        (np.array([[0, 0], [1, 1], [2, 3]]), r"row 2 is \(2, 3\), outside 3 images and 3 texts"),
        (np.array([[0, 0], [1, -1]]), r"row 1 is \(1, -1\)"),
        (np.array([0, 1, 2]), r"must be a \(P, 2\) integer array"),
        (np.eye(3)[:, :2], r"must be a \(P, 2\) integer array"),
        (([0, 1, 2], [0, 1]), "one label for each of 3 images and 3 texts"),
    ],
)
def test_relevance_that_does_not_fit(relevance, message):
    with pytest.raises(ValueError, match=message):
        metrics.recall_at_k(np.eye(3), np.eye(3), relevance=relevance)


def test_owner_that_does_not_fit():
    with pytest.raises(ValueError, match="owner must be 3 image indices below 3"):
        relevance_of(None, 3, 3, owner=[0, 1, 3])
    with pytest.raises(ValueError, match="owner must be 3 image indices"):
        relevance_of(None, 3, 3, owner=[0.0, 1.0, 2.0])
    with pytest.raises(ValueError, match="text 1 is not relevant to image 2"):
        relevance_of(np.array([[0, 0], [1, 1], [2, 2]]), 3, 3, owner=[0, 2, 2])
    with pytest.raises(ValueError, match="image 1 has no relevant partner"):
        relevance_of(None, 3, 3, owner=[0, 2, 2])


def test_owners_alone_are_the_relevance():
    found = relevance_of(None, 2, 3, owner=[1, 0, 1])
    assert found.pairs.tolist() == [[0, 1], [1, 0], [1, 2]]
    assert found.own is found


def test_own_pairs_of_a_relation():
    owner = np.array([2, 0, 2])
    related = relevance_of(np.array([[0, 0], [0, 1], [1, 1], [2, 0], [2, 2]]), 3, 3, owner)
    own = related.own
    assert own.pairs.tolist() == [[0, 1], [2, 0], [2, 2]]
    assert own.image_start.tolist() == [0, 1, 1, 3]  # image 1 owns no text
    assert own.pairs[own.by_text].tolist() == [[2, 0], [0, 1], [2, 2]]
    assert own.own is own
    assert related.own is own
    with pytest.raises(ValueError, match="give `owner`"):
        _ = relevance_of((["a", "a", "b"], ["a", "b"]), 3, 2).own


def test_an_image_without_an_own_text_never_finds_one():
    owner = np.array([2, 0, 2])
    related = relevance_of(np.array([[0, 0], [0, 1], [1, 1], [2, 0], [2, 2]]), 3, 3, owner)
    for reducers in (_numba_reducers, _torch_reducers):
        own = cross(torch.eye(3), torch.eye(3), related.own, deepest=3, reducers=reducers)
        assert hits(own.i2t, 3).tolist() == [1, 0, 1]
        for pool in (1, 2, 3):
            assert pool_hits(own, "i2t", pool, (3,))[3] == pytest.approx([1, 0, 1])


@modest
@given(seeds, st.integers(1, 12), st.integers(1, 16), st.integers(0, 10))
def test_clusters_are_the_images_that_texts_link(seed, n, m, more):
    rng = np.random.default_rng(seed)
    cover = [(i, i % m) for i in range(n)] + [(j % n, j) for j in range(m)]
    related = relevance_of(np.array(cover + [(rng.integers(n), rng.integers(m)) for _ in range(more)]), n, m)
    label = list(range(n))
    for i, t in related.pairs:
        for j, u in related.pairs:
            if t == u:
                low, high = sorted((label[i], label[j]))
                label = [low if v == high else v for v in label]
    names = {v: g for g, v in enumerate(dict.fromkeys(label))}
    assert related.clusters.dtype == np.int64
    assert related.clusters.tolist() == [names[v] for v in label]


def test_arguments_out_of_range():
    x = np.eye(4)
    with pytest.raises(ValueError, match="k must be at least 1"):
        metrics.recall_at_k(x, x, 0)
    with pytest.raises(ValueError, match="direction must be"):
        metrics.recall_at_k(x, x, direction="both")
    with pytest.raises(ValueError, match="direction must be"):
        metrics.resampled_recall(x, x, pool=2, direction="both")
    for call in (metrics.expected_recall_at_pool, metrics.resampled_recall):
        with pytest.raises(ValueError, match="a pool of 90 images cannot be drawn from 4"):
            call(x, x)
    with pytest.raises(ValueError, match="repeats must be at least 2"):
        metrics.resampled_recall(x, x, pool=2, repeats=1)
