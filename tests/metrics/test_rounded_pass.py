"""The pass in float32 and bfloat16, as a GPU runs it, against NumPy in float64: every number within its bound."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.metrics import _fused_tile, _numba_reducers, _torch_reducers, tiles
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.rounded_products import product_error
from mmgap.metrics.ties import TIE
from tests.support import pairwise_oracles as slow

BACKENDS = [_numba_reducers, _torch_reducers]
modest = settings(max_examples=25, deadline=None)
spaces = {
    "seed": st.integers(0, 10**6),
    "n": st.integers(2, 90),
    "d": st.integers(1, 40),
    "spread": st.sampled_from([1.0, 0.1, 0.01]),
    "dtype": st.sampled_from([torch.float32, torch.bfloat16]),
}


def made(seed, n, d, spread):
    """Two cones, row i of both a pair, some of whose rows are equal, as float32 tensors and as float64 arrays."""
    rng = np.random.default_rng(seed)
    x = slow.unit(rng, n, d, offset=1 / spread)
    y = slow.unit(rng, n, d, offset=0.5) * 0.4 + x
    y[: n // 3] = y[0]
    pair = [torch.from_numpy(v / np.linalg.norm(v, axis=1, keepdims=True)).float() for v in (x, y)]
    return *pair, *(v.double().numpy() for v in pair)


def small_tiles(run):
    before, tiles.TILE = tiles.TILE, 64
    try:
        return run()
    finally:
        tiles.TILE = before


@modest
@given(**spaces)
def test_products_are_within_their_bound(seed, n, d, spread, dtype):
    x, y, x64, y64 = made(seed, n, d, spread)
    tile = torch.empty(n, n)
    tiles.multiply(x.to(dtype), y.to(dtype), tile)
    assert abs(tile.double().numpy() - x64 @ y64.T).max() <= product_error(x, y, dtype) * (1 + 1e-9)


def test_the_bound_is_that_of_the_rows_and_no_wider_than_the_format_s():
    x, y, *_ = made(0, 60, 512, 1.0)
    assert product_error(x, y, torch.bfloat16) <= 2 * 2**-8 + 2**-16 + 513 * 2**-24
    assert product_error(x, y, torch.float32) == pytest.approx(512 * 2**-24, rel=1e-3)
    exact = torch.eye(8)
    assert product_error(exact, exact, torch.bfloat16) == pytest.approx(8 * 2**-24, rel=1e-6)
    assert product_error(exact.double(), exact.double(), torch.float64) < 1e-14


@pytest.mark.parametrize("reducers", BACKENDS)
@modest
@given(**spaces)
def test_ranks_lie_between_those_of_narrower_and_of_wider_ties(reducers, seed, n, d, spread, dtype):
    x, y, x64, y64 = made(seed, n, d, spread)
    found = small_tiles(lambda: cross(x, y, relevance_of(None, n, n), dtype=dtype, reducers=reducers))
    off, s = 2 * product_error(x, y, dtype), x64 @ y64.T
    wide = TIE + (off if dtype == torch.bfloat16 else 0)
    rest = ~np.eye(n, dtype=bool)
    for ranks, scores in ((found.i2t, s), (found.t2i, s.T)):
        beyond = scores - np.diag(scores)[:, None]
        slack = off + 1e-7  # limits themselves are float32 numbers
        assert (ranks.above <= ((beyond > wide - slack) & rest).sum(axis=1)).all()
        assert (ranks.above >= ((beyond > wide + slack) & rest).sum(axis=1)).all()
        assert (ranks.above + ranks.tied <= ((beyond >= -wide - slack) & rest).sum(axis=1)).all()
        if dtype == torch.bfloat16:
            exact = ((beyond > 0) & rest).sum(axis=1)
            assert (ranks.above <= exact).all()
            assert (exact <= ranks.above + ranks.tied).all()


@pytest.mark.parametrize("reducers", BACKENDS)
@modest
@given(**spaces)
def test_sums_are_within_the_bound_of_their_products(reducers, seed, n, d, spread, dtype):
    x, y, x64, y64 = made(seed, n, d, spread)
    found = small_tiles(lambda: cross(x, y, relevance_of(None, n, n), logit_scale=50.0, dtype=dtype, reducers=reducers))
    off, s = product_error(x, y, dtype) + 1e-9, x64 @ y64.T
    rest, u = s[~np.eye(n, dtype=bool)], found.unmatched
    assert u.mean == pytest.approx(rest.mean(), abs=1e-12)
    assert u.std == pytest.approx(rest.std(), abs=off)
    assert u.mean_absolute == pytest.approx(abs(rest).mean(), abs=off)
    assert u.minimum == pytest.approx(rest.min(), abs=2 * off)
    assert u.maximum == pytest.approx(rest.max(), abs=2 * off)
    edges, below = np.linspace(-1, 1, 201)[1:-1], np.cumsum(u.counts)[:-1]
    assert ((rest[:, None] < edges - off - 1e-6).sum(axis=0) <= below).all()
    assert (below <= (rest[:, None] < edges + off + 1e-6).sum(axis=0)).all()
    for losses, logits in ((found.softmax.i2t_loss, 50 * s), (found.softmax.t2i_loss, 50 * s.T)):
        shifted = logits - np.diag(logits)[:, None]
        top = shifted.max(axis=1, keepdims=True)
        expected = top[:, 0] + np.log(np.exp(shifted - top).sum(axis=1))
        assert losses == pytest.approx(expected, abs=2 * 50 * off)
    own = small_tiles(lambda: within(x, dtype=dtype, reducers=reducers))
    assert own.uniformity == pytest.approx(slow.uniformity(x64), abs=2 * 4 * (product_error(x, x, dtype) + 1e-9))


@pytest.mark.parametrize(("reading", "digits"), [(torch.float64, 1e-12), (torch.float32, 1e-6)], ids=["wide", "narrow"])
def test_a_compiler_gets_whole_functions_and_changes_no_count(monkeypatch, reading, digits):
    """What runs compiled on a GPU, compiled for the CPU: no break, one shape after another, further kernels, owners."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        pytest.skip("torch.compile needs a C++ compiler: apt-get install g++")
    monkeypatch.setattr(_torch_reducers, "reading_type", lambda tile: reading)
    rng = np.random.default_rng(3)
    ways = {"compiled": lambda read, tile: _fused_tile.compiled(read), "eager": lambda read, tile: read}
    for n in (150, 300):
        x, y = (torch.from_numpy(slow.unit(rng, rows, 16)).float() for rows in (n, 2 * n))
        pairs = np.stack([np.repeat(np.arange(n), 2), np.arange(2 * n)], axis=1)
        results = {}
        for name, way in ways.items():
            monkeypatch.setattr(_torch_reducers, "fused", way)
            monkeypatch.setattr(tiles, "TILE", 128 if n == 150 else 192)
            asked = {"dtype": torch.float32, "reducers": _torch_reducers}
            results[name] = (
                cross(x, y, relevance_of(pairs, n, 2 * n), logit_scale=20.0, deepest=5, gaussians=(0.5, 2.0), **asked),
                within(x, gamma=0.5, **asked),
            )
        (a, own_a), (b, own_b) = results["compiled"], results["eager"]
        for side in ("i2t", "t2i"):
            np.testing.assert_array_equal(getattr(a, side).above, getattr(b, side).above)
            np.testing.assert_array_equal(getattr(a, side).tied, getattr(b, side).tied)
            np.testing.assert_allclose(
                getattr(a.softmax, f"{side}_loss"), getattr(b.softmax, f"{side}_loss"), rtol=digits
            )
        np.testing.assert_array_equal(a.rivals_by_owner, b.rivals_by_owner)
        np.testing.assert_array_equal(a.unmatched.counts, b.unmatched.counts)
        assert (a.unmatched.minimum, a.unmatched.maximum) == (b.unmatched.minimum, b.unmatched.maximum)
        assert a.gaussian_sums == pytest.approx(b.gaussian_sums, rel=digits)
        np.testing.assert_allclose(own_a.kernel_sums, own_b.kernel_sums, rtol=digits)
        assert own_a.gaussian_sum == pytest.approx(own_b.gaussian_sum, rel=digits)


