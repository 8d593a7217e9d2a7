"""How a command ends on bad input: one line on stderr, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from mmgap.registry import UnknownNameError


@contextmanager
def told() -> Iterator[None]:
    """Bad input ends in one line on stderr and exit code 2; anything else keeps its traceback."""
    try:
        yield
    except (UnknownNameError, OSError, ValueError) as error:
        typer.secho(f"mmgap: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2) from error
