"""A command that refuses values which no file, and no number of the machine, can have."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from mmgap.cli.help_pages import PlainHelp
from mmgap.core.spec_options import LARGEST


class CheckedCommand(PlainHelp, TyperCommand):
    """A command; an empty path, as of a shell's variable that is not set, would be the folder that it is called in."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a call.

        Raises:
            typer.BadParameter: a path that is empty, a whole number of more than 64 bits, a number that is not finite.
        """
        typed, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        rest = super().parse_args(ctx, args)
        for parameter in self.params:
            read, words = (_listed(values.get(parameter.name or "")) for values in (ctx.params, typed))
            if fault := next(filter(None, map(_fault, read, words)), None):
                raise typer.BadParameter(fault, ctx, parameter)  # type: ignore[arg-type]  # it is one of typer's
        return rest


def _fault(value: Any, typed: Any) -> str:
    """What is wrong with a value that was typed so; nothing where nothing is."""
    if isinstance(value, Path) and typed == "":
        return "it is empty: name a file or a folder (. is this one)"
    if isinstance(value, int) and abs(value) >= LARGEST:
        return "numbers have at most 64 bits: give a smaller one"
    if isinstance(value, float) and not math.isfinite(value):
        return "it is not finite: give a number"
    return ""


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
