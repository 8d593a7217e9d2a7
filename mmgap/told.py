"""How a command ends on bad input: one line on stderr, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mmgap.failures import is_input, is_memory, line


@contextmanager
def told() -> Iterator[None]:
    """Bad input and too little memory end in one line on stderr and exit code 2; anything else keeps its traceback."""
    try:
        yield
    except Exception as error:
        if not (is_input(error) or is_memory(error)):
            raise
        typer.secho(f"mmgap: {line(error)}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2) from error
