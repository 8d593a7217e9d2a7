import importlib

import numpy as np
import pytest
from scipy.stats import ortho_group, rankdata

from mmgap.metrics.information_imbalance import information_imbalance
from mmgap.stats import imbalance_intervals
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


def slow_imbalance(x, y):
    """Item by item: distances, ranks with ties averaged, the mean over tied neighbours."""
    n, total = len(x), 0.0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        near, far = (np.array([1 - v[i] @ v[j] for j in others]).round(9) for v in (x, y))
        total += rankdata(far)[near == near.min()].mean()
    return 2 * total / n**2


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def drawn(shape, seed):
    return random_unit(np.random.default_rng(seed), *shape)


def related(n, seed):
    x = drawn((n, 5), seed)
    return x, unit(x + 0.6 * drawn((n, 5), seed + 1000))


@pytest.mark.parametrize("block", [1, 100, 1 << 24])
@pytest.mark.parametrize("n", [2, 3, 40])
def test_equals_the_slow_loop(n, block, monkeypatch):
    monkeypatch.setattr(importlib.import_module("mmgap.metrics.information_imbalance"), "_BLOCK", block)
    x, y = drawn((n, 3), 1), drawn((n, 5), 2)
    found = information_imbalance(x, y)
    assert found.x_to_y == pytest.approx(slow_imbalance(x, y), abs=1e-12)
    assert found.y_to_x == pytest.approx(slow_imbalance(y, x), abs=1e-12)


def test_ties_are_averaged_on_both_sides():
    rng = np.random.default_rng(0)
    x, y = (drawn((6, 3), seed)[rng.integers(0, 6, 30)] for seed in (3, 4))  # six different rows of thirty
    found = information_imbalance(x, y)
    assert found.x_to_y == pytest.approx(slow_imbalance(x, y), abs=1e-12)
    assert found.y_to_x == pytest.approx(slow_imbalance(y, x), abs=1e-12)


def test_a_collapsed_space_tells_nothing():
    x, y = np.tile(unit(np.ones((1, 4))), (50, 1)), drawn((50, 4), 5)
    found = information_imbalance(x, y)
    assert found.x_to_y == pytest.approx(1)
    assert found.y_to_x == pytest.approx(1)


def test_an_isometry_has_rank_one_throughout():
    x = drawn((300, 6), 6)
    found = information_imbalance(x, x @ ortho_group.rvs(6, random_state=0))
    assert found.x_to_y == found.y_to_x == 2 / 300


def test_what_holds_more_predicts_what_holds_less():
    whole = np.random.default_rng(7).normal(size=(400, 4)) * [3, 3, 1, 1]
    found = information_imbalance(unit(np.c_[whole, np.ones(400)]), unit(np.c_[whole[:, :1], np.ones(400)]))
    assert found.x_to_y < found.y_to_x


def test_float32_agrees():
    x, y = drawn((2100, 8), 8), drawn((2100, 8), 9)
    y = unit(x + y)
    exact, single = (information_imbalance(x.astype(kind), y.astype(kind)) for kind in (np.float64, np.float32))
    assert single.x_to_y == pytest.approx(exact.x_to_y, abs=1e-4)


def test_row_counts_must_agree():
    with pytest.raises(ValueError, match="3 rows in x, 4 in y"):
        information_imbalance(np.eye(4)[:3], np.eye(4))


def test_the_interval_covers_what_samples_give_on_average():
    truth = np.mean([information_imbalance(*related(200, seed)).x_to_y for seed in range(100, 400)])
    found = [imbalance_intervals(*related(200, seed), seed=seed)[0] for seed in range(40)]
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.85


def test_a_bootstrap_with_replacement_would_find_agreement_where_there_is_none():
    x, y = drawn((200, 5), 10), drawn((200, 5), 11)
    rows = np.random.default_rng(0).integers(0, 200, 200)
    assert information_imbalance(x[rows], y[rows]).x_to_y < 0.5
    found, _ = imbalance_intervals(x, y)
    assert found.low < 1 < found.high


def test_the_interval_of_an_isometry_is_a_point():
    x = drawn((100, 3), 12)
    found, back = imbalance_intervals(x, x[:, ::-1].copy())
    assert (found.low, found.high, back.low) == pytest.approx((0.02, 0.02, 0.02))


def test_clusters_widen_the_interval():
    """In half of the clusters texts follow their images, in the other half they do not."""
    cluster, x = np.arange(300) % 20, drawn((300, 4), 13)
    y = np.where((cluster < 10)[:, None], x, drawn((300, 4), 14))
    alone, _ = imbalance_intervals(x, y)
    together, _ = imbalance_intervals(x, y, clusters=cluster)
    assert (together.value, together.n) == (alone.value, 20)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_too_few_clusters():
    with pytest.raises(ValueError, match="at least 8, got 2"):
        imbalance_intervals(drawn((20, 3), 0), drawn((20, 3), 1), clusters=np.arange(20) % 2)
