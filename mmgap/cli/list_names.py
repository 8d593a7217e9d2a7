"""``mmgap list``: what can be named."""

from __future__ import annotations

import typer


def list_names() -> None:
    """List the encoders, datasets, losses, spaces and adapters that can be named, and metrics with their meaning."""
    from mmgap import adapters, datasets, encoders, losses, spaces
    from mmgap.metrics import catalogue

    for what, registry in (
        ("encoders", encoders.registry),
        ("datasets", datasets.registry),
        ("losses", losses.registry),
        ("spaces", spaces.registry),
        ("adapters", adapters.registry),
    ):
        typer.secho(what, bold=True)
        for name in registry.names():
            typer.echo(f"  {name}")
    typer.secho("metrics", bold=True)
    for metric in (*map(catalogue.described, catalogue.registry), catalogue.RECALLS):
        unit = f" [{metric.unit}]" if metric.unit else ""
        typer.echo(f"  {metric.name}{unit} {': '.join(filter(None, (metric.label, metric.help)))}".rstrip())
