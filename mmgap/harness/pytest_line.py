"""The line that pytest is writing, as bars must know it to leave it alone.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TextIO

import pytest

#: What pytest's reporter knows of its line after a test's result: the next one begins a new line.
_RESULT = -2


class PytestLine:
    """Follows pytest's reporter from the first bar on (`mmgap.core.below_line.WrittenLine`)."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter
        self._file: _WatchedFile | None = None

    def taken(self) -> int:
        """Return how many columns of it are on the screen."""
        return self._writer.width_of_current_line if self._file is None else self._file.taken

    def watched(self, clear: Callable[[], None], lock: AbstractContextManager[Any]) -> None:
        """Call ``clear`` before pytest writes anything, whatever it is, and hold ``lock`` until it is written."""
        if self._file is None:
            self._file = self._writer._file = _WatchedFile(self._writer, clear, lock)

    def left(self) -> None:
        """Watch no longer."""
        if self._file is not None:
            self._writer._file, self._file = self._file.file, None

    def at_start(self) -> None:
        """Take it that the cursor stands at the start of a line, as after a debugger, which writes by itself."""
        self._writer._current_line = ""
        if self._file is not None:
            self._file.taken = 0

    def interrupted(self, text: str) -> str:
        """Return what puts ``text`` into a line of its own: after it results go on as they would have.

        pytest begins a new line by itself where it writes one for each test (``-v``). What it has written and kept
        back is let go of first.
        """
        self._writer.flush()
        begin = "\n" if self.taken() else ""
        one_each = self.reporter.showlongtestinfo or self.reporter.verbosity > 0
        self._writer._current_line = text if one_each else ""
        if one_each:
            self.reporter.currentfspath = _RESULT
        if self._file is not None:
            self._file.taken = self._writer.width_of_current_line
        return f"{begin}{text}" if one_each else f"{begin}{text}\n"

    @property
    def _writer(self) -> Any:
        return self.reporter._tw


class _WatchedFile:
    """A file that pytest's writer writes into: bars go before each text, and its column is known after it."""

    def __init__(self, writer: Any, clear: Callable[[], None], lock: AbstractContextManager[Any]) -> None:
        self.file: TextIO = writer._file
        self.taken: int = writer.width_of_current_line
        self._writer, self._clear, self._lock = writer, clear, lock

    def write(self, text: str) -> int:
        with self._lock:  # a bar that another thread drew in between would be written into
            self._clear()
            written = self.file.write(text)
            self.file.flush()
            self.taken = self._writer.width_of_current_line
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
