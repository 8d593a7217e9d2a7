"""Every map of unit rows equals its formula, row by row in float64; odd input is the right value or one line."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmgap import spaces
from mmgap.spaces import Affine, Pairs, SpaceError
from mmgap.spaces.fitting import ChosenMap

pytestmark = pytest.mark.usefixtures("one_thread")

FORMULAS = ("centre", "zscore", "whiten:0.01", "zca:0.02", "pca-drop:2", "gap-drop:2", "project-gap:2", "shift:0.4")
CENTRING = ("centre", "zscore", "whiten", "zca", "pca-drop")

#: Maps with a strength.
MAPS = [name for name in spaces.registry.names() if isinstance(spaces.parse(name), ChosenMap)]


def unit(row):
    return row / np.sqrt(sum(value * value for value in row))


def drawn(seed, n=30, d=5, split="train", captions=1, extra=0):
    """Pairs with several captions an image, of which the first has more than the others."""
    rng = np.random.default_rng(seed)
    owner = np.sort(np.concatenate([np.repeat(np.arange(n), captions), np.zeros(extra, dtype=int)]))
    images = rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d) + rng.normal(size=d)
    return Pairs("made-up", split, images, images[owner] + rng.normal(size=(len(owner), d)), owner)


def covariance(rows, mean):
    return sum(np.outer(row - mean, row - mean) for row in rows) / len(rows)


def power(matrix, of):
    values, vectors = np.linalg.eigh(matrix)
    return sum(of(value) * np.outer(vector, vector) for value, vector in zip(values, vectors.T, strict=True))


def slow(spec, train, test):
    """Both sides of test by the formula in the space's docstring."""
    name = spec.partition(":")[0]
    fitted = [[unit(row) for row in side] for side in (train.images, train.texts)]
    means = [sum(rows) / len(rows) for rows in fitted]
    spreads = [covariance(rows, mean) for rows, mean in zip(fitted, means, strict=True)]
    gap, pooled, d = means[0] - means[1], (spreads[0] + spreads[1]) / 2, len(means[0])

    def leading(matrix, k):
        vectors = np.linalg.eigh(matrix)[1]
        return sum((np.outer(v, v) for v in vectors.T[::-1][:k]), np.zeros((d, d)))

    def one(row, side):
        row, mean = unit(row), means[side]
        sign = (-1, 1)[side]
        if name == "centre":
            return unit(row - mean)
        if name == "zscore":
            return unit(np.array([(row[j] - mean[j]) / np.sqrt(spreads[side][j, j]) for j in range(d)]))
        if name == "whiten":
            return unit(power(pooled, lambda value: (value + 0.01) ** -0.5) @ (row - mean))
        if name == "zca":
            return unit(power(spreads[side], lambda value: (value + 0.02) ** -0.5) @ (row - mean))
        if name == "pca-drop":
            return unit((row - mean) - leading(pooled, 2) @ (row - mean))
        if name == "gap-drop":
            largest = sorted(range(d), key=lambda j: -abs(gap[j]))[:2]
            return unit(np.array([0 if j in largest else row[j] for j in range(d)]))
        if name == "project-gap":
            return row + (gap - leading(spreads[0], 2) @ gap if side else 0)
        return unit(row + sign * 0.2 * gap / np.sqrt(gap @ gap))

    return [np.array([one(row, side) for row in rows]) for side, rows in enumerate((test.images, test.texts))]


@pytest.mark.parametrize("spec", FORMULAS)
@given(
    seed=st.integers(0, 1000),
    n=st.integers(3, 40),
    d=st.integers(4, 9),
    captions=st.integers(1, 3),
    extra=st.integers(0, 4),
)
def test_equal_to_the_formula(spec, seed, n, d, captions, extra):
    train, test = drawn(seed, n, d, captions=captions, extra=extra), drawn(seed + 1, 4, d, "test", 2)
    for found, wanted in zip(
        spaces.parse(spec).fit(train).transform(test.images, test.texts), slow(spec, train, test), strict=True
    ):
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, wanted, atol=1e-8)


