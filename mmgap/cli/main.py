"""``mmgap measure | report | list | data | rows``: works from vectors and rows that exist, and runs no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli import compare_encoders as cli_practices
from mmgap.cli import data as cli_data
from mmgap.cli import rows_commands as cli_rows
from mmgap.cli import training_commands as cli_training
from mmgap.cli.bad_input import told
from mmgap.cli.choices import Language

app = typer.Typer(
    help="Measure, change and report the modality gap of image-text encoders.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_data.data, name="data")
app.add_typer(cli_rows.rows, name="rows")
app.command("compare-encoders")(cli_practices.compare_encoders)
app.command()(cli_training.train)
app.command()(cli_training.merge)

#: Above this, vectors were clearly not meant to be of unit norm (float16 rounding stays below).
NORM_WARNING = 2e-3

#: Where rows lie in a project: those of its own runs, and those published with it.
USUAL = (Path("reports/rows"), Path("reports/published"))


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
    """The command itself; everything happens in its sub-commands."""


@app.command()
def measure(
    images: Annotated[str, typer.Argument(help="Image vectors (.npy, .npz, .safetensors), or one file with both.")],
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    pool: Annotated[int, typer.Option(min=1, help="Recall is shown for pools of this many, too.")] = 90,
    logit_scale: Annotated[float, typer.Option(help="e^τ of the CLIP loss.")] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures: cosines, map, similarity.")] = None,
    language: Annotated[Language, typer.Option(help="Of the table and the pictures.")] = Language.en,
) -> None:
    """Measure the gap between saved image and text vectors."""
    from mmgap.core.vector_files import read_vectors
    from mmgap.evaluation.measuring import measure_all
    from mmgap.evaluation.space_record import BETTER
    from mmgap.report.console import measured_table

    with told():
        pair = read_vectors(images if texts is None else f"{images},{texts}", owner).paired()
        x, y = pair.images, pair.texts
        found = measure_all(x, y, logit_scale=logit_scale, pool=pool, owner=pair.owner)
    if found.metrics["norm_deviation"] > NORM_WARNING:
        typer.secho(
            f"mmgap: the vectors were not of unit norm (off by up to {found.metrics['norm_deviation']:.3g});"
            " every row was divided by its norm before measuring",
            err=True,
            fg=typer.colors.YELLOW,
        )
    for what, number in zip(("images", "texts"), found.duplicates, strict=True):
        if number:
            typer.secho(f"mmgap: {number} {what} equal an earlier one; they tie", err=True, fg=typer.colors.YELLOW)
    if as_json:
        typer.echo(json.dumps(found.metrics, indent=1, allow_nan=False))
    else:
        shape = f"{len(x)} × {len(y)}, d = {x.shape[1]}"
        typer.echo(measured_table(found.metrics, shape, found.omitted, BETTER, language.value))
    if plots is not None:
        from mmgap.evaluation.picture_arrays import picture_items
        from mmgap.report.figures.galleries import draw_space

        with told():
            title = " · ".join(Path(name).name for name in (images, texts) if name)
            for path in draw_space(picture_items(found), plots, title, language.value):
                typer.echo(path, err=as_json)


@app.command()
def report(
    rows: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of rows (repeatable). Default: reports/rows and reports/published."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that the report is written to.")] = Path("reports/scratch"),
    language: Annotated[Language, typer.Option(help="Of headings and labels.")] = Language.en,
    title: Annotated[str | None, typer.Option(help="Of the report.")] = None,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Also maps that show the pictures themselves: not to be published.")
    ] = False,
) -> None:
    """Write the report of rows that were measured before: Markdown, LaTeX, HTML and pictures."""
    from mmgap.report import write_report
    from mmgap.report.summary import summary
    from mmgap.rows.row import read_rows

    usual = [folder for folder in USUAL if folder.is_dir()]
    with told():
        for folder in rows or []:
            if not folder.is_dir():
                raise NotADirectoryError(f"--rows {folder}: no such folder")
        found = []
        for folder in rows or usual:
            readable, refused = read_rows(folder)
            found += readable
            for reason in refused:
                typer.secho(f"mmgap: {reason}", err=True, fg=typer.colors.YELLOW)
        if not found:
            looked = ", ".join(map(str, rows or USUAL))
            raise FileNotFoundError(f"no rows in {looked}: measure something first (pytest benchmarks), or name --rows")
        path = write_report(found, out, language=language.value, title=title, local=thumbnails)
    typer.echo(summary(found, language.value))
    typer.echo(f"\nreport: {path}")


@app.command("list")
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
