"""The tiled pass against slow loops: every reducer, both back-ends, every dtype, sets larger than a tile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap import metrics
from mmgap.metrics import _kernels, _numba_reducers, _torch_reducers, pass_cross, tiles
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from tests.support import pairwise_oracles as slow

BACKENDS = [_numba_reducers, _torch_reducers]
DTYPES = [torch.float64, torch.float32]
modest = settings(max_examples=15, deadline=None)


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 64)


def sets(seed, n, m, d, spread=1.0):
    rng = np.random.default_rng(seed)
    return slow.unit(rng, n, d, offset=1 / spread), slow.unit(rng, m, d, offset=-0.3)


def relation(rng, n, m):
    """Random pairs in which every image and every text has a partner."""
    cover = [(i, i % m) for i in range(n)] + [(j % n, j) for j in range(m)]
    return np.array(cover + [(rng.integers(n), rng.integers(m)) for _ in range(n)])


@pytest.mark.parametrize("reducers", BACKENDS)
@pytest.mark.parametrize("n", [2, 64, 65, 150])
def test_within_is_the_loop(small_tiles, reducers, n):
    x, _ = sets(n, n, 2, 5)
    measured = within(torch.from_numpy(x), t=1.5, reducers=reducers)
    cosines, m = slow.within(x), measured.moments
    assert m.n == len(cosines) == m.counts.sum()
    assert [m.mean, m.std, m.minimum, m.maximum, m.mean_absolute] == pytest.approx(
        [cosines.mean(), cosines.std(), cosines.min(), cosines.max(), abs(cosines).mean()], abs=1e-13
    )
    assert (m.counts == np.histogram(cosines, 200, (-1, 1))[0]).all()
    kernel = [sum(np.exp(-1.5 * ((a - b) ** 2).sum()) for j, b in enumerate(x) if j != i) for i, a in enumerate(x)]
    assert measured.kernel_sums == pytest.approx(np.array(kernel), rel=1e-12)
    assert measured.partners.tolist() == [n - 1] * n


@modest
@given(seed=st.integers(0, 10**6), images=st.integers(2, 6), most=st.integers(1, 5), dtype=st.sampled_from(DTYPES))
def test_captions_of_one_image_are_no_partners(seed, images, most, dtype):
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(images), rng.integers(1, most + 1, images))
    rng.shuffle(owner)
    y = slow.unit(rng, len(owner), 4)
    for reducers in BACKENDS:
        measured = within(torch.from_numpy(y).to(dtype), owner=owner, dtype=dtype, reducers=reducers)
        close = {"rel": 1e-9 if dtype == torch.float64 else 1e-5}
        for i, a in enumerate(y):
            others = [j for j in range(len(y)) if owner[j] != owner[i]]
            assert measured.partners[i] == len(others)
            kernel = sum(np.exp(-2 * ((a - y[j]) ** 2).sum()) for j in others)
            assert measured.kernel_sums[i] == pytest.approx(kernel, **close)
        assert measured.moments.n == len(y) * (len(y) - 1) / 2 == measured.moments.counts.sum()


@pytest.mark.parametrize("reducers", BACKENDS)
@pytest.mark.parametrize(("n", "m"), [(2, 2), (64, 64), (65, 40), (20, 130)])
def test_cross_is_the_loop(small_tiles, reducers, n, m):
    x, y = sets(n + m, n, m, 4)
    pairs = relation(np.random.default_rng(0), n, m) if n != m else None
    related = slow.pairs_of(pairs, n, m)
    measured = cross(
        torch.from_numpy(x), torch.from_numpy(y), relevance_of(pairs, n, m), logit_scale=30, reducers=reducers
    )
    s = x @ y.T
    rest = np.array([s[i, j] for i in range(n) for j in range(m) if (i, j) not in related])
    u = measured.unmatched
    assert u.n == len(rest) == u.counts.sum() == n * m - len(related)
    assert [u.mean, u.std, u.minimum, u.maximum, u.mean_absolute] == pytest.approx(
        [rest.mean(), rest.std(), rest.min(), rest.max(), abs(rest).mean()], abs=1e-13
    )
    assert (u.counts == np.histogram(rest, 200, (-1, 1))[0]).all()
    assert sorted(measured.matched) == pytest.approx(sorted(s[i, j] for i, j in related))
    assert measured.matched_moments.counts.sum() == len(related)
    best = [max(s[i, j] for i, j in related if i == q) for q in range(n)]
    above = [sum(s[q, j] > best[q] + slow.TIE for j in range(m) if (q, j) not in related) for q in range(n)]
    assert measured.i2t.above.tolist() == above
    loss = (measured.softmax.i2t_loss.mean() + measured.softmax.t2i_loss.mean()) / 2
    assert loss == pytest.approx(slow.clip_loss(x, y, 30, pairs), rel=1e-10)


@modest
@given(seed=st.integers(0, 10**6), n=st.integers(2, 30), c=st.integers(1, 3), shuffle=st.booleans())
def test_both_backends_agree_to_the_count(seed, n, c, shuffle):
    rng = np.random.default_rng(seed)
    x, y = (np.sign(rng.normal(size=(r, 4))) / 2 for r in (n, n * c))  # few distinct cosines: ties everywhere
    owner = np.repeat(np.arange(n), c)
    if shuffle:
        rng.shuffle(owner)
    related = relevance_of(np.stack([owner, np.arange(n * c)], axis=1), n, n * c)
    a, b = (
        cross(torch.from_numpy(x), torch.from_numpy(y), related, logit_scale=5.0, deepest=10, reducers=r)
        for r in BACKENDS
    )
    for side in ("i2t", "t2i"):
        for field in ("above", "tied", "positives"):
            assert (getattr(getattr(a, side), field) == getattr(getattr(b, side), field)).all()
        assert getattr(a.softmax, f"{side}_loss") == pytest.approx(getattr(b.softmax, f"{side}_loss"))
    if c > 1:
        assert (a.rivals_by_owner == b.rivals_by_owner).all()


@pytest.mark.parametrize("reducers", BACKENDS)
@pytest.mark.parametrize("shuffle", [False, True], ids=["in-order", "shuffled"])
def test_owners_whose_texts_stand_in_two_tiles(monkeypatch, reducers, shuffle):
    rng = np.random.default_rng(8)
    x, y = (torch.from_numpy(np.sign(rng.normal(size=(n, 5))) / 5**0.5) for n in (150, 1050))
    owner = np.repeat(np.arange(150), 7)
    if shuffle:
        rng.shuffle(owner)
    related = relevance_of(np.stack([owner, np.arange(1050)], axis=1), 150, 1050)
    whole = cross(x, y, related, deepest=4, reducers=reducers).rivals_by_owner
    monkeypatch.setattr(tiles, "TILE", 64)
    cut = cross(x, y, related, deepest=4, reducers=reducers).rivals_by_owner
    assert (whole == cut).all()
    assert whole.sum() > 0


def test_compiled_kernels_do_what_their_source_says(monkeypatch, small_tiles):
    rng = np.random.default_rng(9)
    x, y = (torch.from_numpy(np.sign(rng.normal(size=(n, 4))).astype(np.float32) / 2) for n in (70, 140))
    related = relevance_of(np.stack([np.repeat(np.arange(70), 2), np.arange(140)], axis=1), 70, 140)

    def run():
        w, c = within(x, dtype=torch.float32), cross(x, y, related, logit_scale=3.0, deepest=5, dtype=torch.float32)
        return (
            w.moments,
            c.unmatched,
            w.kernel_sums,
            c.softmax.i2t_loss,
            c.softmax.t2i_loss,
            c.i2t.above,
            c.t2i.tied,
            c.rivals_by_owner,
        )

    compiled = run()
    for name, kernel in vars(_kernels).copy().items():
        if hasattr(kernel, "py_func"):
            monkeypatch.setattr(_kernels, name, kernel.py_func)
    monkeypatch.setattr(_numba_reducers, "_cross_tile", _kernels.cross_tile)
    monkeypatch.setattr(_numba_reducers, "_owner_tile", _kernels.owner_tile)
    interpreted = run()
    for a, b in zip(compiled[:2], interpreted[:2], strict=True):
        assert (a.counts == b.counts).all()
        assert (a.minimum, a.maximum) == (b.minimum, b.maximum)
        assert (a.std, a.mean_absolute) == pytest.approx((b.std, b.mean_absolute))
    for a, b in zip(compiled[2:], interpreted[2:], strict=True):
        assert a == pytest.approx(b, rel=1e-12)


def test_an_error_in_one_thread_stops_the_others_and_leaves_no_trace():
    blocks = tiles.Blocks(torch.eye(64, dtype=torch.float64), torch.float64)
    order = [[(0, 0)] * 400, [(0, 0)]]
    read, threads = [], torch.get_num_threads()

    def fail(rows, columns, tile):
        raise RuntimeError("broken reader")

    with pytest.raises(RuntimeError, match="broken reader"):
        tiles.sweep(blocks, blocks, order[::-1], [fail, lambda *tile: read.append(time.sleep(0.005))], "tiles")
    assert len(read) < 400
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == threads


def _rounded(v, dtype):
    """The input in ``dtype`` and the same rounded values in float64."""
    t = torch.from_numpy(v).to(dtype)
    return t, t.double().numpy()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize(
    ("spread", "products"),
    [(1.0, None), (0.01, None), (1e-5, None), (1.0, torch.float32), (0.01, torch.float32)],
)
def test_every_dtype_agrees_with_its_rounded_values_in_float64(dtype, spread, products):
    x, x64 = _rounded(sets(1, 300, 2, 96, spread)[0], dtype)
    y, y64 = _rounded(sets(2, 300, 2, 96, spread)[0], dtype)
    w = within(x, dtype=None if dtype == torch.float64 else products)
    close = {"rel": 1e-6, "abs": 1e-7}
    cosines = slow.within(x64)
    assert w.uniformity == pytest.approx(slow.uniformity(x64), **close)
    assert [w.moments.mean, w.moments.std, w.moments.minimum, w.moments.maximum, w.moments.mean_absolute] == (
        pytest.approx([cosines.mean(), cosines.std(), cosines.min(), cosines.max(), abs(cosines).mean()], **close)
    )
    c = cross(x, y, relevance_of(None, 300, 300), dtype=None if dtype == torch.float64 else products)
    rest = (x64 @ y64.T)[~np.eye(300, dtype=bool)]
    assert [c.unmatched.mean, c.unmatched.std, c.unmatched.minimum, c.unmatched.maximum, c.unmatched.mean_absolute] == (
        pytest.approx([rest.mean(), rest.std(), rest.min(), rest.max(), abs(rest).mean()], **close)
    )
    assert c.matched == pytest.approx((x64 * y64).sum(axis=1), abs=1e-14)


def test_float32_products_beyond_the_exact_rows(monkeypatch):
    """More rows than `EXACT_ROWS`: float32 products, held against a dense float64 computation."""
    n = tiles.EXACT_ROWS + 52
    x, x64 = _rounded(sets(3, n, 2, 64, 0.5)[0], torch.float32)
    y, y64 = _rounded(0.7 * x64 + 0.3 * sets(4, n, 2, 64)[0], torch.float32)
    y64 = y64 / np.linalg.norm(y64, axis=1, keepdims=True)
    y, y64 = _rounded(y64, torch.float32)
    assert tiles.product_dtype(x, y) == torch.float32
    gram = x64 @ x64.T
    d2 = np.diag(gram)[:, None] + np.diag(gram) - 2 * gram
    expected = np.log(np.exp(-2 * d2)[np.triu_indices(n, 1)].mean())
    assert metrics.uniformity(x) == pytest.approx(expected, rel=1e-6, abs=1e-7)
    s = x64 @ y64.T
    for k in (1, 5, 10):
        dense = np.mean((s > np.diag(s)[:, None]).sum(axis=1) < k)
        assert metrics.recall_at_k(x, y, k, direction="i2t") == pytest.approx(dense, abs=2 / n)
    logits = 100 * s
    lse = [np.log(np.exp(m - m.max(axis=1, keepdims=True)).sum(axis=1)) + m.max(axis=1) for m in (logits, logits.T)]
    expected = np.mean([(v - np.diag(logits)).mean() for v in lse])
    assert metrics.clip_loss(x, y) == pytest.approx(expected, rel=1e-6)


def test_results_do_not_depend_on_threads():
    x, y = (torch.from_numpy(v) for v in sets(5, 400, 400, 8))
    before, seen = torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        seen.append(cross(x, y, relevance_of(None, 400, 400), logit_scale=10.0))
    torch.set_num_threads(before)
    assert (seen[0].softmax.i2t_loss == seen[1].softmax.i2t_loss).all()
    assert seen[0].unmatched.std == seen[1].unmatched.std


def test_reduced_precision_settings_of_the_caller_change_nothing():
    x = torch.from_numpy(sets(6, 100, 2, 32)[0]).float()
    plain = within(x, dtype=torch.float32).kernel_sums
    torch.set_float32_matmul_precision("medium")
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert (within(x, dtype=torch.float32).kernel_sums == plain).all()
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("t", [0.0, -1.0, 101.0])
def test_t_out_of_range(t):
    with pytest.raises(ValueError, match=r"t must be in \(0, 100\]"):
        metrics.uniformity(np.eye(3), t=t)
    with pytest.raises(ValueError, match=r"t must be in"):
        metrics.uniformity(np.eye(3), np.eye(3), t=t, variant="cross")


@pytest.mark.parametrize("t", [1e-3, 0.1, 50.0, 100.0])
def test_kernel_at_both_ends_of_its_range(t):
    x = sets(7, 40, 2, 3)[0]
    assert metrics.uniformity(x, t=t) == pytest.approx(slow.uniformity(x, t), rel=1e-9)


def test_logit_scale_out_of_range():
    with pytest.raises(ValueError, match="logit_scale"):
        metrics.clip_loss(np.eye(3), np.eye(3), logit_scale=1000.0)


def test_devices_must_agree():
    with pytest.raises(ValueError, match="images are on cpu, texts on meta"):
        cross(torch.eye(3), torch.eye(3, device="meta"), relevance_of(None, 3, 3))


@pytest.mark.parametrize("reducers", BACKENDS)
@pytest.mark.parametrize(("n", "m"), [(70, 70), (65, 130)])
def test_further_kernels_are_the_loop(small_tiles, reducers, n, m):
    x, y = sets(n, n, m, 5)
    pairs = relation(np.random.default_rng(n), n, m)
    found = cross(
        torch.from_numpy(x), torch.from_numpy(y), relevance_of(pairs, n, m), gaussians=(0.7, 2.0), reducers=reducers
    )
    squared = ((x[:, None] - y) ** 2).sum(axis=2)
    below = np.arange(n)[:, None] > np.arange(m)
    assert found.gaussian_sums == pytest.approx((np.exp(-0.7 * squared).sum(), np.exp(-2 * squared[below]).sum()))
    own = within(torch.from_numpy(x), gamma=0.7, reducers=reducers).gaussian_sum
    assert own == pytest.approx(np.exp(-0.7 * ((x[:, None] - x) ** 2).sum(axis=2)).sum() - n)
    with pytest.raises(ValueError, match="gamma must be in"):
        within(torch.from_numpy(x), gamma=101.0)


@pytest.mark.parametrize("reducers", BACKENDS)
@pytest.mark.parametrize("scale", [5.0, 100.0])
def test_entropies_are_those_of_the_softmax(small_tiles, reducers, scale):
    x, y = (torch.from_numpy(v) for v in sets(3, 70, 130, 5))
    y[:70] = x  # queries that are sure of their positive
    related = relevance_of(relation(np.random.default_rng(3), 70, 130), 70, 130)
    found = cross(x, y, related, logit_scale=scale, reducers=reducers).softmax
    logits = scale * x @ y.T
    for entropies, rows in ((found.i2t_entropy, logits), (found.t2i_entropy, logits.T)):
        log = torch.log_softmax(rows, dim=1)
        assert entropies == pytest.approx(-(log.exp() * log).sum(dim=1).numpy(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("reducers", BACKENDS)
@pytest.mark.parametrize("room", [0, 3])
def test_tiles_that_are_held_are_those_that_would_be_multiplied_again(monkeypatch, small_tiles, reducers, room):
    x, y = (torch.as_tensor(v).float() for v in sets(0, 300, 300, 16))
    asked = {"logit_scale": 100.0, "gaussians": (0.5, 2.0), "nearest": 5, "dtype": torch.float32, "reducers": reducers}
    relevance = relevance_of(None, 300, 300)
    products, whole = [], cross(x, y, relevance, **asked)
    monkeypatch.setattr(pass_cross, "HELD", room * tiles.Blocks(x, torch.float32).size ** 2 * 4)
    multiply = torch.mm
    monkeypatch.setattr(torch, "mm", lambda *args, **out: products.append(1) or multiply(*args, **out))
    found, count = cross(x, y, relevance, **asked), tiles.Blocks(x, torch.float32).count
    assert len(products) == count**2 + count - room
    assert found.unmatched.std == whole.unmatched.std
    assert found.gaussian_sums == whole.gaussian_sums
    np.testing.assert_array_equal(found.i2t.above, whole.i2t.above)
    np.testing.assert_array_equal(found.nearest[0].items, whole.nearest[0].items)
