"""The hubs of scores are those of the vectors whose products the scores are."""

from __future__ import annotations

import numpy as np
import pytest

from mmgap.evaluation.hub_values import hub_values
from mmgap.evaluation.measuring import measure_all
from mmgap.metrics.hubness import found_places
from mmgap.stats import hubness_interval


@pytest.mark.parametrize("way", ["t2i", "i2t"])
def test_values_and_intervals_are_those_of_a_measured_space(way):
    x, y = np.random.default_rng(0).normal(size=(2, 60, 4))
    measured = measure_all(x, y)
    labels = np.arange(60) // 2
    found = hub_values(found_places(measured.images, measured.texts, direction=way), (labels, labels), way)
    assert found.metrics == {name: pytest.approx(measured.metrics[name]) for name in found.metrics}
    assert set(found.metrics) == {f"hubness_{way}", f"never_retrieved_{way}"}
    assert found.intervals[f"hubness_{way}"] == hubness_interval(measured.places[way], clusters=(labels, labels))
    assert found.counts == pytest.approx(measured.places[way].counts)


def test_a_space_without_hubs_says_why_it_has_no_hubness():
    places = found_places(np.ones((50, 2)), np.ones((40, 2)), direction="i2t", raw=True)
    found = hub_values(places, (np.arange(50), np.arange(40)), "i2t")
    assert found.metrics == {"never_retrieved_i2t": 0.0}
    assert found.intervals == {}
    assert "all 40 items are retrieved equally often" in found.omitted["hubness_i2t"]
