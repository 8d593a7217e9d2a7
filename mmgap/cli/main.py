"""The command ``mmgap``: its sub-commands by name, each from a file of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from mmgap.cli.commands import commands

#: Of each command the function that it is; none is loaded before it is asked for.
COMMANDS = {
    "measure": "mmgap.cli.measure:measure",
    "doctor": "mmgap.cli.doctor:doctor",
    "audit": "mmgap.cli.audit_function:audit",
    "card": "mmgap.cli.vectors_card:card",
    "classify": "mmgap.cli.classify:classify",
    "atlas": "mmgap.cli.atlas:atlas",
    "report": "mmgap.cli.report:report",
    "claims": "mmgap.cli.judge_claims:claims",
    "watch": "mmgap.cli.watch:watch",
    "sweep": "mmgap.cli.sweep:sweep",
    "compare": "mmgap.cli.compare:compare",
    "compare-encoders": "mmgap.cli.compare_encoders:compare_encoders",
    "train": "mmgap.cli.train:train",
    "playground": "mmgap.cli.playground:playground",
    "merge": "mmgap.cli.merge:merge",
    "search": "mmgap.cli.search:search",
    "list": "mmgap.cli.list_names:list_names",
}
DATA_COMMANDS = {
    "fetch": "mmgap.cli.data_fetch:fetch",
    "prepare": "mmgap.cli.data_prepare:prepare",
    "card": "mmgap.cli.data_card:card",
}
ROWS_COMMANDS = {
    "compare": "mmgap.cli.rows_compare:compare",
    "migrate": "mmgap.cli.rows_migrate:migrate",
    "export": "mmgap.cli.rows_export:export",
}
SPACE_COMMANDS = {
    "fit": "mmgap.cli.space_fit:fit",
    "apply": "mmgap.cli.space_apply:apply",
    "compare": "mmgap.cli.space_compare:compare",
}

app = typer.Typer(
    cls=commands(COMMANDS),
    help="Measure, change and report the modality gap of image-text encoders.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, paths, does in (
    ("data", DATA_COMMANDS, "Bring data sets to this machine and look after them."),
    ("rows", ROWS_COMMANDS, "Compare and export rows of results, and keep older ones readable."),
    ("space", SPACE_COMMANDS, "Fit, apply and compare spaces on saved vectors of images and texts."),
):
    app.add_typer(typer.Typer(cls=commands(paths), help=does, no_args_is_help=True), name=name)


def _version(asked: bool) -> None:
    if asked:
        from mmgap import __version__

        typer.echo(f"mmgap {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it and stop.")
    ] = False,
) -> None:
    """Run the command; everything happens in its sub-commands."""
