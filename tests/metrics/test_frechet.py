import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import ortho_group

from mmgap.metrics import gaussian
from mmgap.metrics.frechet import frechet_parts, frechet_squared, mmd_squared
from tests.support.made_vectors import random_unit
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return random_unit(rng, 60, 8, 0.5), random_unit(rng, 45, 8, np.linspace(-1, 1, 8))


def slow_mmd(x, y, kernel, unbiased):
    def mean(a, b):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if not (unbiased and a is b and i == j)]
        return sum(kernel(a[i], b[j]) for i, j in pairs) / len(pairs)

    return mean(x, x) + mean(y, y) - 2 * mean(x, y)


def test_equals_scipy_sqrtm(sets):
    x, y = sets
    cx, cy = np.cov(x.T), np.cov(y.T)
    parts = frechet_parts(x, y)
    assert parts.centroid == pytest.approx(np.sum((x.mean(0) - y.mean(0)) ** 2), rel=1e-12)
    assert parts.covariance == pytest.approx(np.trace(cx + cy - 2 * sqrtm(cx @ cy).real), rel=1e-9)
    assert frechet_squared(x, y) == parts.total == parts.centroid + parts.covariance


def test_commuting_covariances_have_a_closed_form():
    rng = np.random.default_rng(1)
    base, _ = np.linalg.qr(rng.normal(size=(50, 6)))
    base = np.linalg.qr(base - base.mean(0))[0] * 7.0  # 50 rows, mean 0, covariance the identity
    a, b = np.arange(1.0, 7), np.arange(6.0, 0, -1)
    assert frechet_squared(base * a, base * b, raw=True) == pytest.approx(np.sum((a - b) ** 2), rel=1e-9)


@given(n=st.integers(2, 25), m=st.integers(2, 25), d=st.integers(1, 20), seed=st.integers(0, 999))
def test_symmetric_rotation_invariant_never_below_the_gap(n, m, d, seed):
    rng = np.random.default_rng(seed)
    x, y = random_unit(rng, n, d, 0.3), random_unit(rng, m, d, -0.1)
    value = frechet_squared(x, y)
    q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    assert value >= np.sum((x.mean(0) - y.mean(0)) ** 2) - 1e-12
    assert frechet_squared(y, x) == pytest.approx(value, abs=1e-10)
    assert frechet_squared(x @ q, y @ q) == pytest.approx(value, abs=1e-10)
    assert frechet_squared(x, x[::-1]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n", [5, 200])
def test_singular_covariances_keep_their_digits(n):
    """Two orthogonal subspaces: the cross term is 0, so the covariance part is the sum of the traces."""
    rng = np.random.default_rng(2)
    q = ortho_group.rvs(40, random_state=0)
    x, y = rng.normal(size=(n, 20)) @ q[:20], rng.normal(size=(n, 20)) @ q[20:]
    expected = np.trace(np.cov(x.T)) + np.trace(np.cov(y.T))
    assert frechet_parts(x, y, raw=True).covariance == pytest.approx(expected, rel=1e-12)


def test_collapsed_sets_leave_the_gap():
    x, y = np.tile([1.0, 0.0], (21, 1)), np.tile([0.0, 1.0], (2, 1))
    assert frechet_parts(x, y).covariance == 0
    assert frechet_squared(x, y) == pytest.approx(2)
    assert frechet_squared(x, x) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_narrow_dtypes_equal_their_own_values_in_float64(sets, dtype):
    x, y = (torch.from_numpy(v).to(dtype) for v in sets)
    assert frechet_squared(x, y) == pytest.approx(frechet_squared(x.double(), y.double(), raw=True), rel=1e-9)


def test_refuses_what_has_no_covariance_or_another_width(sets):
    with pytest.raises(ValueError, match="y: needs at least 2"):
        frechet_squared(np.eye(2), np.eye(2)[:1])
    with pytest.raises(ValueError, match="dimensions"):
        frechet_squared(sets[0], np.eye(3))


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("tile", [7, 1024])
def test_mmd_equals_the_double_loop(sets, unbiased, tile, monkeypatch):
    monkeypatch.setattr(gaussian, "TILE", tile)
    x, y = sets[0][:20], sets[1][:15]
    estimator = "unbiased" if unbiased else "biased"
    linear = slow_mmd(x, y, np.dot, unbiased)
    assert mmd_squared(x, y, kernel="linear", estimator=estimator) == pytest.approx(linear, rel=1e-9)
    pooled = np.vstack([x, y])
    distances = [np.linalg.norm(pooled[i] - pooled[j]) for i in range(len(pooled)) for j in range(i)]
    width = np.median(np.square(distances)) ** 0.5
    for bandwidth, sigma in ((None, width), (0.7, 0.7)):
        rbf = slow_mmd(x, y, lambda a, b, s=sigma: np.exp(-np.sum((a - b) ** 2) / (2 * s**2)), unbiased)
        assert mmd_squared(x, y, estimator=estimator, bandwidth=bandwidth) == pytest.approx(rbf, rel=1e-9)


def test_linear_mmd_is_the_squared_gap_and_equal_sets_are_at_zero(sets):
    x, y = sets
    assert mmd_squared(x, y, kernel="linear") == pytest.approx(frechet_parts(x, y).centroid, rel=1e-12)
    assert mmd_squared(x, x[::-1]) == pytest.approx(0, abs=1e-14)
    collapsed = np.tile([0.6, 0.8], (5, 1))
    assert mmd_squared(collapsed, collapsed) == 0


def test_unbiased_mmd_of_one_distribution_is_zero_on_average():
    rng = np.random.default_rng(4)
    for kernel in ("linear", "rbf"):
        values = [
            mmd_squared(random_unit(rng, 20, 5), random_unit(rng, 20, 5), kernel=kernel, estimator="unbiased")
            for _ in range(200)
        ]
        assert abs(np.mean(values)) < 4 * np.std(values) / 200**0.5
        assert min(values) < 0


def test_the_median_needs_no_more_than_its_rows(sets, monkeypatch):
    x, y = sets
    whole = gaussian.median_squared_distance(torch.from_numpy(x), torch.from_numpy(y))
    monkeypatch.setattr(gaussian, "MEDIAN_ROWS", 70)
    assert len(gaussian.spread_rows(torch.from_numpy(x), torch.from_numpy(y))) == 70
    assert gaussian.median_squared_distance(torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(whole, rel=0.1)


@pytest.mark.parametrize(
    "wrong", [{"kernel": "cubic"}, {"estimator": "best"}, {"bandwidth": -1.0}, {"kernel": "linear", "bandwidth": 1.0}]
)
def test_mmd_refuses_unknown_settings(sets, wrong):
    with pytest.raises(ValueError, match="kernel"):
        mmd_squared(*sets, **wrong)


def test_real_vectors():
    parts = frechet_parts(*real_pairs())
    assert round(parts.centroid, 4) == 0.7248
    assert round(parts.covariance, 4) == 0.3804
    assert round(parts.total, 4) == 1.1052
