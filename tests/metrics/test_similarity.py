import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

from mmgap.metrics import gaussian, similarity
from mmgap.metrics.similarity import cka_permutation_null, linear_cka, rbf_cka
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def golden_pair():
    rng = np.random.RandomState(1337)
    x = rng.randn(100, 10)
    return x, rng.randn(100, 10) + x


def slow_hsic(kx, ky, debiased):
    """From the two N×N Gram matrices: plain double centring, or Székely and Rizzo's U-centring."""
    n = len(kx)
    if not debiased:
        h = np.eye(n) - 1 / n
        return np.trace(h @ kx @ h @ ky)

    def u_centred(g):
        g = g - np.diag(np.diag(g))
        rows = g.sum(1)
        u = g - rows[:, None] / (n - 2) - rows[None] / (n - 2) + g.sum() / ((n - 1) * (n - 2))
        return u - np.diag(np.diag(u))

    return np.sum(u_centred(kx) * u_centred(ky))


def slow_cka(kx, ky, debiased=False):
    return slow_hsic(kx, ky, debiased) / np.sqrt(slow_hsic(kx, kx, debiased) * slow_hsic(ky, ky, debiased))


def slow_gram(v, threshold):
    squared = np.array([[np.sum((a - b) ** 2) for b in v] for a in v])
    return np.exp(-squared / (2 * threshold**2 * np.median(squared)))


def test_published_values(golden_pair):
    assert round(linear_cka(*golden_pair, debiased=False), 5) == 0.55761
    assert round(linear_cka(*golden_pair), 5) == 0.51346
    assert round(rbf_cka(*golden_pair, threshold=0.5), 5) == 0.65483


@pytest.mark.parametrize("debiased", [False, True])
@pytest.mark.parametrize(("n", "d", "e"), [(30, 4, 7), (12, 40, 3), (9, 30, 50)])
def test_linear_equals_the_gram_formula(n, d, e, debiased, monkeypatch):
    monkeypatch.setattr(similarity, "_CHUNK", 7)
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=(n, d)) + 2, rng.normal(size=(n, e)) - 1
    expected = slow_cka(x @ x.T, y @ y.T, debiased)
    assert linear_cka(x, y, debiased=debiased) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("threshold", [0.3, 1.0])
def test_rbf_equals_the_gram_formula(threshold, golden_pair, monkeypatch):
    monkeypatch.setattr(similarity, "TILE", 13)
    x, y = golden_pair[0][:40], golden_pair[1][:40, :3]
    expected = slow_cka(slow_gram(x, threshold), slow_gram(y, threshold))
    assert rbf_cka(x, y, threshold=threshold) == pytest.approx(expected, rel=1e-9)


@given(n=st.integers(5, 30), d=st.integers(2, 12), e=st.integers(1, 12), seed=st.integers(0, 999))
def test_separate_rotation_scale_and_shift_change_nothing(n, d, e, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(n, e))
    moved = 7 * x @ ortho_group.rvs(d, random_state=seed) - 3
    for cka in (linear_cka, lambda a, b: linear_cka(a, b, debiased=False), rbf_cka):
        value = cka(x, y)
        assert cka(moved, y) == pytest.approx(value, abs=1e-8)
        assert cka(y, x) == pytest.approx(value, abs=1e-8)
        assert cka(x, moved) == pytest.approx(1, abs=1e-8)
        assert value <= 1
    assert linear_cka(x, y, debiased=False) >= 0
    assert rbf_cka(x, y) >= 0


def test_bias_and_its_cure():
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(size=(30, 20)), rng.normal(size=(30, 20))) for _ in range(100)]
    biased, debiased = (np.mean([linear_cka(*p, debiased=d) for p in pairs]) for d in (False, True))
    assert biased > 0.3
    assert abs(debiased) < 0.02


@pytest.mark.parametrize("debiased", [False, True])
def test_permutation_null(golden_pair, debiased):
    related = cka_permutation_null(*golden_pair, debiased=debiased, permutations=99)
    assert related.value == linear_cka(*golden_pair, debiased=debiased)
    assert related.p_value == pytest.approx(0.01)
    assert abs(related.null_mean - (0 if debiased else 0.09)) < 0.02
    assert related == cka_permutation_null(*golden_pair, debiased=debiased, permutations=99)
    x = golden_pair[0]
    unrelated = cka_permutation_null(x, np.random.default_rng(0).permutation(x), debiased=debiased, permutations=99)
    assert unrelated.p_value > 0.05


def test_a_shuffle_of_the_null_is_linear_cka_of_shuffled_rows(golden_pair):
    x, y = golden_pair
    one = cka_permutation_null(x, y, permutations=1, seed=5)
    assert one.null_mean == pytest.approx(linear_cka(x, y[np.random.default_rng(5).permutation(100)]), rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_narrow_dtypes_equal_their_own_values_in_float64(golden_pair, dtype):
    x, y = (torch.from_numpy(v).to(dtype) for v in golden_pair)
    assert linear_cka(x, y) == pytest.approx(linear_cka(x.double(), y.double()), rel=1e-9)
    assert rbf_cka(x, y) == pytest.approx(rbf_cka(x.double(), y.double()), rel=1e-9)


def test_thinned_median(golden_pair, monkeypatch):
    whole = rbf_cka(*golden_pair)
    monkeypatch.setattr(gaussian, "MEDIAN_ROWS", 60)
    assert rbf_cka(*golden_pair) == pytest.approx(whole, abs=0.03)


def test_refusals(golden_pair):
    x, y = golden_pair
    with pytest.raises(ValueError, match="same items"):
        linear_cka(x, y[:-1])
    with pytest.raises(ValueError, match="at least 4"):
        linear_cka(x[:3], y[:3])
    assert linear_cka(x[:2], y[:2], debiased=False) == pytest.approx(1)
    for debiased in (False, True):
        with pytest.raises(ValueError, match="y: its rows are all equal"):
            linear_cka(x, np.ones_like(y), debiased=debiased)
    with pytest.raises(ValueError, match="equally far apart"):
        linear_cka(np.eye(5), x[:5])
    with pytest.raises(ValueError, match="x: the median distance is 0"):
        rbf_cka(np.ones_like(x), y)
    with pytest.raises(ValueError, match="threshold"):
        rbf_cka(x, y, threshold=0)
    with pytest.raises(ValueError, match="permutations"):
        cka_permutation_null(x, y, permutations=0)


def test_real_vectors():
    x, y = real_pairs()
    assert round(linear_cka(x, y, debiased=False), 5) == 0.63620
    assert round(linear_cka(x, y), 5) == 0.60459
    null = cka_permutation_null(x, y, debiased=False, permutations=20)
    assert null.null_mean == pytest.approx(0.083, abs=0.003)
