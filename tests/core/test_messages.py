"""Messages keep their pattern and their values: in memory, in copies, and in JSON."""

import copy
import json

import pytest

from mmgap.core.messages import Message, counted, filled, joined, note_of, quoted, text_of

NESTED = counted("{n} record: {why}", "{n} records: {why}", n=2, why=joined("; ", ["a.png", Message("{x} of y", x=1)]))


def test_a_message_reads_as_english():
    assert NESTED == "2 records: a.png; 1 of y"
    assert isinstance(NESTED, str)
    assert counted("{n} record", "{n} records", n=1) == "1 record"


def test_a_copy_is_a_message_too():
    one = copy.deepcopy(NESTED)
    assert (one, one.message, one.plural) == (NESTED, "{n} record: {why}", "{n} records: {why}")
    assert one.values["why"].values["part1"].message == "{x} of y"


def test_json_gives_the_message_back():
    note = json.loads(json.dumps(note_of(NESTED)))
    assert note["message"] == "{n} record: {why}"
    back = text_of(note)
    assert back == NESTED
    assert note_of(back) == note


def test_plain_texts_stay_as_they_are():
    assert note_of("a {brace}") == text_of("a {brace}") == "a {brace}"


def test_values_are_put_in_once_and_unknown_names_stay():
    assert filled("{a}{b} {} {0} {a:>99}", {"a": "{b}", "b": 2}) == "{b}2 {} {0} {a:>99}"


@pytest.mark.parametrize("value", [{}, {"message": 1, "values": {}}, {"message": "x", "values": {}, "plural": 3}, [1]])
def test_a_value_that_is_no_note_is_shown_as_it_is(value):
    assert text_of({"message": "{v}", "values": {"v": value}}) == str(value)


def test_what_is_quoted_is_one_line():
    assert quoted("a\nb") == "a\\nb"