def test_without_a_compiler_tiles_are_read_as_they_are_and_one_line_says_so(monkeypatch, caplog):
    from torch._inductor import config

    torch._dynamo.reset()
    _fused_tile.compiled.cache_clear()
    monkeypatch.setattr(_torch_reducers, "fused", lambda read, tile: _fused_tile.compiled(read))
    rng = np.random.default_rng(4)
    x, y = (torch.from_numpy(slow.unit(rng, 90, 8)).float() for _ in range(2))
    asked = {"logit_scale": 20.0, "dtype": torch.float32}
    with config.patch({"cpp.cxx": ("no-such-compiler",), "force_disable_caches": True}), caplog.at_level("WARNING"):
        found = small_tiles(lambda: cross(x, y, relevance_of(None, 90, 90), **asked, reducers=_torch_reducers))
    told = [record.getMessage() for record in caplog.records if record.name == "mmgap"]
    assert len(told) == 1  # of four tiles
    assert told[0].startswith("tiles are read without torch.compile, which is slower: ")
    wanted = small_tiles(lambda: cross(x, y, relevance_of(None, 90, 90), **asked, reducers=_numba_reducers))
    np.testing.assert_array_equal(found.t2i.above, wanted.t2i.above)
    assert found.softmax.loss == pytest.approx(wanted.softmax.loss, rel=1e-6)
    _fused_tile.compiled.cache_clear()


