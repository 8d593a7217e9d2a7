"""``mmgap data card``: what a data set holds."""

from __future__ import annotations

from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors


def card(
    name: Annotated[str, typer.Argument(help="A dataset: arasaac-es, coco, folder:PATH …")],
) -> None:
    """Show what a dataset holds: licence, splits, captions, notes, and what was left out and why."""
    from mmgap.datasets.card import card as written

    with one_line_errors():
        typer.echo(written(name))
