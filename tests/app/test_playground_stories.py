"""The playground's stories, and what docs/playground/README.md says is seen in them."""

import math
from itertools import pairwise

import pytest

from mmgap.app.playground.descent import Descent
from mmgap.app.playground.stories import STORIES

LEAVES, CLOSES, LOW_SCALE, FEW_DIMENSIONS = (story.state for story in STORIES)


def curves(state, last=100):
    return Descent(state).reading(last)["curves"]


def test_ce_at_scale_100_leaves_a_gap_of_0_6_where_every_text_finds_its_image():
    found = curves(LEAVES)
    assert found["gap"][0] == pytest.approx(0.613, abs=5e-4)
    assert found["gap"][100] == pytest.approx(found["gap"][0], abs=1e-4)
    assert (found["t2i_r1"][0], found["t2i_r1"][100]) == (1, 1)
    assert found["loss"][0] < 1e-4


def test_anti_closes_it_to_0_1_in_20_steps_and_every_text_still_finds_its_image():
    found = curves(CLOSES)
    assert found["gap"][20] == pytest.approx(0.0975, abs=5e-4)
    assert found["gap"][50] < 0.01
    assert found["t2i_r1"][20] == found["t2i_r1"][100] == 1


def test_a_low_scale_closes_it_without_another_term():
    found = curves(LOW_SCALE)
    assert LOW_SCALE.loss == "ce"
    assert found["gap"][20] < 0.03
    assert found["gap"][100] < 0.001


def test_in_three_dimensions_ce_moves_texts_that_are_mistaken_and_the_gap_closes():
    found = curves(FEW_DIMENSIONS)
    assert (found["gap"][0], found["t2i_r1"][0]) == (pytest.approx(0.841, abs=5e-4), pytest.approx(0.005))
    assert found["gap"][20] < 0.01
    assert found["t2i_r1"][20] > 0.99


def test_along_the_shift_the_loss_is_flat_at_scale_100_and_lowest_at_the_closed_gap_otherwise():
    flat, *others = (Descent(state).landscape(0, math.inf) for state in (LEAVES, CLOSES, LOW_SCALE))
    assert max(flat["loss"]) < 1e-4
    for found in others:
        assert found["shift"][found["loss"].index(min(found["loss"]))] == pytest.approx(1)
        assert found["gap"][found["shift"].index(1)] < 0.01


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_at_the_usual_rate_and_at_a_story_s_the_first_steps_lower_the_loss(story):
    loss = curves(story.state, 5)["loss"]
    assert all(after <= before + 1e-12 for before, after in pairwise(loss))