def test_where_dynamo_is_switched_off_nothing_is_compiled():
    _fused_tile.compiled.cache_clear()
    with torch._dynamo.config.patch(disable=True):
        found = _fused_tile.compiled(_fused_tile.totals)(torch.eye(3), torch.tensor(0.0, dtype=torch.float64), 10)
    assert found.total.tolist() == [1, 1, 1]
    _fused_tile.compiled.cache_clear()


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), ValueError("no such bins")])
def test_errors_of_the_reading_itself_are_not_taken_for_those_of_a_compiler(monkeypatch, error):
    def failing(*_):
        raise error

    monkeypatch.setattr(torch, "compile", lambda read, fullgraph: read)
    with pytest.raises(type(error), match=str(error)):
        _fused_tile.compiled(failing)(torch.eye(3))


def test_few_kernels_read_a_tile():
    """Compiled, a tile is gone through along its rows and along its columns, not once for each of twenty numbers."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        pytest.skip("torch.compile needs a C++ compiler: apt-get install g++")
    from torch._inductor import metrics

    torch._dynamo.reset()
    _fused_tile.compiled.cache_clear()
    metrics.reset()
    one = torch.ones(64)
    limits, kernel = (one, one, one, one), (one[0].double(), one.double(), one.double())
    tile, number = torch.rand(64, 64), torch.tensor(0.5, dtype=torch.float64)
    _fused_tile.compiled(_fused_tile.cross_tile)(tile, number, 200, number, limits, (kernel, kernel), torch.tensor(0))
    assert 0 < metrics.generated_kernel_count <= 8


@pytest.mark.parametrize(
    ("free", "side"), [(80e9, 16_384), (8e9, 7872), (1e6, 1024)], ids=["large card", "small card", "full card"]
)
def test_a_tile_fits_into_half_of_what_is_free(monkeypatch, free, side):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(free), int(2 * free)))
    assert tiles.largest_tile(torch.device("cuda")) == side


def test_precision_settings_come_back_after_an_error():
    matmul = torch.backends.cuda.matmul
    torch.set_float32_matmul_precision("high")
    seen = []

    def fail():
        with tiles.full_precision():
            seen.append((torch.get_float32_matmul_precision(), matmul.allow_bf16_reduced_precision_reduction))
            raise RuntimeError("broken")

    try:
        with pytest.raises(RuntimeError, match="broken"):
            fail()
        assert seen == [("highest", False)]
        assert torch.get_float32_matmul_precision() == "high"
        assert matmul.allow_bf16_reduced_precision_reduction
    finally:
        torch.set_float32_matmul_precision("highest")
