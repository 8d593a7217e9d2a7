"""The interval of hubness: over clusters, none for tiny sets, and its coverage where hubs are made."""

from __future__ import annotations

import numpy as np
import pytest

from mmgap import metrics
from mmgap.metrics.hubness import found_places
from mmgap.stats import hubness_interval


def cones(rng, n, d=32, apart=0.4):
    shared = rng.normal(size=(n, d))
    x, y = (shared + 0.8 * rng.normal(size=(n, d)) + apart * np.sqrt(d) * np.eye(d)[i] for i in (0, 1))
    return x, y


def test_it_holds_the_hubness_and_does_not_depend_on_the_order():
    x, y = cones(np.random.default_rng(0), 200)
    order = np.random.default_rng(1).permutation(200)
    labels = np.arange(200)
    found = hubness_interval(found_places(x, y, raw=True), clusters=(labels, labels))
    again = hubness_interval(found_places(x[order], y[order], raw=True), clusters=(labels[order], labels[order]))
    assert found.value == pytest.approx(metrics.hubness(x, y, raw=True), rel=1e-12)
    assert found.low < found.value < found.high
    assert found.n == 200
    assert [again.low, again.high] == pytest.approx([found.low, found.high], rel=1e-9)


def test_copies_of_a_set_are_no_further_evidence():
    x, y = cones(np.random.default_rng(2), 150)
    once = hubness_interval(found_places(x, y, raw=True), clusters=(np.arange(150),) * 2)
    copies, labels = np.tile(np.arange(150), 2), (np.tile(np.arange(150), 2),) * 2
    twice = hubness_interval(found_places(x[copies], y[copies], 20, raw=True), clusters=labels)
    assert twice.value == pytest.approx(once.value, rel=1e-9)
    assert [twice.low, twice.high, twice.n] == pytest.approx([once.low, once.high, once.n], rel=0.1)


@pytest.mark.parametrize("n", [12, 39])
def test_sets_too_small_for_halves_have_none(n):
    x, y = cones(np.random.default_rng(3), n)
    assert hubness_interval(found_places(x, y, raw=True), clusters=(np.arange(n),) * 2) is None


def test_without_skewness_there_is_no_interval():
    ones = np.ones((60, 1))
    assert hubness_interval(found_places(ones, ones), clusters=(np.arange(60),) * 2) is None


def test_most_intervals_hold_the_mean_of_many_sets():
    rng = np.random.default_rng(4)
    sets = [cones(rng, 100) for _ in range(120)]
    found = [hubness_interval(found_places(x, y, raw=True), clusters=(np.arange(100),) * 2) for x, y in sets]
    mean = np.mean([each.value for each in found])
    assert 0.88 <= np.mean([each.low <= mean <= each.high for each in found]) < 1
