"""Options that were typed but have no effect on what was asked for: they are refused, never passed over in silence."""

from __future__ import annotations

import typer


def refuse_unused(context: typer.Context, why: str, *names: str) -> None:
    """Refuse parameters that were typed.

    Args:
        context: of the running command.
        why: what they are for, as ``"is for data sets"`` behind the name of an option.
        names: of the parameters, as the command's function has them.

    Raises:
        ValueError: one of them was typed; the message names it.
    """
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in names and source is not None and source.name == "COMMANDLINE":
            refused = context.params.get(parameter.name) is False and parameter.secondary_opts
            raise ValueError(f"{max(refused or parameter.opts, key=len)} {why}: leave it out")
