"""Pseudo-values: of a mean they are the items, groups hold whole clusters, their spread is that of the statistic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmgap.stats import pseudo_values


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=19))
def test_of_a_mean_of_few_items_they_are_the_items(values):
    items = np.array(values)
    found = pseudo_values(lambda rows: items[rows].mean(), np.arange(len(items)))
    assert sorted(found) == pytest.approx(sorted(values), abs=1e-9)


def test_groups_hold_whole_clusters_and_are_of_one_size():
    labels, left_out = np.repeat(np.arange(40), np.tile([1, 2, 3, 4], 10)), []
    every = set(range(len(labels)))

    def watched(rows):
        left_out.append(sorted(every - set(rows.tolist())))
        return 0.0

    pseudo_values(watched, labels, groups=10)
    groups = [one for one in left_out if one]
    assert sorted(item for one in groups for item in one) == list(range(len(labels)))
    assert {len(one) for one in groups} == {10}
    for one in groups:
        assert set(labels[one]).isdisjoint(labels[sorted(every - set(one))])


def test_each_is_by_the_formula_of_unequal_groups():
    items, labels = np.array([1.0, 5.0, 2.0, 8.0, 3.0]), np.array([0, 0, 0, 1, 2])
    spread = lambda rows: float(items[rows].std())  # noqa: E731
    wanted = [
        5 / len(out) * items.std() - (5 / len(out) - 1) * np.delete(items, out).std() for out in ([0, 1, 2], [3], [4])
    ]
    assert sorted(pseudo_values(spread, labels)) == pytest.approx(sorted(wanted))


def test_the_spread_is_that_of_the_statistic():
    rng, estimates, spreads = np.random.default_rng(0), [], []
    for _ in range(300):
        x, y = rng.normal(size=(2, 80))
        y = x + y
        together = lambda rows, x=x, y=y: float(np.corrcoef(x[rows], y[rows])[0, 1])  # noqa: E731
        found = pseudo_values(together, np.arange(80))
        estimates.append(together(np.arange(80)))
        spreads.append(found.var(ddof=1) / len(found))
    assert np.sqrt(np.mean(spreads)) == pytest.approx(np.std(estimates), rel=0.15)


def test_one_cluster_tells_nothing():
    with pytest.raises(ValueError, match="all 4 items belong to one cluster"):
        pseudo_values(lambda rows: 0.0, np.zeros(4))
