"""The pool bridge against every pool and every order of ties: shared captions, several captions, any relevance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb
from scipy.stats import hypergeom

from mmgap import metrics
from mmgap.metrics import _draw_kernels, _numba_reducers, _torch_reducers
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import DIRECTIONS, hits, pool_hits
from tests.support import pool_oracles as slow

BACKENDS = [_numba_reducers, _torch_reducers]
often = settings(max_examples=60, deadline=None)
DEPTHS = (1, 2, 3)


def measured(scores, pairs, owner, reducers=_numba_reducers):
    """`cross` of vectors whose products are just these scores."""
    n, m = scores.shape
    x, y = torch.eye(n, dtype=torch.float64), torch.from_numpy(np.ascontiguousarray(scores.T))
    return cross(x, y, relevance_of(pairs, n, m, owner), raw=True, deepest=5, reducers=reducers)


def check(scores, pairs, owner, pools=None, depths=DEPTHS):
    """Each query's probability, both ways, for every size of pool, is that of the enumeration."""
    for reducers in BACKENDS:
        found = measured(scores, pairs, owner, reducers)
        for pool in pools or range(1, len(scores) + 1):
            for direction in DIRECTIONS:
                by_k = pool_hits(found, direction, pool, depths)
                for k in depths:
                    expected = slow.pool_hits(scores, found.relevance.pairs, owner, k, pool, direction)
                    assert by_k[k] == pytest.approx(expected, abs=1e-12), (direction, pool, k)


def scores_of(rng, n, m, kind):
    """Distinct scores, few distinct ones, one alone, or those of images and texts of which some are equal."""
    if kind == "distinct":
        return rng.permutation(n * m).reshape(n, m) / (n * m)
    if kind == "coarse":
        return rng.integers(0, 3, (n, m)) / 2
    if kind == "collapsed":
        return np.full((n, m), 0.5)
    few = rng.permutation(n * m).reshape(n, m) / (n * m)
    return few[rng.integers(0, n, n)][:, rng.integers(0, m, m)]


kinds = st.sampled_from(["distinct", "coarse", "collapsed", "duplicates"])
seeds = st.integers(0, 2**32 - 1)


def any_of(groups, owner):
    """Pairs of texts with each image that owns one of the same group."""
    owns = {(g, i) for g, i in zip(groups, owner, strict=True)}
    return np.array(sorted({(i, t) for t, g in enumerate(groups) for h, i in owns if h == g}))


def test_a_relevant_image_that_is_not_drawn():
    """The best relevant image is another's: it is in the pool in half of the cases only."""
    groups = np.array([0, 0, 1])
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]])
    found = metrics.expected_recall_at_pool(x, x[[0, 0, 2]], pool=2, relevance=(groups, groups))
    assert found == pytest.approx(5 / 6, abs=1e-12)


@pytest.mark.parametrize("kind", ["distinct", "coarse", "collapsed", "duplicates"])
@pytest.mark.parametrize(("images", "captions"), [(6, 3), (7, 1)])
def test_own_pairs_alone(images, captions, kind):
    rng = np.random.default_rng(5)
    owner = np.repeat(np.arange(images), captions)
    rng.shuffle(owner)
    pairs = np.stack([owner, np.arange(len(owner))], axis=1)
    check(scores_of(rng, images, len(owner), kind), pairs, owner, depths=(1, 2, 5))


