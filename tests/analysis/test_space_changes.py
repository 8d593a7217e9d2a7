"""What spaces changed: the share of the gap, R@1 on the same queries, kept as JSON."""

import json

import numpy as np
import pytest

from mmgap import spaces
from mmgap.analysis.row_items import read_all
from mmgap.analysis.space_changes import (
    RECALLS,
    best_known,
    frontier,
    gap_removed,
    is_scorer,
    line_of,
    paired_changes,
    space_changes,
)
from mmgap.core.cache import Cache
from mmgap.stats import contrast, holm
from tests.support.made_scorer import LessBank
from tests.support.made_up_rows import row
from tests.support.made_up_spaces import MADE, space_items, space_row, space_rows


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


def test_the_frontier_has_a_line_for_each_space_over_its_strengths(cache):
    lines, before = frontier(read_all(space_rows(cache), cache), RECALLS[0])
    assert before == 0.5
    found = {line["name"]: line for line in lines}
    assert set(found) == {"shift", "centre", "less-bank"}
    assert found["shift"]["removed"] == pytest.approx([0.5, 0.875])
    assert found["less-bank"]["removed"] == [0.0]
    assert found["shift"]["difference"][0] > found["shift"]["difference"][1]
    for line in lines:
        assert np.all(np.array(line["low"]) <= line["difference"])
        assert np.all(np.array(line["difference"]) <= line["high"])
    assert frontier(read_all(space_rows(cache), cache), "t2i_r7")[0] == []


def test_a_verdict_speaks_of_spaces_by_name_not_of_the_luckiest(cache, tmp_path):
    (found,) = space_changes(space_rows(cache), tmp_path, cache)
    assert best_known(found.entries, scorer=False)["space"] == "centre"
    assert best_known(found.entries, scorer=True)["space"] == "less-bank"
    assert best_known(found.entries[:1], scorer=True) is None


def test_a_gap_that_was_not_there_cannot_be_removed():
    assert gap_removed(space_row(None, 0.0, 0.5), space_row("shift", 0.0, 0.5)) is None
    assert gap_removed(row(metrics={}), space_row("shift", 0.1, 0.5)) is None


def test_a_space_that_is_no_longer_registered_is_no_scorer():
    assert not is_scorer("no-such-space")
    assert line_of("no-such-space:3,side=text") == "no-such-space,side=text"


def test_a_clear_change_stays_clear_among_sixty_spaces(cache):
    """Sign flips can tell no p below 0.001, which sixty spaces in two directions would bring above 5 %."""
    before, after = read_all([space_rows(cache)[0], space_rows(cache)[-1]], cache)
    assert paired_changes(before, after, RECALLS)[RECALLS[0]]["p_value"] * 120 < 0.05
