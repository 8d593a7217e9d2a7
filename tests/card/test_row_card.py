"""The card of a row: of its vectors where they are at hand, else of what the row holds."""

import json
from pathlib import Path

import pytest

from mmgap.card.card_sources import of_row
from mmgap.card.row_card import row_card
from mmgap.core.cache import Cache
from mmgap.rows.row import migrated, read_row

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"


def row(stem):
    (path,) = PUBLISHED.glob(f"{stem}*.json")
    return migrated(read_row(path))


def test_what_the_row_holds_is_told_and_the_rest_is_absent():
    found = row("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k-captions")
    card = row_card(found)
    metric = found["metrics"]["gap_corrected"]
    assert (card.gap.corrected.value, card.gap.corrected.low) == (metric["value"], metric["ci_low"])
    assert card.recall("any", "t2i").recall.value == found["metrics"]["t2i_r1"]["value"]
    assert card.recall("own", "i2t", 5, 90).recall.value == found["metrics"]["i2t_r5_pool90_own"]["value"]
    assert card.recall("share", "t2i") is None
    assert card.thresholds is None
    assert not card.at_hand
    assert "are absent" in card.notes[0]
    json.dumps(card.plain(), allow_nan=False)


def test_a_row_whose_arrays_are_not_here_has_no_vectors(tmp_path):
    assert of_row(row("measure-tiny-glyphs-en-captions"), Cache(tmp_path)) is None


def test_trained_and_moved_vectors_are_not_made_again(tmp_path):
    spaces = [migrated(read_row(path)) for path in sorted(PUBLISHED.glob("spaces-*.json"))[:3]]
    assert all(of_row(one, Cache(tmp_path)) is None for one in spaces if one["cell"].get("space"))


def test_a_row_without_a_gap_is_refused():
    with pytest.raises(ValueError, match="holds no gap"):
        row_card(row("cones-architecture-resnet"))
