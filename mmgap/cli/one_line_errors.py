"""How a command ends on bad input, warns, and says what it does: one line on stderr, no traceback."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from mmgap.cli.standard_streams import is_of_output, say_on_stderr
from mmgap.core.failures import is_input, is_memory, line
from mmgap.core.integrity import CacheWarning


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Bad input and too little memory end in one line on stderr and exit code 2; anything else keeps its traceback.

    What standard output refuses is told by `mmgap.cli.commands`. A `CacheWarning` is one line, too: where in the code
    it arose helps nobody who types commands.
    """
    plain = warnings.formatwarning

    def formatted(message: Warning | str, category: type[Warning], *place: Any) -> str:
        return f"mmgap: {message}\n" if issubclass(category, CacheWarning) else plain(message, category, *place)

    warnings.formatwarning = formatted  # type: ignore[assignment]
    try:
        yield
    except Exception as error:
        if not (is_input(error) or is_memory(error)) or is_of_output(error):
            raise
        say_on_stderr(f"mmgap: {line(error)}", typer.colors.RED)
        raise typer.Exit(2) from error
    finally:
        warnings.formatwarning = plain


def tell(words: str) -> None:
    """Say on stderr, in one line, what a command does."""
    say_on_stderr(f"mmgap: {words}")


def warn(words: str) -> None:
    """Say on stderr, in one line, what was passed over or looks wrong."""
    say_on_stderr(f"mmgap: {words}", typer.colors.YELLOW)
