"""The command ``mmgap``: its sub-commands joined, each from a file of its own."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mmgap.cli.atlas import atlas
from mmgap.cli.audit_function import audit
from mmgap.cli.classify import classify
from mmgap.cli.compare import compare as compare_runs
from mmgap.cli.compare_encoders import compare_encoders
from mmgap.cli.data_card import card
from mmgap.cli.data_fetch import fetch
from mmgap.cli.data_prepare import prepare
from mmgap.cli.doctor import doctor
from mmgap.cli.judge_claims import claims
from mmgap.cli.list_names import list_names
from mmgap.cli.measure import measure
from mmgap.cli.merge import merge
from mmgap.cli.playground import playground
from mmgap.cli.report import report
from mmgap.cli.rows_compare import compare
from mmgap.cli.rows_export import export
from mmgap.cli.rows_migrate import migrate
from mmgap.cli.search import search
from mmgap.cli.space_apply import apply
from mmgap.cli.space_compare import compare as compare_spaces
from mmgap.cli.space_fit import fit
from mmgap.cli.standard_streams import drop_output, is_of_output, prepare_streams, say_on_stderr
from mmgap.cli.sweep import sweep
from mmgap.cli.train import train
from mmgap.cli.vectors_card import card as vectors_card
from mmgap.cli.watch import watch
from mmgap.core.garbage import collect_seldom


class Commands(TyperGroup):
    """All commands; standard output that cannot be written, as its disk is full, is one line and exit status 2."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command that is asked for."""
        prepare_streams()
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if not is_of_output(error):
                raise
            drop_output()
            why = f"standard output cannot be written ({error.strerror}): make room, or send it elsewhere"
            say_on_stderr(f"mmgap: {why}", typer.colors.RED)
            raise SystemExit(2) from error


app = typer.Typer(
    cls=Commands,
    help="Measure, change and report the modality gap of image-text encoders.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data = typer.Typer(help="Bring data sets to this machine and look after them.", no_args_is_help=True)
rows = typer.Typer(help="Compare and export rows of results, and keep older ones readable.", no_args_is_help=True)
space = typer.Typer(help="Fit, apply and compare spaces on saved vectors of images and texts.", no_args_is_help=True)
app.add_typer(data, name="data")
app.add_typer(rows, name="rows")
app.add_typer(space, name="space")
for group, name, command in (
    (app, "measure", measure),
    (app, "doctor", doctor),
    (app, "audit", audit),
    (app, "card", vectors_card),
    (app, "classify", classify),
    (app, "atlas", atlas),
    (app, "report", report),
    (app, "claims", claims),
    (app, "watch", watch),
    (app, "sweep", sweep),
    (app, "compare", compare_runs),
    (app, "compare-encoders", compare_encoders),
    (app, "train", train),
    (app, "playground", playground),
    (app, "merge", merge),
    (app, "search", search),
    (app, "list", list_names),
    (data, "fetch", fetch),
    (data, "prepare", prepare),
    (data, "card", card),
    (rows, "compare", compare),
    (rows, "migrate", migrate),
    (rows, "export", export),
    (space, "fit", fit),
    (space, "apply", apply),
    (space, "compare", compare_spaces),
):
    group.command(name)(command)


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
    collect_seldom()
