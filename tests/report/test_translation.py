"""Messages in the reader's language: plain ones, with values, with plurals, in a context, and nested ones from rows."""

import pytest

from mmgap.core.messages import Message, counted, joined
from mmgap.report.terms import TERMS, term
from mmgap.report.translation import LANGUAGES, translated, translated_in


def test_english_is_the_language_of_the_source():
    assert translated("pool {n}", "en", n=90) == "pool 90"
    assert translated(counted("{n} cell", "{n} cells", n=1), "en") == "1 cell"
    assert translated_in("picture", "gap", "en") == "gap"


def test_spanish_comes_from_the_catalogue():
    assert translated("pool {n}", "es", n=90) == "grupos de 90"
    assert translated_in("picture", "gap", "es") == "brecha"
    cells = ("{n} cell: {what}; {time} of computing.", "{n} cells: {what}; {time} of computing.")
    found = [translated(counted(*cells, n=n, what="x", time="1 s"), "es") for n in (0, 1, 2)]
    assert found == [f"{words}: x; 1 s de cómputo." for words in ("0 celdas", "1 celda", "2 celdas")]


def test_messages_bring_their_values_and_those_are_translated_too():
    note = Message("{where}: {why}", where="5.4", why=Message("printed cut after two places, not rounded"))
    assert translated(note, "en") == "5.4: printed cut after two places, not rounded"
    assert translated(note, "es") == "5.4: impreso truncado tras dos decimales, sin redondear"
    cells = counted(
        "{n} cell: {what}; {time} of computing.", "{n} cells: {what}; {time} of computing.", n=2, what="x", time="1 s"
    )
    assert translated(cells, "es") == "2 celdas: x; 1 s de cómputo."
    assert translated(joined("; ", ["yes", Message("yes")]), "es") == "yes; sí"


def test_what_has_no_translation_stays_as_it_is():
    for language in LANGUAGES:
        assert translated("", language) == ""
        assert translated("no such message {n}", language) == "no such message {n}"
        assert translated("no such message {n}", language, n=1) == "no such message 1"
        assert term("no such term {n}", language) == "no such term {n}"


def test_terms_are_told_by_their_names():
    assert (term("oom", "en"), term("oom", "es"), term("pool_of", "es", n=50)) == (
        TERMS["oom"],
        "sin memoria",
        "grupos de 50",
    )


@pytest.mark.parametrize("say", [translated, lambda *args: translated_in("picture", *args)])
def test_an_unknown_language_is_named(say):
    with pytest.raises(ValueError, match="one of en, es, got 'fr'"):
        say("yes", "fr")
