import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmgap.metrics.gap_dimensions import gap_by_dimension
from tests.support.made_vectors import random_unit
from tests.support.real_vectors import real_pairs


@given(n=st.integers(1, 20), m=st.integers(1, 20), d=st.integers(1, 20), seed=st.integers(0, 999))
def test_equals_the_formula(n, m, d, seed):
    rng = np.random.default_rng(seed)
    x, y = random_unit(rng, n, d, 0.5), random_unit(rng, m, d)
    cut = gap_by_dimension(x, y)
    difference = x.mean(0) - y.mean(0)
    assert cut.gap_squared == pytest.approx(difference @ difference, abs=1e-12)
    assert sorted(cut.dimensions) == list(range(d))
    assert list(cut.shares) == sorted(cut.shares, reverse=True)
    if cut.gap_squared > 1e-12:
        assert cut.shares == pytest.approx(difference[list(cut.dimensions)] ** 2 / (difference @ difference), abs=1e-9)
        assert cut.top_share(d) == pytest.approx(1)


@pytest.mark.parametrize("n", [2, 20])
def test_no_gap_has_no_shares(n):
    collapsed = np.tile([0.6, 0.8], (n, 1))
    assert gap_by_dimension(collapsed, collapsed).shares == (0.0, 0.0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_narrow_dtypes_equal_their_own_values_in_float64(dtype):
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(random_unit(rng, 30, 8, s)).to(dtype) for s in (0.4, -0.4))
    wide = gap_by_dimension(x.double(), y.double(), raw=True)
    assert gap_by_dimension(x, y) == wide


def test_refusals():
    cut = gap_by_dimension(np.eye(3), -np.eye(3))
    for k in (0, 4):
        with pytest.raises(ValueError, match="between 1 and 3"):
            cut.top_share(k)
    with pytest.raises(ValueError, match="dimensions"):
        gap_by_dimension(np.eye(3), np.eye(2))


def test_real_vectors():
    cut = gap_by_dimension(*real_pairs())
    assert set(cut.dimensions[:2]) == {442, 362}
    assert round(cut.top_share(2), 3) == 0.686
    assert round(cut.top_share(5), 3) == 0.755
