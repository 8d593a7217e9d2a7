"""Cards of vectors whose answer is known: real ones, planted faults, no gap, noise, few rows."""

import json

import numpy as np
import pytest

from mmgap import measure
from mmgap.card.card_vectors import card_vectors
from mmgap.card.filled_card import filled_card
from mmgap.metrics.gap_dimensions import gap_by_dimension
from tests.support.made_cards import card_of, pairs
from tests.support.real_vectors import real_pairs


def plain(card):
    """Without the times, which differ."""
    return {name: value for name, value in json.loads(json.dumps(card.plain())).items() if name != "seconds"}


def test_real_clip_has_the_published_numbers():
    card = card_of(*real_pairs(), pool=90)
    assert card.gap.plain == pytest.approx(0.851352, abs=1e-6)
    assert card.gap.misalignment == pytest.approx(1.380163, abs=1e-6)
    assert (card.gap.cosine_image, card.gap.cosine_text) == pytest.approx((0.531483, 0.515194), abs=1e-6)
    assert [dimension for dimension, _ in card.gap.dimensions[:2]] == [442, 362]
    assert sum(share for _, share in card.gap.dimensions[:2]) == pytest.approx(0.686, abs=1e-3)
    assert card.gap.half == 2
    values = [card.recall("any", way, k).recall.value for way in ("i2t", "t2i") for k in (1, 5, 10)]
    assert values == pytest.approx([0.552, 0.808, 0.892, 0.506, 0.766, 0.862])
    assert card.recall("any", "i2t", 1, 90).recall.value == pytest.approx(0.757, abs=1e-3)
    assert card.findings == ()
    assert card.thresholds.tells


@pytest.mark.parametrize("each", [1, 3])
def test_the_numbers_are_those_of_measure(each):
    x, y, owner = pairs(95, each=each)
    card, told = card_of(x, y, owner), measure(x, y, owner=owner)
    assert card.gap.plain == told["gap"]
    assert card.gap.corrected.value == told["gap_corrected"]
    assert card.gap.p == told["gap_p"]
    assert card.gap.misalignment == told["misalignment"]
    for way in ("t2i", "i2t"):
        for k in (1, 5, 10):
            assert card.recall("any", way, k).recall.value == pytest.approx(told[f"{way}_r{k}"])
            assert card.recall("any", way, k, 90).recall.value == pytest.approx(told[f"{way}_r{k}_pool90"])
    assert [one.hubness for one in card.hubs] == [told["hubness_t2i"], told["hubness_i2t"]]
    cut = gap_by_dimension(*(v.astype(float) / np.linalg.norm(v.astype(float), axis=1)[:, None] for v in (x, y)))
    assert [dimension for dimension, _ in card.gap.dimensions] == list(cut.dimensions[:5])


def test_scaled_rows_change_nothing_but_the_doctor():
    x, y, _ = pairs(60)
    before, after = plain(card_of(x, y)), plain(card_of(8 * x, y / 4))
    assert [one["kind"] for one in after.pop("findings")] == ["norms", "norms"]
    before.pop("findings")
    assert after == before


def test_shifted_rows_are_severe_and_measured_as_given():
    x, y, _ = pairs(100, noise=0.3)
    card = card_of(x, np.roll(y, 1, axis=0))
    assert card.severe
    assert [one.kind for one in card.findings] == ["shifted_rows"]
    assert card.recall("any", "t2i").recall.value < 0.1
    assert not card.thresholds.tells


def test_exchanged_files_are_told_by_their_names():
    x, y, _ = pairs(50)
    card = filled_card(card_vectors("made", y, x, files=("texts", "images")), pool=20)
    assert [one.kind for one in card.findings] == ["swapped_modalities"]


def test_nan_rows_are_severe_and_the_rest_is_measured():
    x, y, _ = pairs(60)
    whole = card_of(np.delete(x, [4, 9], axis=0), np.delete(y, [4, 9], axis=0))
    x[4] = np.nan
    y[9] = np.nan
    card = card_of(x, y)
    assert [one.kind for one in card.findings] == ["nonfinite", "nonfinite"]
    assert card.images == 58
    assert plain(card)["recalls"] == plain(whole)["recalls"]
    assert plain(card)["gap"] == plain(whole)["gap"]


def test_files_that_do_not_fit_have_what_needs_no_pairs():
    x, y, _ = pairs(40)
    card = card_of(x, y[:30])
    assert not card.paired
    assert card.gap.plain > 0
    assert card.gap.corrected is None
    assert card.recalls == ()
    assert card.thresholds is None
    assert card_of(x, y[:, :6]).gap is None


def test_without_a_gap_none_is_found_and_chance_is_chance():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 200, 16))
    card = card_of(x, y)
    assert card.gap.corrected.low == 0
    assert card.gap.p > 0.05
    assert not card.thresholds.tells
    line = card.recall("any", "t2i").recall
    assert line.low <= 1 / 200 <= line.high


@pytest.mark.parametrize("n", [2, 3, 5, 20, 89, 90])
def test_few_rows_have_a_card(n):
    card = card_of(*pairs(n), pool=max(2, min(90, n)))
    assert card.images == n
    assert (card.recall("any", "t2i", 1, 90) is not None) is (n >= 90)
    assert any("pools of" in note for note in card.notes)
    json.dumps(card.plain(), allow_nan=False)


def test_equal_sides_and_collapsed_ones_have_a_card():
    x, y, _ = pairs(50)
    same = card_of(x, x)
    assert same.gap.plain == 0
    assert same.gap.half is None
    assert same.recall("any", "t2i").recall.value == 1
    y[:] = y[0]
    collapsed = card_of(x, y)
    assert "collapse" in [one.kind for one in collapsed.findings]
    assert collapsed.recall("own", "t2i").recall.value == pytest.approx(1 / 50)
    json.dumps(collapsed.plain(), allow_nan=False)
