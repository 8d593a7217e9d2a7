"""What spaces changed: the share of the gap, R@1 on the same queries, kept as JSON."""

import json

import numpy as np
import pytest

from mmgap import spaces
from mmgap.analysis.as_is_changes import RECALLS
from mmgap.analysis.space_changes import best_known, space_changes
from mmgap.core.cache import Cache
from mmgap.stats import contrast, holm
from tests.support.made_scorer import LessBank
from tests.support.made_up_spaces import MADE, space_items, space_rows


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setitem(spaces.registry._entries, "less-bank", LessBank)
    return Cache(tmp_path / "cache")


def test_each_space_is_set_against_the_vectors_as_they_are(cache, tmp_path):
    (found,) = space_changes(space_rows(cache), tmp_path, cache)
    assert not found.gone
    assert not found.problems
    entries = {entry["space"]: entry for entry in found.entries}
    assert set(entries) == set(MADE) - {None}
    assert entries["shift"]["gap_removed"]["value"] == pytest.approx(1 - 0.1 / 0.8)
    assert entries["shift"]["gap_removed"]["low"] == pytest.approx(1 - 0.12 / 0.8)
    assert entries["less-bank"]["gap_removed"] is None
    assert [entries[spec]["scorer"] for spec in ("shift", "less-bank")] == [False, True]
    want = contrast(space_items(0.5)[RECALLS[0]], space_items(0.75)[RECALLS[0]], clusters=np.arange(200), shares=True)
    change = entries["less-bank"]["changes"][RECALLS[0]]
    assert (change["difference"], change["low"], change["high"]) == (
        want.difference.value,
        want.difference.low,
        want.difference.high,
    )
    told = [entry["changes"][name] for entry in found.entries for name in RECALLS]
    assert [change["p_value_holm"] for change in told] == list(holm([change["p_value"] for change in told]))


def test_what_was_found_outlives_the_arrays(cache, tmp_path):
    rows = space_rows(cache)
    (found,) = space_changes(rows, tmp_path, cache)
    found.write(tmp_path)
    kept = json.loads((tmp_path / found.file).read_text())
    assert [entry["space"] for entry in kept["spaces"]] == [entry["space"] for entry in found.entries]
    empty = Cache(tmp_path / "empty")
    (again,) = space_changes(rows, tmp_path, empty)
    assert again.entries == found.entries
    (bare,) = space_changes(rows, tmp_path / "elsewhere", empty)
    assert not bare.entries
    assert sorted(bare.gone) == sorted(set(MADE) - {None})


def test_vectors_measured_again_without_the_arrays_of_the_spaces_leave_nothing_to_compare(cache, tmp_path):
    rows = space_rows(cache)
    space_changes(rows, tmp_path, cache)[0].write(tmp_path)
    rows[0]["started_at"] = "2030-01-01T00:00:00Z"
    (found,) = space_changes(rows, tmp_path, Cache(tmp_path / "empty"))
    assert not found.entries
    assert sorted(found.gone) == sorted(set(MADE) - {None})


def test_without_the_vectors_as_they_are_nothing_is_compared(cache, tmp_path):
    assert space_changes(space_rows(cache)[1:], tmp_path, cache) == []


def test_a_verdict_speaks_of_spaces_by_name_not_of_the_luckiest(cache, tmp_path):
    (found,) = space_changes(space_rows(cache), tmp_path, cache)
    assert best_known(found.entries, scorer=False)["space"] == "centre"
    assert best_known(found.entries, scorer=True)["space"] == "less-bank"
    assert best_known(found.entries[:1], scorer=True) is None