@often
@given(seeds, st.integers(2, 6), kinds)
def test_shared_captions_one_text_an_image(seed, n, kind):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, max(1, n // 2), n)
    check(scores_of(rng, n, n, kind), any_of(groups, np.arange(n)), np.arange(n))


@often
@given(seeds, st.integers(2, 5), st.integers(1, 3), kinds)
def test_shared_captions_several_texts_an_image(seed, n, most, kind):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n), rng.integers(1, most + 1, n))
    rng.shuffle(owner)
    groups = rng.integers(0, max(1, len(owner) * 2 // 3), len(owner))
    check(scores_of(rng, n, len(owner), kind), any_of(groups, owner), owner)


@often
@given(seeds, st.integers(2, 6), st.integers(2, 8), st.integers(0, 8), kinds)
def test_any_relevance_and_images_without_texts(seed, n, m, more, kind):
    """An image may own no text, and its relevant ones may all come with other images."""
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, n, m)
    pairs = [(o, t) for t, o in enumerate(owner)] + [(i, rng.integers(m)) for i in range(n) if i not in owner]
    pairs += [(rng.integers(n), rng.integers(m)) for _ in range(more)]
    check(scores_of(rng, n, m, kind), np.array(pairs), owner)


@pytest.mark.parametrize("captions", [1, 2])
@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 1, 2), (6,), (1, 5)])
def test_collapsed_groups(captions, sizes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    owner = np.repeat(np.arange(6), captions)
    pairs = any_of(groups[owner], owner)
    check(np.full((6, 6 * captions), 0.25), pairs, owner, pools=(1, 2, 4, 6))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("captions", [1, 2])
def test_a_collapsed_space_with_shared_captions(direction, captions):
    """Any order is as likely as another: only the number of relevant images that are drawn matters."""
    n, pool, k = 300, 40, 4
    groups = np.repeat(np.arange(60), np.tile([1, 2, 4, 8, 10], 12))[:n]
    owner = np.repeat(np.arange(n), captions)
    expected = []
    for q in range(n):
        more = np.arange(pool)
        drawn = hypergeom.pmf(more, n - 1, (groups == groups[q]).sum() - 1, pool - 1)
        items, relevant = (pool, 1 + more) if direction == "t2i" else (pool * captions, captions * (1 + more))
        expected.append(drawn @ (1 - comb(items - relevant, k) / comb(items, k)))
    found = metrics.expected_recall_at_pool(
        np.ones((n, 1)), np.ones((len(owner), 1)), k, pool=pool, direction=direction, owner=owner,
        relevance=(groups, groups[owner]),
    )  # fmt: skip
    assert found == pytest.approx(np.mean(expected), abs=1e-12)


def test_compiled_sums_do_what_their_source_says(monkeypatch):
    rng = np.random.default_rng(4)
    owner, groups = np.repeat(np.arange(5), 2), rng.integers(0, 4, 10)
    found = measured(scores_of(rng, 5, 10, "coarse"), any_of(groups, owner), owner)
    compiled = [pool_hits(found, direction, 3, DEPTHS) for direction in DIRECTIONS]
    monkeypatch.setattr(_draw_kernels, "_bring", _draw_kernels._bring.py_func)
    monkeypatch.setattr(_draw_kernels, "drawn_with_ties", _draw_kernels.drawn_with_ties.py_func)
    for before, direction in zip(compiled, DIRECTIONS, strict=True):
        after = pool_hits(found, direction, 3, DEPTHS)
        assert all(after[k] == pytest.approx(before[k], abs=1e-12) for k in DEPTHS)


def test_equal_captions_have_equal_vectors():
    """As an encoder gives them: the relevant texts of an image tie, those of two groups tie as well."""
    rng = np.random.default_rng(3)
    groups = np.array([0, 0, 1, 2, 2, 2])
    scores = rng.permutation(18).reshape(6, 3)[:, groups] / 18
    check(scores, any_of(groups, np.arange(6)), np.arange(6))
    scores[:, groups == 2] = scores[:, groups == 0][:, :1]
    check(scores, any_of(groups, np.arange(6)), np.arange(6))


def test_an_image_whose_relevant_texts_are_all_owned_by_others():
    owner = np.array([0, 0, 1])
    pairs = np.array([[0, 0], [0, 1], [1, 2], [2, 0], [2, 2]])
    check(np.array([[0.9, 0.2, 0.5], [0.1, 0.6, 0.4], [0.7, 0.8, 0.3]]), pairs, owner)
    found = measured(np.ones((3, 3)), pairs, owner)
    assert pool_hits(found, "i2t", 1, (1,))[1] == pytest.approx([1, 1, 0])


@often
@given(seeds, kinds)
def test_a_pool_of_all_images_is_the_full_set(seed, kind):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 3, 6)
    found = measured(scores_of(rng, 6, 6, kind), any_of(groups, np.arange(6)), np.arange(6))
    for direction, ranks in (("i2t", found.i2t), ("t2i", found.t2i)):
        for k, values in pool_hits(found, direction, 6, DEPTHS).items():
            assert values == pytest.approx(hits(ranks, k), abs=0)


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
@pytest.mark.parametrize("pool", [7, 19])
def test_shared_captions_in_float32_products(direction, pool):
    """More rows than are multiplied in float64: the closed form for each query, from dense float64 scores."""
    rng = np.random.default_rng(5)
    n, k = 2100, 3
    groups = np.arange(n) // 3
    x = rng.normal(size=(n, 16))
    y = rng.normal(size=(n, 16)) + 1.2 * x
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    found = metrics.expected_recall_at_pool(
        x.astype(np.float32), y.astype(np.float32), k, pool=pool, direction=direction, relevance=(groups, groups)
    )
    s = (x @ y.T).T if direction == "t2i" else x @ y.T
    expected = 0.0
    for q in range(n):
        relevant = np.flatnonzero((groups == groups[q]) & (s[q] >= s[q, q]))
        relevant = relevant[np.argsort(-s[q, relevant])]
        for i, item in enumerate(relevant):
            above = int(((s[q] > s[q, item]) & (groups != groups[q])).sum())
            rest, draws = (n - 1 - len(relevant) + 1, pool - 1) if item == q else (n - 2 - i, pool - 2)
            share = comb(rest, draws) / comb(n - 1, pool - 1)
            expected += share * hypergeom.cdf(k - 1, rest, above, draws) / n
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
def test_pools_drawn_at_random_end_up_there(direction):
    """Shared captions, unequal counts, ties, an image without a text."""
    rng = np.random.default_rng(11)
    n, m = 24, 40
    owner = rng.integers(0, n - 1, m)
    pairs = [(o, t) for t, o in enumerate(owner)] + [(i, rng.integers(m)) for i in range(n) if i not in owner]
    pairs = np.array(pairs + [(rng.integers(n), rng.integers(m)) for _ in range(30)])
    x, y = np.eye(n), rng.integers(0, 4, (m, n)) / 3
    asked = {"k": 2, "pool": 6, "direction": direction, "relevance": pairs, "owner": owner, "raw": True}
    mean, sd = metrics.resampled_recall(x, y, repeats=2000, **asked)
    assert mean == pytest.approx(metrics.expected_recall_at_pool(x, y, **asked), abs=4 * sd / 2000**0.5)


@often
@given(seeds, st.integers(2, 6), kinds)
def test_own_pairs_are_hit_no_more_often_than_any_of(seed, n, kind):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n), rng.integers(1, 3, n))
    groups = rng.integers(0, max(1, len(owner) // 2), len(owner))
    anyhow = measured(scores_of(rng, n, len(owner), kind), any_of(groups, owner), owner)
    own = cross(anyhow.images, anyhow.texts, anyhow.relevance.own, raw=True, deepest=max(DEPTHS))
    for pool in range(1, n + 1):
        for direction in DIRECTIONS:
            a, b = (pool_hits(c, direction, pool, DEPTHS) for c in (own, anyhow))
            assert all((a[k] <= b[k] + 1e-12).all() for k in DEPTHS)
