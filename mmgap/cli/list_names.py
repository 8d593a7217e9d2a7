"""``mmgap list``: what can be named."""

from __future__ import annotations

import typer


def list_names() -> None:
    """The encoders, datasets, losses and projections that can be named."""
    from mmgap import datasets, encoders, losses, spaces

    for what, registry in (
        ("encoders", encoders.registry),
        ("datasets", datasets.registry),
        ("losses", losses.registry),
        ("projections of two towers", spaces.registry),
    ):
        typer.secho(what, bold=True)
        for name in registry.names():
            typer.echo(f"  {name}")
