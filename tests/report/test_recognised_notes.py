"""Notes that rows hold as plain English: the message is found again, so that they can be said in another language."""

import pytest

from mmgap.core.messages import Message, counted, listed, note_of, text_of
from mmgap.report.recognised_notes import recognised
from mmgap.report.translation import translated

OLD = [
    ("Trained on 3638 images of arasaac-en train, watched on 385.", "Entrenado con 3638 imágenes de arasaac-en"),
    ("Licence of coco: captions CC BY 4.0, COCO Consortium.", "Licencia de coco: captions CC BY 4.0"),
    ("1 vector of the bank is also among those measured: left out.", "1 vector del banco está"),
    ("4 vectors of the bank are also among those measured: left out.", "4 vectores del banco están"),
    ("4864 record(s) left out: a.png (no image file); b.png.", "4864"),
    ("Left out: t2i_r1_own_binary: sign bits have no place for what a scorer adds to each item.", "bits de signo"),
]


@pytest.mark.parametrize(("text", "spanish"), OLD, ids=[text[:20] for text, _ in OLD])
def test_a_plain_note_is_said_in_spanish_with_its_values(text, spanish):
    found = recognised(text)
    assert spanish in translated(found, "es")
    digits = [word for word in text.split() if word.isdigit()]
    assert all(word in translated(found, "es") for word in digits)


@pytest.mark.parametrize("text", ["", "a note of one's own", "x: y", "Trained on nothing", "a_b, c_d"])
def test_any_other_text_stays_as_it_is(text):
    assert recognised(text) == text
    assert not isinstance(recognised(text), Message)
    assert translated(recognised(text), "es") == text


def test_a_message_stays_the_message_it_is():
    note = Message("Trained on {n} images of {data} train, watched on {watched}.", n=3, data="coco", watched=2)
    assert translated(recognised(text_of(note_of(note))), "es") == translated(note, "es")
    two = counted("{n} row", "{n} rows", n=2)
    assert translated(recognised(two), "es") == "2 filas"


def test_a_message_of_an_older_wording_is_found_by_its_text():
    note = Message("{n} vectors of the bank are also among those measured: left out.", n=4)
    assert translated(note, "es") == str(note)  # today it has a form for one, too
    assert translated(recognised(note), "es").startswith("4 vectores del banco están")


def test_names_of_metrics_in_a_note_are_shown_as_what_they_are_called():
    note = Message("Left out: {reason}.", reason="t2i_r1_own_binary, t2i_r1_own_pq: as it is")
    assert translated(recognised(note), "en") == "Left out: R@1 T→I, sign bits, R@1 T→I, product codes: as it is."


def test_how_many_more_there_are_is_said_in_the_readers_language():
    assert translated(listed(["a", "b", "c"], 2), "es") == "a, b y 1 más"
    note = Message("Left out: {reason}.", reason="a, b and 3 more")
    assert translated(recognised(note), "es") == "Omitido: a, b y 3 más."
