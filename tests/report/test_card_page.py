"""The page of a card in a real browser: first screen, phone, dark, keyboard, axe; nothing is asked of any host."""

from dataclasses import replace

import numpy as np
import pytest

from mmgap.card.card_vectors import card_vectors
from mmgap.card.row_card import row_card
from mmgap.card.spaces_part import spaces_part
from mmgap.report.blocks import Fold
from mmgap.report.card.card_page import card_document, write_card
from tests.card.test_row_card import row
from tests.support.axe import serious_findings
from tests.support.browser import opened
from tests.support.made_cards import card_of, pairs


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages by name: whole in both languages, of five texts an image, of faults, without pairs, of a row."""
    folder = tmp_path_factory.mktemp("cards")
    x, y, owner = pairs(100, each=5)
    whole = replace(card_of(x, y, owner, pool=90), spaces=spaces_part(card_vectors("made", x, y, owner)))
    shifted = card_of(x, np.roll(y, 5, axis=0), owner)
    cards = {
        "whole": whole,
        "shifted": shifted,
        "unpaired": card_of(x, y[:30]),
        "widths": card_of(x, y[:, :5]),
        "few": card_of(*pairs(20)),
        "row": row_card(row("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k-captions")),
    }
    for name, card in cards.items():
        write_card(card, folder / f"{name}.html")
    write_card(whole, folder / "spanish.html", "es")
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture
def shown(chromium, pages):
    """Return a function that opens a page; errors of scripts and requests to elsewhere fail the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def show(name, **options):
            page = stack.enter_context(opened(chromium, offline=True, **options))
            page.goto(pages[name].as_uri())
            return page

        yield show


def test_the_first_screen_has_all_five_answers(shown):
    page = shown("whole")
    questions = page.get_by_role("heading", level=3)
    assert questions.all_inner_texts() == [
        "Is there a gap?",
        "Does it matter for retrieval?",
        "Which recall is this?",
        "What does a cosine of 0.25 mean here?",
        "Is something broken?",
    ]
    assert questions.last.bounding_box()["y"] < 900


def test_every_answer_has_a_picture(shown):
    page = shown("whole")
    assert page.locator("figure").count() == 5
    for image in page.locator("figure img").all():
        image.scroll_into_view_if_needed()
        assert image.get_attribute("alt")
        assert image.evaluate("one => one.decode().then(() => one.naturalWidth)") > 100


def test_a_severe_fault_stands_first(shown):
    page = shown("shifted")
    assert page.get_by_role("heading", level=3).first.inner_text() == "Is something broken?"
    assert "Yes:" in page.locator("h3 + p").first.inner_text()


@pytest.mark.parametrize("name", ["whole", "shifted", "unpaired", "widths", "few", "row", "spanish"])
def test_pages_fit_a_phone(shown, name):
    page = shown(name, viewport={"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


@pytest.mark.parametrize("name", ["whole", "unpaired", "row"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(shown, name, scheme):
    assert serious_findings(shown(name, color_scheme=scheme)) == []


def test_folds_and_tables_are_reached_from_the_keyboard(shown):
    page = shown("whole")
    summary = page.locator("details > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("!document.querySelector('details').open")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('details').open")
    assert page.locator("#card-recalls tbody tr").count() > 10


def test_the_page_speaks_spanish(shown):
    page = shown("spanish")
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.get_by_role("heading", level=3).first.inner_text() == "¿Hay brecha?"


def test_what_is_absent_has_no_fold():
    x, y, _ = pairs(40)
    document = card_document(card_of(x, y[:30]), [])
    assert [block.anchor for block in document.blocks if isinstance(block, Fold)] == ["gap", "doctor"]


def test_names_are_escaped(tmp_path):
    from mmgap.card.filled_card import filled_card

    card = filled_card(card_vectors("<script>alert(1)</script>", *pairs(20)[:2]), pool=20)
    write_card(card, tmp_path / "card.html")
    text = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
