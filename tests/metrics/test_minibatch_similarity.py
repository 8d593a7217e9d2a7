import numpy as np
import pytest

from mmgap.metrics import MinibatchCka, linear_cka

pytestmark = pytest.mark.usefixtures("one_thread")


def layers(n, seed):
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n, 6))
    return {"a": first, "b": np.tanh(first @ rng.normal(size=(6, 9))), "c": rng.normal(size=(n, 4))}


def test_one_batch_is_debiased_cka():
    one = layers(50, 0)
    cka = MinibatchCka(["a", "b"], ["a", "b", "c"])
    cka.add(one, one)
    expected = [[linear_cka(one[p], one[q]) for q in ("a", "b", "c")] for p in ("a", "b")]
    assert cka.matrix() == pytest.approx(np.array(expected))


def test_published_value():
    rng = np.random.RandomState(1337)
    x = rng.randn(100, 10)
    cka = MinibatchCka(["x"], ["y"])
    cka.add({"x": x}, {"y": rng.randn(100, 10) + x})
    assert cka.matrix()[0, 0] == pytest.approx(0.51346, abs=5e-6)


def slow_hsic(x, y):
    """Song's estimator, from Gram matrices without their diagonals."""
    k, m, n = x @ x.T, y @ y.T, len(x)
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    return (np.trace(k @ m) + k.sum() * m.sum() / (n - 1) / (n - 2) - 2 * (k @ m).sum() / (n - 2)) / (n * (n - 3))


def test_batches_of_several_sizes_equal_the_slow_sums():
    cka, sums = MinibatchCka(["a"], ["b"]), np.zeros(3)
    for n, seed in ((20, 1), (33, 2), (7, 3)):
        one = layers(n, seed)
        cka.add(one, one)
        pairs = (("a", "b"), ("a", "a"), ("b", "b"))
        sums += [slow_hsic(one[p].copy(), one[q].copy()) for p, q in pairs]
    assert cka.matrix()[0, 0] == pytest.approx(sums[0] / np.sqrt(sums[1] * sums[2]))


def test_small_batches_say_on_average_what_all_items_say():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(4000, 8))
    y = x @ rng.normal(size=(8, 8)) + 2 * rng.normal(size=(4000, 8))
    cka = MinibatchCka(["x"], ["y"])
    for start in range(0, 4000, 25):
        cka.add({"x": x[start : start + 25]}, {"y": y[start : start + 25]})
    assert cka.matrix()[0, 0] == pytest.approx(linear_cka(x, y), abs=0.03)


def test_a_layer_without_spread_is_named():
    cka = MinibatchCka(["flat"], ["a"])
    cka.add({"flat": np.ones((9, 2))}, layers(9, 0))
    with pytest.raises(ValueError, match="layer flat: no spread"):
        cka.matrix()
