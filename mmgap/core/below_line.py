"""Bars below a line that another program is still writing: its text stays as it is, and so does the cursor.

pytest writes a line in pieces, a letter a test. A bar drawn over that line would take it off the screen; one drawn a
row below leaves it alone, if the cursor goes back to where it was. The standard library only.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TextIO

#: What moves between rows in the text of bars (`tqdm` writes no other).
_MOVES = re.compile(r"\n|\x1b\[A")


class WrittenLine(Protocol):
    """The line with the cursor, as the program knows it that writes it."""

    def taken(self) -> int:
        """Return how many columns of it are written."""
        ...

    def watched(self, clear: Callable[[], None], lock: AbstractContextManager[Any]) -> None:
        """Call ``clear`` before anything is written from now on, and hold ``lock`` until it is written."""
        ...

    def interrupted(self, text: str) -> str:
        """Return what puts ``text`` into a line of its own, and take it that this is written."""
        ...


class BelowLine:
    """A stream for bars on a terminal: what is written appears in the rows below the line with the cursor.

    Args:
        stream: the terminal itself, or a file, which only `say` is for.
        line: the line with the cursor.
    """

    def __init__(self, stream: TextIO, line: WrittenLine) -> None:
        self.stream, self.line = stream, line
        self.encoding = getattr(stream, "encoding", "utf-8")
        self._lock = threading.RLock()
        self._waiting, self._row = "", 0
        self._shown = self._watching = False

    def write(self, text: str) -> int:
        """Draw; a text that ends in another row than it began waits for the one that leads back."""
        with self._lock:
            self._waiting += text
            self._row += sum(1 if move == "\n" else -1 for move in _MOVES.findall(text))
            if self._row == 0:
                if not self._watching:
                    self.line.watched(self.clear, self._lock)
                    self._watching = True
                self._shown = True
                self._put(self._waiting)
                self._waiting = ""
        return len(text)

    def clear(self) -> None:
        """Take away what is shown; whoever writes the line may go on."""
        with self._lock:
            self._waiting, self._row = "", 0
            if self._shown and self._column() is not None:
                self.stream.write("\x1b[J")  # behind the cursor and below there is nothing else
                self.stream.flush()
            self._shown = False

    def say(self, text: str) -> None:
        """Write a line that stays, above the bars."""
        with self._lock:
            self.clear()
            self.stream.write(self.line.interrupted(text))
            self.stream.flush()

    def flush(self) -> None:
        """Do nothing: what is written is on the screen already."""

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """Return the stream's descriptor: a terminal's width is asked of it."""
        return self.stream.fileno()

    def close(self) -> None:
        """Take away what is shown, and close the stream."""
        self.clear()
        self.stream.close()

    def _put(self, text: str) -> None:
        if (column := self._column()) is not None:
            self.stream.write(f"\n{text}\x1b[A\r" + (f"\x1b[{column}C" if column else ""))
            self.stream.flush()

    def _column(self) -> int | None:
        """Where the cursor stands; None beyond the last column, to which there is no way back."""
        taken, columns = self.line.taken(), width(self.stream)
        if not taken or not columns:
            return taken
        return taken % columns or None


def width(stream: TextIO) -> int:
    """Return how many columns a terminal has; 0 where it does not say, and of files."""
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 0
