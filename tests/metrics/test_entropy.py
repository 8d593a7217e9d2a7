import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import entropy as scipy_entropy

from mmgap.metrics import entropy
from mmgap.metrics.entropy import logit_entropy
from tests.support.made_vectors import random_unit
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


def slow(x, y, scale):
    return np.mean([scipy_entropy(softmax([scale * np.dot(a, b) for b in y])) for a in x])


@pytest.mark.parametrize("tile", [1, 3, 1024])
@pytest.mark.parametrize("scale", [0.0, 1.0, 100.0, 1e4])
def test_equals_the_double_loop(tile, scale, monkeypatch):
    monkeypatch.setattr(entropy, "_TILE", tile)
    rng = np.random.default_rng(0)
    x, y = random_unit(rng, 8, 5, 0.3), random_unit(rng, 11, 5)
    found = logit_entropy(x, y, logit_scale=scale)
    assert found.image_to_text == pytest.approx(slow(x, y, scale), rel=1e-9, abs=1e-12)
    assert found.text_to_image == pytest.approx(slow(y, x, scale), rel=1e-9, abs=1e-12)
    assert found.mean == (found.image_to_text + found.text_to_image) / 2


@given(
    n=st.integers(1, 20), m=st.integers(1, 20), d=st.integers(1, 9), scale=st.floats(0, 200), seed=st.integers(0, 99)
)
def test_bounds_and_joint_rotation(n, m, d, scale, seed):
    rng = np.random.default_rng(seed)
    x, y = random_unit(rng, n, d), random_unit(rng, m, d)
    found = logit_entropy(x, y, logit_scale=scale)
    assert 0 <= found.image_to_text <= np.log(m) + 1e-9
    assert 0 <= found.text_to_image <= np.log(n) + 1e-9
    q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    assert logit_entropy(x @ q, y @ q, logit_scale=scale).mean == pytest.approx(found.mean, abs=1e-9)


@pytest.mark.parametrize("n", [2, 20, 1025])
def test_collapsed_space_is_as_unsure_as_can_be(n):
    collapsed = torch.tensor([[0.6, 0.8]]).repeat(n, 1)
    found = logit_entropy(collapsed, collapsed[:2])
    assert found.image_to_text == pytest.approx(np.log(2))
    assert found.text_to_image == pytest.approx(np.log(n))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_narrow_dtypes_equal_their_own_values_in_float64(dtype):
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(random_unit(rng, 30, 8)).to(dtype) for _ in range(2))
    assert logit_entropy(x, y).mean == pytest.approx(logit_entropy(x.double(), y.double(), raw=True).mean, rel=1e-9)


def test_refusals():
    with pytest.raises(ValueError, match="dimensions"):
        logit_entropy(np.eye(3), np.eye(2))
    for scale in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="logit_scale"):
            logit_entropy(np.eye(3), np.eye(3), logit_scale=scale)


def test_real_vectors():
    x, y = real_pairs()
    found = logit_entropy(x, y)
    assert found.image_to_text == pytest.approx(scipy_entropy(softmax(100 * x @ y.T, axis=1), axis=1).mean(), rel=1e-9)
    assert found.text_to_image == pytest.approx(scipy_entropy(softmax(100 * x @ y.T, axis=0), axis=0).mean(), rel=1e-9)
