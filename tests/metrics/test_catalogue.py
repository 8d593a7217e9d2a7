"""The catalogue of metrics: what measuring gives stands in it, recalls are described by their parts, others may add."""

import subprocess
import sys

import numpy as np
import pytest

import mmgap
from mmgap.metrics import catalogue
from mmgap.metrics.catalogue import RECALLS, Metric, computed, described, registry
from mmgap.rows.recall_names import recall_name


def test_every_number_of_measure_stands_in_the_catalogue():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 100, 8))
    found = mmgap.measure(x, y, relevance=(np.arange(100) // 2, np.arange(100) // 2), owner=np.arange(100))
    assert "rmg_any" in found
    for name, value in found.items():
        metric = described(name)
        assert metric.help, name
        assert metric.label or recall_name(name), name
        low, high = {"[0, 2]": (0, 2), "[0, 1]": (0, 1), "[0, 4]": (0, 4), "[−1, 1]": (-1, 1)}.get(
            metric.range, (-np.inf, np.inf)
        )
        assert low <= value <= high, name


def test_names_are_unique_and_helps_are_parts_of_sentences():
    entries = [described(name) for name in registry]
    assert [entry.name for entry in entries] == list(registry)
    assert all(entry.unit in (None, "share", "points", "count", "p") for entry in entries)
    assert not any(entry.help.endswith(".") for entry in entries)


@pytest.mark.parametrize("name", ["t2i_r1", "i2t_r5_pool20_own", "train_t2i_r1_pool90", "i2t_r1_resampled90"])
def test_recalls_are_shares_and_more_is_better(name):
    metric = described(name)
    assert (metric.name, metric.unit, metric.better, metric.range) == (name, "share", True, "[0, 100] %")
    assert metric.help == RECALLS.help


def test_the_spread_of_a_recall_is_neither_good_nor_bad():
    assert described("t2i_r1_resampled90_sd").better is None


def test_what_nobody_described_goes_by_its_name():
    assert described("my_own") == Metric("my_own")
    assert computed() == {}


def test_another_packages_entry_must_be_a_metric_of_that_name(monkeypatch):
    monkeypatch.setitem(registry._entries, "hubness", "math:pi")
    monkeypatch.setitem(registry._entries, "hubs", Metric("hubness"))
    with pytest.raises(ValueError, match=r"metric 'hubness': expected Metric\('hubness', …\), got 3.14"):
        described("hubness")
    with pytest.raises(ValueError, match=r"metric 'hubs': expected Metric\('hubs', …\), got Metric"):
        described("hubs")


def test_what_computes_a_metric_is_imported_when_it_is_needed():
    assert Metric("a", compute="math:sqrt").function(4.0) == 2.0
    assert Metric("a").function is None


def test_the_catalogue_needs_the_standard_library_only():
    script = "import sys; import mmgap.metrics.catalogue; print([m for m in ('numpy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_code_of_other_packages_stands_in_keys(monkeypatch):
    assert catalogue.identities() == {}
    monkeypatch.setitem(
        registry._entries, "hubness", Metric("hubness", compute=test_the_catalogue_needs_the_standard_library_only)
    )
    assert catalogue.identities()["metric:hubness"]["file"] == "test_catalogue.py"
