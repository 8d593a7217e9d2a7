"""Bars below a line that is being written, on a screen of a few rows."""

import io

import pytest

from mmgap.core.below_line import BelowLine

pytest.importorskip("termios", reason="no pseudo-terminals here")
from tests.support.terminal import Screen


class Line:
    """A program that writes letters."""

    def __init__(self, stream):
        self.stream, self.width, self.clear = stream, 0, lambda: None

    def write(self, text):
        self.clear()
        self.stream.write(text)
        self.width = 0 if text.endswith("\n") else self.width + len(text)

    def taken(self):
        return self.width

    def watched(self, clear, lock):
        self.clear = clear

    def interrupted(self, text):
        begin, self.width = "\n" * bool(self.width), 0
        return f"{begin}{text}\n"


@pytest.fixture
def made():
    stream = io.StringIO()
    line = Line(stream)
    below = BelowLine(stream, line)

    def shown(rows=3):
        screen = Screen(20, rows)
        screen.feed(stream.getvalue().replace("\n", "\r\n").encode())  # as a terminal has it
        return screen.shown()

    return line, below, shown


@pytest.mark.parametrize("rows", [3, 10], ids=["at the bottom", "in the middle"])
def test_bars_stand_below_and_the_line_goes_on(made, rows):
    line, below, shown = made
    line.write("first\n")
    line.write("..")
    below.write("\rbar 1")
    assert shown(rows)[-2:] == ["..", "bar 1"]
    line.write("F")
    assert [text for text in shown(rows) if text][-1] == "..F"
    below.write("\rbar 2")
    below.write("\rbar 3")
    assert shown(rows)[-2:] == ["..F", "bar 3"]


def test_a_bar_in_the_second_row_is_drawn_as_a_whole(made):
    line, below, shown = made
    line.write("..")
    for part in ("\n", "\rinner", "\x1b[A"):
        before = shown()
        below.write(part)
        assert part == "\x1b[A" or shown() == before
    below.write("\router")
    assert shown() == ["..", "outer", "inner"]
    below.clear()
    assert [text for text in shown() if text] == [".."]


def test_what_was_begun_when_a_run_was_interrupted_is_forgotten(made):
    line, below, shown = made
    line.write("..")
    below.write("\n\rhalf")
    below.clear()
    below.write("\rbar")
    assert [text for text in shown() if text] == ["..", "bar"]


def test_a_word_gets_a_line_of_its_own_above_the_bars(made):
    line, below, shown = made
    line.write("..")
    below.write("\rbar")
    below.say("a word")
    line.write(".")
    assert [text for text in shown() if text] == ["..", "a word", "."]


def test_nothing_is_drawn_and_nothing_watched_before_the_first_bar(made):
    line, below, shown = made
    below.clear()
    line.write("..")
    assert shown() == [".."]
    assert line.clear.__name__ == "<lambda>"
