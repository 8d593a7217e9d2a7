"""Captions from keywords, options behind a spec's colon, and the footnote of what was left out."""

import os

import pytest

from mmgap.datasets.base import DatasetError
from mmgap.datasets.keywords import (
    file_sizes,
    keyword_caption,
    options,
    parse_json,
    read_json,
    skipped_note,
    tidy,
    unique_keywords,
)


def test_keywords_once_in_their_order():
    assert unique_keywords(["b", " a  c", "B", 3, None, "", "A C"]) == ["b", "a c"]


def test_text_in_one_form():
    assert tidy(" un  nin\u0303o\n\ty\u00a0una ni\u00f1a ") == "un niño y una niña"
    assert unique_keywords(["ni\u00f1o", "NIN\u0303O"]) == ["niño"]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r'{"\ud83d": ["a\uDE00b", "\ud83d\ude00"], "n": [1.5, null, true]}', None),
        (r'["C:\\ud83d", "\u00f1"]', ["C:\\ud83d", "ñ"]),
    ],
)
def test_halves_of_characters(text, content):
    halved = {"\ufffd": ["a\ufffdb", "\U0001f600"], "n": [1.5, None, True]}
    assert parse_json(text) == (content or halved)


def test_caption_in_both_languages():
    assert keyword_caption(["antena", "parabólica"], "es") == "Una imagen de antena, parabólica"
    assert keyword_caption(["grandmother", "granny"], "en") == "A picture of grandmother, granny"
    assert keyword_caption(["grandmother", "granny"], "en", first=True) == "A picture of grandmother"


def test_options_have_one_spelling():
    assert options("n", None, ("b", "a")) == ("n", frozenset())
    assert options("n", " b,a", ("b", "a")) == options("n", "a,b,", ("b", "a")) == ("n:a,b", {"a", "b"})
    with pytest.raises(DatasetError, match="n: unknown option 'c'; known: b, a"):
        options("n", "c", ("b", "a"))


def test_file_sizes(tmp_path):
    (tmp_path / "b").write_text("12")
    (tmp_path / "a").write_text("1")
    (tmp_path / "folder").mkdir()
    assert list(file_sizes(tmp_path).items()) == [("a", 1), ("b", 2)]
    assert file_sizes(tmp_path / "none") == {}


def test_footnote_counts_and_names():
    assert skipped_note([]) == ()
    (note,) = skipped_note([(f"p{k}", "gone") for k in range(7)])
    assert note.startswith("7 records left out: p0 (gone); ")
    assert note.endswith("and 2 more.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'["a",\n"\xff"]', "line 2 has the byte 0xff, which is not UTF-8"),
        (b"", "is not JSON"),
        (b"9" * 9999, "is not JSON"),
    ],
)
def test_metadata_that_is_no_json(tmp_path, content, words):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(DatasetError, match=rf"mine: .*m\.json.*{words}"):
        read_json(tmp_path / "m.json", "mine")


def test_metadata_that_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "m.json")
    with pytest.raises(DatasetError, match="it is no regular file"):
        read_json(tmp_path / "m.json", "mine")
    with pytest.raises(DatasetError, match="no such file"):
        read_json(tmp_path / "gone.json", "mine")
