"""Every known gap is what its source says."""

import json
from pathlib import Path

import pytest

from mmgap.card.known_gaps import known_gaps, nearest
from mmgap.theory.printed import printed

ROOT = Path(__file__).parents[2]


def test_published_rows_say_the_same():
    rows = [one for one in known_gaps() if one.source.startswith("reports/")]
    assert len(rows) >= 5
    for one in rows:
        metric = json.loads((ROOT / one.source).read_text())["metrics"]["gap_corrected"]
        assert (one.gap, one.low, one.high) == tuple(
            round(metric[name], 3) for name in ("value", "ci_low", "ci_high")
        ), one.name


def test_the_thesis_prints_the_same():
    others = [one for one in known_gaps() if "table" in one.source]
    assert len(others) >= 5
    for one in others:
        table, loss = one.source.partition("table ")[2].split(", loss ")
        (row,) = [row for row in printed(table) if row["loss"] == loss]
        assert one.gap == float(row["gap"]), one.name


def test_all_have_a_source_and_stand_by_size():
    gaps = [one.gap for one in known_gaps()]
    assert gaps == sorted(gaps)
    assert all(one.source for one in known_gaps())
    assert len({one.name for one in known_gaps()}) == len(gaps)
    assert nearest(0.85).model == "CLIP ViT-B/16"


@pytest.mark.parametrize("gap", [0.0, 2.0])
def test_there_is_a_nearest_at_both_ends(gap):
    assert nearest(gap) in known_gaps()
