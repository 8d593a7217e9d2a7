"""The frontier of losses in the report: a sentence first, a picture of all seeds, in both languages."""

import pytest
from matplotlib.colors import to_hex

from mmgap.analysis.row_items import read_all
from mmgap.analysis.training_effects import effects
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.blocks import Heading, Paragraph
from mmgap.report.figures.loss_points import loss_frontier
from mmgap.report.figures.picture_subjects import Subject
from mmgap.report.figures.style import GREEN, INK, ORANGE, UNMATCHED
from mmgap.report.footnotes import Notes
from mmgap.report.section import SectionMaterial
from mmgap.report.sections.cheapest_loss import cheapest
from mmgap.report.sections.training import effect_blocks
from tests.report.test_training_pictures import no_text_leaves_or_covers
from tests.support.made_up_rows import files
from tests.support.made_up_training import split_items, train_row

ENDS = {
    "ce": (0.5, 0.8),
    "ce+intra": (0.1, 0.6),
    "ce+anti": (0.2, 0.8),
    "ce+var": (0.5, 0.8),
    "cyclip": (0.6, 0.82),
    "ce+align+uniform+xuniform": (0.3, 0.79),
}


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def rows_of(cache, ends=ENDS, seeds=3):
    return [
        train_row(cache, loss, seed, arrays=split_items(gap, recall, seed=7 * seed + len(loss), spread=0.01))
        for loss, (gap, recall) in ends.items()
        for seed in range(seeds)
    ]


def said(cache, folder, ends=ENDS, seeds=3, language="en"):
    (found,) = effects(rows_of(cache, ends, seeds), folder, cache)
    return cheapest(found, language)


def test_the_sentence_names_the_loss_that_costs_nothing_and_the_one_that_closes_most(cache, tmp_path):
    text = said(cache, tmp_path)
    assert text.startswith(
        "What closes the gap at the least cost: of 5 losses, ce+anti closes most of it with no cost of R@1 that can be"
        " told. Against ce: gap -0.300 ["
    ), text
    assert "Most of it is closed by ce+intra: gap -0.400 [" in text
    assert text.count("points") == 4


def test_where_all_cost_something_the_cheapest_is_named(cache, tmp_path):
    text = said(cache, tmp_path, {"ce": (0.5, 0.8), "ce+anti": (0.2, 0.75), "ce+intra": (0.1, 0.6)})
    assert "every loss that closes it costs R@1, least ce+anti. Against ce: gap -0.300 [" in text
    alone = said(cache, tmp_path / "other", {"ce": (0.5, 0.8), "ce+intra": (0.1, 0.6)})
    assert "least ce+intra" in alone
    assert "Most of it" not in alone


def test_where_none_closes_it(cache, tmp_path):
    text = said(cache, tmp_path, {"ce": (0.5, 0.8), "cyclip": (0.6, 0.8)})
    assert text == "No loss closes the gap further than ce beyond doubt."


def test_fewer_than_three_seeds_say_nothing(cache, tmp_path):
    assert said(cache, tmp_path, seeds=2) == ""


def test_it_stands_first_with_a_note(cache, tmp_path):
    (found,) = effects(rows_of(cache), tmp_path, cache)
    notes = Notes()
    heading, verdict, *_ = effect_blocks(SectionMaterial("train", (), [found], {}, "en", notes))
    assert isinstance(heading, Heading)
    assert verdict == Paragraph(cheapest(found, "en"))
    assert any("picked on the same test items" in text for text in notes.texts)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_loss_is_named_in_the_colour_of_its_verdict(language, cache):
    figure = loss_frontier(read_all(rows_of(cache), cache), "tiny · glyphs-en", language)
    for axes in figure.axes:
        named = {text.get_text(): to_hex(text.get_color()) for text in axes.texts if text.get_text()}
        assert named == {
            "ce": INK,
            "ce+intra": ORANGE.lower(),
            "ce+anti": GREEN.lower(),
            "ce+var": UNMATCHED.lower(),
            "cyclip": UNMATCHED.lower(),
            "ce+align+uniform+xuniform": ORANGE.lower(),
        }
    no_text_leaves_or_covers(figure)


def test_one_seed_is_drawn_without_a_verdict_and_one_loss_alone_too(cache):
    figure = loss_frontier(read_all(rows_of(cache, seeds=1), cache), "t", "en")
    assert {to_hex(text.get_color()) for axes in figure.axes for text in axes.texts} == {INK}
    assert any("no verdict" in text.get_text() for text in figure.texts)
    no_text_leaves_or_covers(loss_frontier(read_all(rows_of(cache, {"ce": (0.5, 0.8)}), cache), "t", "en"))


def test_many_losses_with_long_names_cover_nothing(cache):
    ends = {"ce": (0.5, 0.8)} | {f"ce+0.{i}5*intra+1.5*inter": (0.3 + 0.001 * i, 0.79) for i in range(11)}
    no_text_leaves_or_covers(loss_frontier(read_all(rows_of(cache, ends), cache), 9 * "ce+anti+", "es"))


def test_the_picture_shows_all_seeds_and_the_others_the_first(cache):
    rows = tuple(rows_of(cache))
    subject = Subject(rows[::3], rows)
    assert [kind.name for kind in subject.kinds if kind.seeds] == ["loss_frontier"]
    assert subject.shown(seeds=True) == rows
    assert subject.shown(seeds=False) == rows[::3]
    assert Subject(rows[::3]).shown(seeds=True) == rows[::3]


def test_a_report_draws_it_again_when_another_seed_was_trained(cache, tmp_path):
    rows = rows_of(cache, seeds=2)
    text = write_report(rows, tmp_path, cache=cache).with_name("report.html").read_text()
    assert "seeds 0, 1. Change of R@1 (own pairs" in text
    (picture,) = [name for name in files(tmp_path / "figures") if name.endswith("loss_frontier-en2.png")]
    first = (tmp_path / "figures" / picture).read_bytes()
    later = [{**row, "started_at": "2099-01-01T00:00:00+00:00"} for row in rows_of(cache, seeds=3)[2::3]]
    again = write_report([*rows, *later], tmp_path, cache=cache).with_name("report.html").read_text()
    assert "seeds 0, 1, 2. Change of R@1 (own pairs" in again
    assert (tmp_path / "figures" / picture).read_bytes() != first
