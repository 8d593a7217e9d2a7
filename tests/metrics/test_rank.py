import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

from mmgap.metrics import covariances
from mmgap.metrics.rank import effective_rank
from tests.support.made_vectors import random_unit
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


def slow(x):
    x = np.asarray(x, dtype=np.float64)
    values = [max(v, 0.0) for v in np.linalg.eigvalsh(np.cov(x.T).reshape(x.shape[1], -1))]
    shares = [v / sum(values) for v in values]
    return np.exp(-sum(p * np.log(p) for p in shares if p > 0))


@pytest.mark.parametrize(("n", "d"), [(2, 3), (7, 20), (20, 7), (300, 5), (12, 12)])
def test_equals_the_formula(n, d):
    x = random_unit(np.random.default_rng(n), n, d, 0.5)
    assert effective_rank(x) == pytest.approx(slow(x), rel=1e-6)


@given(n=st.integers(2, 30), d=st.integers(1, 30), seed=st.integers(0, 999))
def test_bounds(n, d, seed):
    x = np.random.default_rng(seed).normal(size=(n, d))
    assert 1 <= effective_rank(x, raw=True) <= min(n - 1, d)


def test_rotation_shift_and_scale_change_nothing():
    rng = np.random.default_rng(0)
    x = random_unit(rng, 40, 9, 0.3)
    moved = 3 * x @ ortho_group.rvs(9, random_state=1) + 5
    assert effective_rank(moved, raw=True) == pytest.approx(effective_rank(x), rel=1e-9)


def test_even_spread_reaches_the_upper_end_and_a_line_the_lower():
    assert effective_rank(np.eye(6)) == pytest.approx(5, rel=1e-12)
    assert effective_rank(np.linspace(0, 1, 9)[:, None] * np.ones(4), raw=True) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("n", [2, 21])
def test_collapsed_set_has_rank_one(n, dtype):
    row = torch.nn.functional.normalize(torch.arange(1.0, 8).double(), dim=0).to(dtype)
    assert effective_rank(row.repeat(n, 1)) == 1


def test_rounding_alone_is_no_spread():
    x = random_unit(np.random.default_rng(0), 1, 16).repeat(30, axis=0)
    x[::2] *= 1 + 2.0**-52
    assert effective_rank(x) == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_narrow_dtypes_equal_their_own_values_in_float64(dtype):
    x = torch.from_numpy(random_unit(np.random.default_rng(3), 60, 16, 0.4)).to(dtype)
    assert effective_rank(x) == pytest.approx(slow(x.double().numpy()), rel=1e-9)


def test_chunks_do_not_show(monkeypatch):
    x = random_unit(np.random.default_rng(5), 97, 6, 0.4)
    whole = effective_rank(x)
    monkeypatch.setattr(covariances, "_CHUNK_ELEMENTS", 1)  # chunks of 2·d rows
    assert effective_rank(x) == pytest.approx(whole, rel=1e-12)


def test_refuses_one_row_and_rows_off_the_sphere():
    with pytest.raises(ValueError, match="at least 2"):
        effective_rank(np.ones((1, 1)))
    with pytest.raises(ValueError, match="row 0 has norm 2"):
        effective_rank(2 * np.eye(3))


def test_real_vectors():
    for v in real_pairs():
        assert effective_rank(v) == pytest.approx(slow(v), rel=1e-6)