@pytest.mark.parametrize("spec", FORMULAS)
def test_every_kind_of_array(spec, tmp_path):
    train, test = drawn(0), drawn(1, 6, split="test")
    wanted = spaces.parse(spec).fit(train).transform(test.images, test.texts)

    def mapped_file(v):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.npy"
        np.save(path, v.astype(np.float32))
        return np.load(path, mmap_mode="r")

    kinds = {
        "float32": (lambda v: v.astype(np.float32), 1e-5),
        "float16": (lambda v: v.astype(np.float16), 2e-2),
        "torch": (lambda v: torch.from_numpy(v).float(), 1e-5),
        "bfloat16": (lambda v: torch.from_numpy(v).bfloat16(), 1e-1),
        "memory map": (mapped_file, 1e-5),
        "other byte order": (lambda v: v.astype(">f4"), 1e-5),
    }
    for kind, (cast, tolerance) in kinds.items():
        made = Pairs("made-up", "train", cast(train.images), cast(train.texts), train.owner)
        found = spaces.parse(spec).fit(made).transform(cast(test.images), cast(test.texts))
        for side, right in zip(found, wanted, strict=True):
            assert side.dtype == np.float32, kind
            np.testing.assert_allclose(side, right, atol=tolerance, err_msg=kind)


@pytest.mark.parametrize("width", [5, 7])
def test_blocks_and_threads_change_nothing(width):
    rng = np.random.default_rng(0)
    weight, rows = rng.normal(size=(width, 5)), rng.normal(size=(900_000, 5)) + 100
    centre, bias = np.full(5, 100.0), rng.normal(size=width)
    torch.set_num_threads(2)  # given back by the fixture
    found = Affine(weight, bias, centre)(rows)
    np.testing.assert_allclose(found, (rows - centre) @ weight.T + bias, atol=1e-12)
    np.testing.assert_allclose(Affine(weight, bias, centre)(rows.astype(np.float32)), found, atol=1e-3)


def test_extreme_and_zero_rows_come_to_length_one():
    fitted = spaces.parse("shift:0").fit(drawn(0, d=2))
    rows = np.array([[3e30, 4e30], [3e-40, 4e-40], [0, 0], [3, 4]])
    wanted = [[0.6, 0.8], [0.6, 0.8], [0, 0], [0.6, 0.8]]
    np.testing.assert_allclose(fitted.map.images(rows.astype(np.float32)), wanted, atol=1e-4)
    rows[:2] **= 9
    np.testing.assert_allclose(
        fitted.map.images(np.array([[3e300, 4e300], [3e-300, 4e-300], [0, 0], [3, 4]])), wanted, atol=1e-12
    )


def test_a_coordinate_that_never_varies_is_centred_alone():
    train = drawn(0)
    train.images[:, 0] = train.texts[:, 0] = 0
    images, _ = spaces.parse("zscore").fit(train).transform(train.images, train.texts)
    assert np.isfinite(images).all()
    np.testing.assert_allclose(images[:, 0], 0, atol=1e-12)


@pytest.mark.parametrize("spec", CENTRING)
def test_equal_rows_leave_nothing(spec):
    train = drawn(0)
    train.texts[:] = train.texts[0]
    with pytest.raises(SpaceError, match=f"{spec}: all 30 text vectors of made-up train are equal"):
        spaces.parse(spec).fit(train)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_named(value):
    train = drawn(0)
    train.images[7, 2] = value
    with pytest.raises(SpaceError, match="made-up train: row 7 of the images holds NaN or infinity"):
        spaces.parse("centre").fit(train)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("pca-drop:5", "pca-drop: k = 5 leaves nothing of 5 dimensions"),
        ("gap-drop:9", "gap-drop: k = 9 leaves nothing"),
        ("project-gap:5", "project-gap: rank 5 leaves none of 5 directions"),
        ("gap-drop:0", "gap-drop: k must be at least 1"),
        ("project-gap:-1", "project-gap: rank must be at least 0"),
        ("zca:0", "zca: eps must be above 0"),
    ],
)
def test_a_strength_that_cannot_be(spec, message):
    with pytest.raises(SpaceError, match=message):
        spaces.parse(spec).fit(drawn(0))


@pytest.mark.parametrize("spec", ["whiten", "zca"])
def test_fewer_images_than_dimensions_raise_the_alarm(spec):
    fitted = spaces.parse(spec).fit(drawn(0, n=20, d=30))
    assert f"OVER-FITTING ALARM: {spec} was fitted on fewer images (20)" in fitted.notes[1]


@pytest.mark.parametrize("spec", [name for name in MAPS if len(spaces.parse(name).ladder()) > 1])
def test_ladders_and_the_fixed_strength(spec):
    ladder = spaces.parse(spec).ladder()
    kind = spaces.registry.get(spec)
    assert [spaces.parse(rung).given for rung in ladder] == list(kind.strengths)
    assert spaces.parse(ladder[0]).ladder() == ladder[:1]
    assert spaces.parse(f"centre+{spec}").ladder() == tuple(f"centre+{rung}" for rung in ladder)
    if kind.usual < 8:
        assert spaces.parse(f"{spec}:select=fixed").fit(drawn(0, d=8)).strength == kind.usual
