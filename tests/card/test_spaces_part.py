"""What spaces change on a card against what ``mmgap space compare`` says of them."""

import numpy as np
import pytest

from mmgap.card.card_vectors import card_vectors
from mmgap.card.spaces_part import SPACES, spaces_part
from mmgap.datasets.saved_vectors import of_vectors
from mmgap.evaluation.space_comparison import NONE, compare_spaces, gain, gap_removed
from tests.support.made_cards import pairs


@pytest.mark.parametrize("each", [1, 2])
def test_the_numbers_are_those_of_space_compare(each):
    x, y, owner = pairs(60, each=each)
    found = spaces_part(card_vectors("made", x, y, owner))
    recorded, _ = compare_spaces(of_vectors("made", x, y, owner), SPACES)
    assert [line.space for line in found.lines] == [name for name in recorded if name != NONE]
    for line in found.lines:
        if line.removed is not None:
            assert line.removed == pytest.approx(gap_removed(recorded, line.space))
        else:
            assert line.space == "nnn"
        for way, change in line.changes.items():
            told = gain(recorded[NONE], recorded[line.space], f"{way}_r1_own", 1 - 0.05 / 4).difference
            assert (change.value, change.low, change.high) == pytest.approx((told.value, told.low, told.high))
    for way, value in found.before.items():
        assert value == pytest.approx(recorded[NONE].metrics[f"{way}_r1_own"]["value"])


def test_too_few_pairs_say_why():
    found = spaces_part(card_vectors("made", *pairs(4)))
    assert found.lines == ()
    assert "at least 3 images are needed" in found.left_out[""]


def test_over_fitting_is_told():
    found = spaces_part(card_vectors("made", *pairs(20, d=30)))
    assert [note.startswith("OVER-FITTING ALARM: zca") for note in found.notes] == [True]
    assert np.isfinite([change.value for line in found.lines for change in line.changes.values()]).all()
