"""The answers of a card are right for odd cases too, in both languages."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mmgap.card.card_vectors import card_vectors
from mmgap.card.spaces_part import spaces_part
from mmgap.report.card.card_answers import (
    answers,
    broken_answer,
    cosine_answer,
    gap_answer,
    matter_answer,
    recall_answer,
)
from mmgap.report.card.card_numbers import cosine, points
from mmgap.report.card.card_tables import recall_table, space_table, threshold_table
from mmgap.report.translation import translated
from mmgap.stats.interval import Interval
from tests.support.made_cards import card_of, pairs


def noise(n=120):
    return np.random.default_rng(2).normal(size=(2, n, 16))


def test_a_gap_is_told_with_its_interval_its_p_and_the_nearest_model():
    card = card_of(*pairs(gap=3.0))
    told = gap_answer(card)
    found = card.gap.corrected
    assert told.startswith("Yes: without sampling noise")
    assert f"{found.value:.3f} [" in told
    assert "p ≤ 0.0005" in told
    assert "The nearest of the known ones is " in told
    assert f"{card.gap.half} of 12 dimensions" in told


def test_no_gap_is_told_as_none():
    told = gap_answer(card_of(*noise()))
    assert told.startswith("None can be told")
    assert "p = 0." in told or "p = 1." in told


def test_without_pairs_the_noise_is_unknown():
    x, y, _ = pairs(40)
    card = card_of(x, y[:30])
    assert "cannot be told without pairs" in gap_answer(card)
    assert recall_answer(card).startswith("None: nothing says which text")
    assert "without pairs there are no matches" in cosine_answer(card)
    assert broken_answer(card).startswith("Yes: the files do not fit together")
    assert "do not live in one space" in gap_answer(card_of(x, y[:, :6]))


def test_five_texts_have_their_ceiling_beside_the_share():
    x, y, owner = pairs(40, each=5)
    told = recall_answer(card_of(x, y, owner))
    assert re.search(
        r"I→T R@1 is \S+ \[\S+ \S+\] % where any right item counts, among all 200; \S+ % by the share", told
    )
    assert "(at most 20.0)" in told
    assert "pools" not in told, "there are 40 images"


def test_one_text_each_says_nothing_twice():
    told = recall_answer(card_of(*pairs(100)))
    assert "share" not in told
    assert "own pairs" not in told
    assert told.count("in pools of 90") <= 2


@pytest.mark.parametrize("at", [-1.0, 0.25, 1.0])
def test_a_cosine_has_its_meaning_also_where_all_or_none_reach_it(at):
    card = card_of(*pairs(50), cosine=at)
    told = cosine_answer(card)
    if at == 1.0:
        assert told.startswith("No pair reaches")
    else:
        assert "Where one pair in 20 is a match" in told
    if at == -1.0:
        assert told.startswith("100.0 [")
    assert "The best cut is " in told


def test_chance_has_no_cut_and_nothing_to_win():
    x, y = noise()
    card = card_of(x, y)
    card = replace(card, spaces=spaces_part(card_vectors("made", x, y)))
    assert cosine_answer(card).endswith("No cut tells matches from others here.")
    assert matter_answer(card).startswith("Retrieval is no better than chance here")
    assert all(row[2] == "—" for row in space_table(card, "en").rows), "no gap, nothing of it closed"


def test_closing_says_what_it_costs():
    x, y, _ = pairs(150, noise=0.4, gap=2.0)
    card = card_of(x, y)
    assert "not measured here" in matter_answer(card)
    card = replace(card, spaces=spaces_part(card_vectors("made", x, y)))
    told = matter_answer(card)
    assert re.match(r"Closing \d+ % of it \((centre|zca|shift:1), fitted on one half", told)
    assert told.count("[") >= 2


def test_a_gap_that_no_space_halves_is_not_called_closed():
    """Centres so near each other that the noise of half of the pairs is as large."""
    x, y, _ = pairs(400, d=64, noise=0.6, gap=0.25)
    card = card_of(x, y)
    part = spaces_part(card_vectors("made", x, y))
    low = tuple(replace(line, removed=None if line.removed is None else 0.07) for line in part.lines)
    told = matter_answer(replace(card, spaces=replace(part, lines=low)))
    assert card.gap.p <= 0.05
    assert told.startswith("None of the spaces that were tried closes it; ")


def test_severe_findings_come_first_and_qualify_the_rest():
    x, y, _ = pairs(100, noise=0.3)
    card = card_of(x, np.roll(y, 1, axis=0))
    assert answers(card)[0][0] == "Is something broken?"
    assert "All other answers are of the rows as they were given." in broken_answer(card)
    x[3] = np.nan
    assert "All other answers are without such rows." in broken_answer(card_of(x, y))
    assert [asked for asked, _ in answers(card_of(*pairs()))][-1] == "Is something broken?"


def test_spanish_has_no_english_left():
    x, y, owner = pairs(100, each=2)
    y[3] = np.nan
    card = card_of(x, y, owner, pool=90)
    card = replace(card, spaces=spaces_part(card_vectors("made", x, y, owner)))
    told = [text for pair in answers(card) for text in pair]
    words = " ".join(translated(text, "es") for text in told)
    assert not re.search(r"\b(the|of|which|are|where|match(es)?|gap)\b", words), words
    for table in (recall_table, threshold_table, space_table):
        shown = table(card, "es")
        english = re.search(
            r"\b(the|of|which|share|hit|pool|change)\b", " ".join([shown.caption, *(c.header for c in shown.columns)])
        )
        assert not english, english


def test_tables_have_a_line_for_each_definition_and_threshold():
    card = card_of(*pairs(100, each=2))
    table = recall_table(card, "en")
    assert len(table.rows) == len({(one.definition, one.k, one.pool) for one in card.recalls})
    names = [row[0] for row in table.rows]
    assert {"R-precision", "mAP@R", "R@1, any hit", "R@5, own pair, pool 90"} <= set(names)
    rows = threshold_table(card, "en").rows
    assert sum("(best cut)" in row[0] for row in rows) == 1
    assert any("0.25" in row[0] for row in rows)


def test_numbers_are_written_as_people_read_them():
    assert cosine(0.25) == "0.25"
    assert cosine(0.3) == "0.30"
    assert cosine(-0.105) == "−0.105"
    assert points(Interval(-0.0123, -0.03, 0.005, 0.95, 9, "")) == "−1.2 [−3.0, 0.5]"
    assert points(Interval(0.0, -0.01, 0.01, 0.95, 9, "")) == "0.0 [−1.0, 1.0]"
