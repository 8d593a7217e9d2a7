"""The Spanish card and doctor: every word of pages, pictures, titles, alternative texts and the terminal is Spanish."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from mmgap.card.card_vectors import card_vectors
from mmgap.card.known_gaps import known_gaps
from mmgap.card.row_card import row_card
from mmgap.card.spaces_part import spaces_part
from mmgap.diagnosis.finding_kinds import KINDS as FOUND
from mmgap.report.card.card_figures import card_figures
from mmgap.report.card.card_page import write_card
from mmgap.report.card.card_text import card_lines, card_tables, space_lines
from mmgap.report.finding_words import KINDS
from mmgap.report.translation import translated
from mmgap.rows.row import read_row
from tests.support.english_words import ENGLISH
from tests.support.made_cards import card_of, pairs

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"
#: Words of labels, beside those of sentences.
LABELS = re.compile(r"\b(photos|weights|heads|fine-tuned|ships|table|loss|English|Spanish|gap|cut|others?|random)\b")
#: Names: of files, of papers' files, of metrics, of what others call a definition.
NAMES = re.compile(r"reports/\S+|\S+\.(npy|json|ipynb)|\w+[@_]\w+|numpy\.\w+\(.*\)|Licencia de .*")


def english(texts):
    """The texts that have English words in them."""
    return [text for text in texts if ENGLISH.search(left := NAMES.sub("", text)) or LABELS.search(left)]


class Words(HTMLParser):
    """What a reader sees or hears of a page: its text without scripts and styles, and attributes that are read out."""

    def __init__(self, page):
        super().__init__()
        self.inside, self.found = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.inside += [tag] * (tag in ("script", "style"))
        self.found += [v for name, v in attributes if name in ("alt", "title", "aria-label", "placeholder", "summary")]

    def handle_endtag(self, tag):
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data):
        self.found += [] if self.inside else [html.unescape(data)]


def cards():
    """Cards of every kind by name: whole, with faults, without pairs, of a row."""
    x, y, owner = pairs(100, each=2)
    made = card_vectors("a.npy", x, y, owner)
    yield "whole", replace(card_of(x, y, owner, pool=90), spaces=spaces_part(made))
    flat = np.ones((30, 8), np.float32) + 1e-3 * np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    yield "flat", card_of(flat, flat[::-1].copy())
    yield "shifted", card_of(x, np.roll(y, 4, axis=0), owner)
    broken = x.copy()
    broken[3], broken[7], broken[9] = np.nan, 0, 40 * x[9]
    yield "broken", card_of(broken, y, owner)
    yield "unpaired", card_of(x, y[:30])
    yield "widths", card_of(x, y[:, :5])
    yield "few", replace(card_of(x[:5], x[:5] * 0.5), spaces=spaces_part(card_vectors("few", x[:5], x[:5] * 0.5, None)))
    for name in ("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k", "measure-tiny-glyphs-en"):
        yield name, replace(row_card(read_row(sorted(PUBLISHED.glob(f"{name}*.json"))[0])), name="fila")


@pytest.fixture(scope="module")
def made():
    return dict(cards())


@pytest.mark.parametrize("name", [name for name, _ in cards()])
def test_pages_pictures_and_terminal_have_no_english_word(made, name, tmp_path):
    card = made[name]
    write_card(card, tmp_path / "card.html", "es")
    page = Words((tmp_path / "card.html").read_text())
    assert len(page.found) > 10
    assert english(page.found) == []
    for kind in card_figures(card):
        drawn = kind.drawn(card, "es")
        assert english(text.get_text() for text in drawn.findobj(Text)) == [], kind.name
    said = [
        *sum(card_lines(card, "es"), ()),
        card_tables(card, "es"),
        *(space_lines(card, "es") if card.spaces else ()),
    ]
    assert english(said) == []


def test_an_english_card_has_english_words_so_that_the_search_finds_them(made):
    assert english(sum(card_lines(made["whole"], "en"), ()))
    assert english(text.get_text() for text in card_figures(made["whole"])[0].drawn(made["whole"], "en").findobj(Text))


def test_known_gaps_and_kinds_are_told_in_spanish():
    told = [translated(text, "es") for one in known_gaps() for text in (one.name, one.source)]
    assert english(told) == []
    assert set(KINDS) == set(FOUND)
    assert english(translated(words, "es") for words in KINDS.values()) == []
