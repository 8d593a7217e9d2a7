"""The catalogues of translations say what the source says, all of it and nothing else.

A new message is added, with an empty translation to fill in, and one that is gone is taken out, by

    MMGAP_CATALOGUE=update pytest tests/report/test_message_catalogue.py
"""

import os

import pytest

from mmgap.report.translation import LANGUAGES
from tests.support.message_catalogue import (
    PLACE,
    ROOT,
    literal_calls,
    messages_of_source,
    read_catalogue,
    sources,
    updated,
    write_catalogue,
)

TRANSLATIONS = [language for language in LANGUAGES if language != "en"]
CURE = "MMGAP_CATALOGUE=update pytest tests/report/test_message_catalogue.py, then fill in the translation"


@pytest.fixture(params=TRANSLATIONS)
def catalogue(request):
    """Of a language, brought up to date first where that was asked for."""
    if os.environ.get("MMGAP_CATALOGUE") == "update":
        write_catalogue(request.param, updated(request.param))
    return read_catalogue(request.param)


def names(catalogue):
    return {(message.context, message.id) for message in catalogue if message.id}


def forms(text):
    return text if isinstance(text, tuple) else (text,)


def test_every_message_of_the_source_is_in_the_catalogue_and_no_other(catalogue):
    source, known = names(messages_of_source()), names(catalogue)
    assert len(source) > 200
    assert not source - known, CURE
    assert not known - source, CURE
    assert not catalogue.obsolete, CURE


def test_every_message_is_translated_and_none_is_fuzzy(catalogue):
    assert [m.id for m in catalogue if m.id and (m.fuzzy or not all(forms(m.string)))] == [], CURE


def test_translations_have_the_placeholders_and_the_plurals_of_their_messages(catalogue):
    for message in catalogue:
        if message.id:
            wanted = {name for text in forms(message.id) for name in PLACE.findall(text)}
            assert all(set(PLACE.findall(text)) == wanted for text in forms(message.string)), message.id
            assert len(forms(message.string)) == (catalogue.num_plurals if message.pluralizable else 1), message.id


def test_calls_give_a_value_for_each_placeholder():
    checked = 0
    for file in sources():
        for line, name, literals, values, handed_on in literal_calls(file.read_text()):
            texts = [text for text in literals if text is not None]
            if name == "N_" or not texts or handed_on or not values:
                continue
            checked += 1
            wanted = {place for text in texts for place in PLACE.findall(text)}
            assert wanted == values, f"{file.relative_to(ROOT)}:{line}"
    assert checked > 30
