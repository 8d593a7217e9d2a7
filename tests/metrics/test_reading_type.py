"""Tiles that are read in float32, where float64 is slow: each number beside NumPy's in float64 of the same entries."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.metrics import _fused_tile, _torch_reducers, tiles
from mmgap.metrics._reading_type import reading_type
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from tests.support import pairwise_oracles as slow

#: Half a unit in the last place of float32.
U = 2.0**-24
shapes = st.tuples(st.integers(1, 70), st.integers(1, 70))


def made(seed, shape, kind, absent):
    """A float32 tile of cosines, −∞ where there is nothing, and whole lines of it."""
    rng = np.random.default_rng(seed)
    tile = {
        "wide": rng.uniform(-1, 1, shape),
        "narrow": 0.7 + 1e-3 * rng.normal(size=shape),
        "equal": np.full(shape, 0.3),
        "far apart": np.where(np.arange(shape[0])[:, None] % 2, -1, 1) * np.ones(shape),
    }[kind].clip(-1, 1).astype(np.float32)  # fmt: skip
    tile[rng.random(shape) < absent] = -np.inf
    tile[0], tile[:, -1] = (-np.inf, -np.inf) if absent > 0.5 else (tile[0], tile[:, -1])
    return tile


def number(value):
    return torch.tensor(value, dtype=torch.float64)


def close(found, terms, rate, spread):
    """Sums of these terms, within what the module says of float32."""
    wanted, sizes = terms.sum(), np.abs(terms).sum()
    assert abs(float(found) - wanted) <= sizes * ((40 + 6 * rate * spread) * U + 1e-12)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), shape=shapes, kind=st.sampled_from(["wide", "narrow", "equal", "far apart"]),
    absent=st.sampled_from([0, 0.3, 0.9]), scale=st.sampled_from([1.0, 14.3, 100.0]), t=st.sampled_from([0.5, 2, 100]),
)  # fmt: skip
def test_every_sum_is_that_of_float64_within_its_bound(seed, shape, kind, absent, scale, t):
    tile = made(seed, shape, kind, absent)
    there, s = np.isfinite(tile), np.where(np.isfinite(tile), tile, 0).astype(np.float64)
    rng = np.random.default_rng(seed)
    weights = [np.exp(-t * (1 + 1e-3 * rng.normal(size=n))) for n in shape]
    kernel = (number(2.0 * t), *map(torch.from_numpy, weights))
    limits = tuple(torch.from_numpy(rng.uniform(-1, 1, n)).float() for n in np.repeat(shape, 2))
    read = torch.from_numpy(tile)
    arguments = (read, number(0.1), 200, number(scale), limits, (kernel, kernel), torch.tensor(0))
    found = _fused_tile.cross_tile(*arguments, torch.float32)
    exact = _fused_tile.cross_tile(*arguments, torch.float64)
    own = _fused_tile.within_tile(read, number(0.1), 200, kernel, kernel, torch.float32)
    e = np.where(there, np.exp(scale * s), 0)
    k = np.where(there, np.exp(2 * t * s) * weights[0][:, None] * weights[1], 0)
    for side, lines in enumerate((range(shape[0]), range(shape[1]))):
        for line in lines:
            of = (line, slice(None)) if side == 0 else (slice(None), line)
            spread = np.ptp(s[of][there[of]]) if there[of].any() else 0
            close(found.exponentials[side][line], e[of], scale, spread)
            close(found.drift[side][line], (e * s)[of], scale, spread)
            close(own.kernel[side][line], k[of], 2 * t, spread)
            if side == 0:
                close(found.kernels[0][line], k[of], 2 * t, spread)
                close(found.kernels[1][line], np.tril(k, -1)[of], 2 * t, spread)
                close(own.other[line], k[of], 2 * t, spread)
                v = np.where(there, s - 0.1, 0)[of]
                close(found.totals.total[line], v, 0, 0)
                close(found.totals.square[line], v**2, 0, 0)
                close(found.totals.absolute[line], np.abs(s[of]), 0, 0)
    for counted in ("above", "least"):
        for a, b in zip(getattr(found, counted), getattr(exact, counted), strict=True):
            assert torch.equal(a, b)
    for name in ("lowest", "lowest_at", "highest", "highest_at", "counts"):
        assert torch.equal(getattr(found.totals, name), getattr(exact.totals, name))


@pytest.mark.parametrize("repeated", [False, True])
def test_a_pass_that_is_read_in_float32_counts_the_same_and_keeps_its_digits(monkeypatch, repeated):
    rng = np.random.default_rng(0)
    x, y = (slow.unit(rng, 1500, 24, np.float32, offset=0.2) for _ in range(2))
    x, y = (torch.from_numpy(np.where(repeated, v[np.arange(1500) % 9], v)) for v in (x, 0.3 * x + 0.7 * y))
    x, y = (torch.nn.functional.normalize(v) for v in (x, y))
    monkeypatch.setattr(tiles, "TILE", 500)
    asked = {"dtype": torch.float32, "reducers": _torch_reducers}
    found = []
    for reading in (torch.float32, torch.float64):
        monkeypatch.setattr(_torch_reducers, "reading_type", lambda tile, reading=reading: reading)
        own = within(x, gamma=0.5, **asked)
        both = cross(x, y, relevance_of(None, 1500, 1500), logit_scale=100.0, deepest=5, gaussians=(0.5, 2.0), **asked)
        found.append((own, both))
    (own, both), (own64, both64) = found
    digits = 3e-8 if repeated else 1e-9  # the same entry is rounded the same way
    assert own.uniformity == pytest.approx(own64.uniformity, abs=digits)
    assert own.gaussian_sum == pytest.approx(own64.gaussian_sum, rel=digits)
    assert both.gaussian_sums == pytest.approx(both64.gaussian_sums, rel=digits)
    for side in ("i2t", "t2i"):
        for counted in ("above", "tied"):
            np.testing.assert_array_equal(*(getattr(getattr(v, side), counted) for v in (both, both64)))
        losses = (getattr(v.softmax, f"{side}_loss") for v in (both, both64))
        np.testing.assert_allclose(*losses, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(both.unmatched.counts, both64.unmatched.counts)
    assert (both.unmatched.minimum, both.unmatched.maximum) == (both64.unmatched.minimum, both64.unmatched.maximum)
    assert both.unmatched.std == pytest.approx(both64.unmatched.std, rel=1e-7)
    assert both.unmatched.mean_absolute == pytest.approx(both64.unmatched.mean_absolute, rel=1e-7)


FAST, SLOW = ((7, 0), (8, 0), (9, 0), (10, 0)), ((7, 5), (8, 6), (8, 9), (12, 0))


@pytest.mark.parametrize(
    ("capability", "expected"), [*((one, torch.float64) for one in FAST), *((one, torch.float32) for one in SLOW)]
)
def test_the_card_decides_of_float32_products(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    on_a_card = {"device": torch.device("cuda", 0)}
    assert reading_type(SimpleNamespace(dtype=torch.float32, **on_a_card)) == expected
    assert reading_type(SimpleNamespace(dtype=torch.float64, **on_a_card)) == torch.float64
    assert reading_type(torch.zeros(1)) == torch.float64
    monkeypatch.setattr(torch.version, "hip", "6.4")
    assert reading_type(SimpleNamespace(dtype=torch.float32, **on_a_card)) == torch.float64
