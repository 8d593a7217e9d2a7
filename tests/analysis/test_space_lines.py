"""Which spaces are on one line, and the frontier that a line draws."""

import numpy as np
import pytest

from mmgap import spaces
from mmgap.analysis.as_is_changes import RECALLS
from mmgap.analysis.row_items import read_all
from mmgap.analysis.space_lines import frontier, is_scorer, line_of
from mmgap.core.cache import Cache
from tests.support.made_scorer import LessBank
from tests.support.made_up_spaces import space_rows


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setitem(spaces.registry._entries, "less-bank", LessBank)
    return Cache(tmp_path / "cache")


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


def test_a_space_that_is_no_longer_registered_is_no_scorer():
    assert not is_scorer("no-such-space")
    assert line_of("no-such-space:3,side=text") == "no-such-space,side=text"
