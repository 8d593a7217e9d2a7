"""Standard output and standard error that are closed, full, or read by nobody any more."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

import typer

#: What errors call it.
OUTPUT = "standard output"


class StandardOutput(io.FileIO):
    """Standard output, whose errors say that they are of it."""

    def write(self, content: Any, /) -> int:
        """Write what there is room for; an `OSError` has `OUTPUT` as its file."""
        try:
            return super().write(content)
        except OSError as error:
            error.filename = OUTPUT
            raise


def prepare_streams() -> None:
    """Name standard output in its errors; a sign that its encoding lacks is written as its escape (``\\u2193``).

    What is written to a closed stream goes nowhere, and not into the next file that is opened.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    if sys.stdout is None or sys.stdout is sys.__stdout__:  # what a test or a caller has put there stays
        encoding = "utf-8" if sys.stdout is None else sys.stdout.encoding
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(StandardOutput(1, "w", closefd=False)),
            encoding,
            errors="backslashreplace",
            line_buffering=os.isatty(1),
        )


def is_of_output(error: BaseException) -> bool:
    """Return whether an error is of standard output: a full disk behind it, or a reader that has stopped."""
    return isinstance(error, OSError) and error.filename == OUTPUT


def drop_output() -> None:
    """Let what waits to be written go nowhere, as the end of the process would try it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def say_on_stderr(words: str, colour: str | None = None) -> None:
    """Say one line on stderr; where that is full or closed nothing is said, and nothing of the work is lost."""
    with suppress(OSError):
        typer.secho(words, err=True, fg=colour)
