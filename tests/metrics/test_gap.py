"""Gap, misalignment, RMG, uniformity, cone: bounds, identities and invariances."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap import metrics
from tests.support import pairwise_oracles as slow

modest = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@st.composite
def pair(draw, low=2, high=40):
    rng = np.random.default_rng(draw(seeds))
    n, d = draw(st.integers(low, high)), draw(st.integers(1, 12))
    return slow.unit(rng, n, d, offset=draw(st.floats(-2, 2))), slow.unit(rng, n, d, offset=draw(st.floats(-2, 2)))


def rotation(d, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


@modest
@given(pair())
def test_definitions(sets):
    x, y = sets
    n, s = len(x), x @ y.T
    gap, apart = metrics.modality_gap(x, y), metrics.misalignment(x, y)
    assert gap == pytest.approx(np.sqrt(((x.mean(0) - y.mean(0)) ** 2).sum()), abs=1e-12)
    assert apart == pytest.approx(np.mean([((a - b) ** 2).sum() for a, b in zip(x, y, strict=True)]), abs=1e-12)
    assert apart == pytest.approx(2 - 2 * np.mean(np.diag(s)), abs=1e-12)
    assert metrics.l2i(x, y) == pytest.approx(np.mean([np.linalg.norm(x[i] - y[i]) for i in range(n)]), abs=1e-12)
    assert metrics.uniformity(x) == pytest.approx(slow.uniformity(x), abs=1e-11)
    f = [max(0.0, (1 - c) / 2) for c in (np.diag(s).mean(), slow.within(x).mean(), slow.within(y).mean())]
    if sum(f) > 1e-9:
        assert metrics.relative_modality_gap(x, y) == pytest.approx(f[0] / (f[0] + (f[1] + f[2]) / 2), abs=1e-9)


@modest
@given(pair())
def test_bounds(sets):
    x, y = sets
    n, gap, apart = len(x), metrics.modality_gap(x, y), metrics.misalignment(x, y)
    assert 0 <= gap <= 2 + 1e-12
    assert gap**2 - 1e-12 <= apart <= 4 + 1e-12
    assert -4 * n / (n - 1) - 1e-9 <= metrics.uniformity(x) <= 1e-12
    assert 0 <= metrics.relative_modality_gap(x, y) <= 1
    assert 0 <= metrics.l2i(x, y) <= 2 + 1e-12


@modest
@given(pair())
def test_centroid_and_residual_add_up_to_misalignment(sets):
    x, y = sets
    residual = np.mean((((x - x.mean(0)) - (y - y.mean(0))) ** 2).sum(axis=1))
    assert metrics.misalignment(x, y) == pytest.approx(metrics.modality_gap(x, y) ** 2 + residual, abs=1e-12)


@modest
@given(pair())
def test_gap_from_the_three_full_matrices(sets):
    x, y = sets
    squared = (x @ x.T).mean() + (y @ y.T).mean() - 2 * (x @ y.T).mean()
    assert metrics.modality_gap(x, y) ** 2 == pytest.approx(squared, abs=1e-12)


@modest
@given(pair(low=3), seeds)
def test_invariances(sets, seed):
    x, y = sets
    q, order = rotation(x.shape[1], seed), np.random.default_rng(seed).permutation(len(x))
    close = {"abs": 1e-9}
    for metric in (metrics.modality_gap, metrics.misalignment, metrics.relative_modality_gap, metrics.uniformity):
        assert metric(x @ q, y @ q) == pytest.approx(metric(x, y), **close)
        assert metric(x[order], y[order]) == pytest.approx(metric(x, y), **close)
        assert metric(y, x) == pytest.approx(metric(x, y), **close)
    assert metrics.modality_gap(x, y[order]) == pytest.approx(metrics.modality_gap(x, y), **close)
    assert metrics.uniformity(x @ q, y) == pytest.approx(metrics.uniformity(x, y), **close)


def test_gap_sees_a_separate_rotation():
    rng = np.random.default_rng(0)
    x, y = slow.unit(rng, 30, 6, offset=1.0), slow.unit(rng, 30, 6, offset=1.0)
    assert abs(metrics.modality_gap(x @ rotation(6), y) - metrics.modality_gap(x, y)) > 0.1


@modest
@given(pair())
def test_centroid_cosine(sets):
    x, y = sets
    a, b = x.mean(0), y.mean(0)
    if min(np.linalg.norm(a), np.linalg.norm(b)) > 1e-3:
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert metrics.centroid_cosine(x, y) == pytest.approx(cosine, abs=1e-9)


def test_centroid_at_the_origin_has_no_direction():
    balanced = np.array([[1.0, 0.0], [-1.0, 0.0]])
    with pytest.raises(ValueError, match="texts: the centroid is at the origin"):
        metrics.centroid_cosine(np.eye(2), balanced)


def test_identical_and_shuffled_sets():
    x = slow.unit(np.random.default_rng(0), 50, 8)
    assert metrics.modality_gap(x, x) == metrics.misalignment(x, x) == metrics.relative_modality_gap(x, x) == 0
    shuffled = np.roll(x, 1, axis=0)
    assert metrics.modality_gap(x, shuffled) == pytest.approx(0, abs=1e-12)
    assert metrics.misalignment(x, shuffled) > 1


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("n", [2, 20, 1025])
def test_identical_points(n, dtype):
    v = torch.from_numpy(slow.unit(np.random.default_rng(1), 1, 24)).to(dtype).expand(n, -1).contiguous()
    assert metrics.uniformity(v) == pytest.approx(0, abs=1e-12)
    assert metrics.uniformity(v, v) == pytest.approx(0, abs=1e-12)
    assert metrics.relative_modality_gap(v, v) == 0
    assert metrics.cone(v).std == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("noise", [0.0, 1e-8, 1e-7])
def test_coinciding_points_beyond_the_exact_rows(noise):
    rng = np.random.default_rng(1)
    v = torch.from_numpy(slow.unit(rng, 1, 24) + noise * rng.normal(size=(2100, 24))).float()
    dense = (v.double() @ v.double().T).numpy()[np.triu_indices(2100, 1)]
    assert metrics.uniformity(v) == pytest.approx(0, abs=1e-7)
    assert metrics.cone(v).std == pytest.approx(dense.std(), abs=1e-7)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_simplex_is_the_left_end_of_uniformity(n):
    v = np.eye(n) - 1 / n
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    assert metrics.uniformity(v) == pytest.approx(-4 * n / (n - 1), abs=1e-12)


def test_relative_gap_of_antipodal_cones_is_one():
    v = np.tile([[1.0, 0.0]], (4, 1))
    assert metrics.relative_modality_gap(v, -v) == 1


def test_uniformity_variants():
    rng = np.random.default_rng(2)
    x, y = slow.unit(rng, 70, 6), slow.unit(rng, 70, 6)
    kernel = np.exp(-2 * ((x[:, None] - y[None]) ** 2).sum(-1))
    own = np.exp(-2 * ((x[:, None] - x[None]) ** 2).sum(-1))
    below = np.tril_indices(70, -1)
    assert metrics.uniformity(x, variant="with_diagonal") == pytest.approx(np.log(own.mean()))
    assert metrics.uniformity(x, y, variant="cross") == pytest.approx(np.log(kernel[below].mean()))
    assert metrics.uniformity(x, y) == pytest.approx((slow.uniformity(x) + slow.uniformity(y)) / 2)
    assert metrics.uniformity(x) < metrics.uniformity(x, variant="with_diagonal")


def test_uniformity_arguments():
    x = np.eye(3)
    with pytest.raises(ValueError, match="variant must be"):
        metrics.uniformity(x, variant="diagonal")
    with pytest.raises(ValueError, match="give y"):
        metrics.uniformity(x, variant="cross")
    with pytest.raises(ValueError, match="3 images but 2 texts"):
        metrics.uniformity(x, x[:2], variant="cross")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtypes_agree_with_their_rounded_values(dtype):
    rng = np.random.default_rng(3)
    x, y = (torch.from_numpy(slow.unit(rng, 60, 32, offset=0.4)).to(dtype) for _ in range(2))
    a, b = x.double().numpy(), y.double().numpy()
    close = {"rel": 1e-9}
    assert metrics.modality_gap(x, y) == pytest.approx(np.linalg.norm(a.mean(0) - b.mean(0)), **close)
    assert metrics.misalignment(x, y) == pytest.approx(((a - b) ** 2).sum(1).mean(), **close)
    assert metrics.uniformity(x) == pytest.approx(slow.uniformity(a), **close)
    if dtype != torch.bfloat16:
        assert metrics.uniformity(x.numpy()) == metrics.uniformity(x)


def test_pairs_of_a_relevance_with_other_counts():
    rng = np.random.default_rng(4)
    x, y = slow.unit(rng, 4, 5), slow.unit(rng, 8, 5)
    pairs = np.stack([np.repeat(np.arange(4), 2), np.arange(8)], axis=1)
    expected = np.mean([((x[i] - y[j]) ** 2).sum() for i, j in pairs])
    assert metrics.misalignment(x, y, relevance=pairs) == pytest.approx(expected)
    assert metrics.misalignment(x, y, relevance=(np.arange(4), np.repeat(np.arange(4), 2))) == pytest.approx(expected)
    with pytest.raises(ValueError, match="4 images but 8 texts"):
        metrics.misalignment(x, y)


BAD = {
    "zero row": (np.array([[1.0, 0], [0, 0]]), "row 1 has norm 0"),
    "norm": (np.array([[1.0, 0], [1, 0], [0, 1.01]]), "row 2 has norm 1.01"),
    "nan": (np.array([[1.0, 0], [np.nan, 1]]), "row 1 holds NaN"),
    "infinity": (np.array([[np.inf, 0], [0, 1]]), "row 0 holds NaN or infinity"),
    "empty": (np.zeros((0, 2)), "at least"),
    "shape": (np.zeros(3), "expected shape"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    "metric", [metrics.modality_gap, metrics.misalignment, metrics.relative_modality_gap, metrics.uniformity]
)
def test_bad_rows_are_named(metric, bad):
    rows, message = BAD[bad]
    with pytest.raises(ValueError, match=message):
        metric(rows, np.eye(2))


def test_one_row_is_refused():
    one = np.ones((1, 1))
    for call in (
        lambda: metrics.uniformity(one),
        lambda: metrics.cone(one),
        lambda: metrics.relative_modality_gap(one, one),
        lambda: metrics.cosine_histograms(one, one),
    ):
        with pytest.raises(ValueError, match="at least 2 row"):
            call()


def test_widths_must_agree():
    with pytest.raises(ValueError, match="3 dimensions, texts 2"):
        metrics.modality_gap(np.eye(3), np.eye(2))


@modest
@given(pair(), seeds, st.integers(1, 4))
def test_uniformity_without_pairs_of_one_image(sets, seed, most):
    x, _ = sets
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(x)), rng.integers(1, most + 1, len(x)))
    rng.shuffle(owner)
    y = slow.unit(rng, len(owner), x.shape[1])
    text = slow.uniformity(y, owner=owner)
    assert metrics.uniformity(x, y, owner) == pytest.approx((slow.uniformity(x) + text) / 2, abs=1e-9)
    assert metrics.uniformity(y, owner=[f"image {i}" for i in owner]) == pytest.approx(text, abs=1e-9)
    kernel = [np.exp(-2 * ((a - y[owner != o]) ** 2).sum(axis=1)) for a, o in zip(y, owner, strict=True)]
    whole = np.log(np.mean(np.concatenate([*kernel, np.ones(len(y))])))
    assert metrics.uniformity(y, owner=owner, variant="with_diagonal") == pytest.approx(whole, abs=1e-9)


def test_equal_captions_of_an_image_do_not_pull_uniformity_up():
    captions = np.repeat(np.eye(4), 3, axis=0)
    assert metrics.uniformity(captions, owner=np.repeat(np.arange(4), 3)) == pytest.approx(-4, abs=1e-12)
    with pytest.raises(ValueError, match="all texts belong to one image"):
        metrics.uniformity(captions, owner=np.zeros(12, dtype=int))
    with pytest.raises(ValueError, match="one image label for each of 12 texts"):
        metrics.uniformity(captions, owner=[0, 1])
    with pytest.raises(ValueError, match="and no owner"):
        metrics.uniformity(captions, captions, np.arange(12), variant="cross")
