"""``mmgap rows export``: rows of results for other tools, as a table, as results of mteb, or in a tracker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.unused_options import refuse_unused
from mmgap.core.counted_things import n_lines, n_rows
from mmgap.core.messages import counted

if TYPE_CHECKING:
    from mmgap.rows.row import Row


def export(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Folders of rows, rows, or revisions. Default: reports/rows and reports/published."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="A .csv, .parquet, .jsonl or .json file, else CSV on stdout; with --mteb a folder."),
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="One line a row instead of one line a metric.")] = False,
    metric: Annotated[
        list[str] | None, typer.Option(help="Only this one (repeatable); 't2i_*' takes all that begin so.")
    ] = None,
    mteb: Annotated[
        bool, typer.Option("--mteb", help="Results of mteb, a file a row, in the folder --output.")
    ] = False,
    to: Annotated[str | None, typer.Option(help="tensorboard:FOLDER or trackio:PROJECT, a run for each row.")] = None,
    language: Annotated[Language, typer.Option(help="Of the labels.")] = Language.en,
) -> None:
    """Hand rows of results to other tools, with units and intervals, every value as it is in the row."""
    with one_line_errors():
        if mteb and output is None:
            raise ValueError("--mteb writes a file for each row: name the folder, --output DIR")
        if to is not None and (mteb or output is not None):
            raise ValueError("--to writes into a tracker: leave --output and --mteb out")
        if (wide or metric) and (mteb or to is not None):
            raise ValueError("--wide and --metric are for tables: leave them out")
        if mteb or to is not None:
            refuse_unused(context, "is of the labels of a table", "language")
        if output is not None:
            _require_place(output, mteb=mteb)
        rows = _rows(sources)
        if mteb and output is not None:
            _mteb(output, [row for row, _ in rows])
        elif to is not None:
            from mmgap.integrations.run_sinks import send

            count = send((row for row, _ in rows), to)
            typer.echo(f"{to}: {count} of {n_rows(len(rows))}")
        else:
            _table(output, rows, metric or [], wide, language.value)


def _require_place(output: Path, *, mteb: bool) -> None:
    """Raise where nothing can be written, before rows are read."""
    from mmgap.core.atomic import require_file_place, require_folder_place

    if mteb:
        require_folder_place(output)
    else:
        from mmgap.integrations.record_files import check_suffix

        check_suffix(output)
        require_file_place(output)


def _rows(sources: list[str] | None) -> list[tuple[Row, str]]:
    """The rows of all sources with their names; what is none is said."""
    from mmgap.cli.row_folders import USUAL
    from mmgap.rows.row_sources import read_run

    usual = [str(folder) for folder in USUAL if folder.is_dir()]
    if not (sources or usual):
        raise FileNotFoundError(f"no rows in {', '.join(map(str, USUAL))}: name a folder, a row or a revision")
    found: list[tuple[Row, str]] = []
    for name in sources or usual:
        run = read_run(name)
        for words in run.refused:
            warn(words)
        found += [(row, name) for row in run.rows]
    return found


def _table(path: Path | None, rows: list[tuple[Row, str]], metrics: list[str], wide: bool, language: str) -> None:
    from mmgap.integrations.frames import table_of
    from mmgap.integrations.record_files import csv_text, write_records

    columns, records = table_of(rows, metrics, wide, language)
    if not records:
        raise ValueError(f"no row has a metric {', '.join(metrics)}")
    if path is None:
        typer.echo(csv_text(columns, records), nl=False)
        return
    write_records(path, columns, records)
    typer.echo(f"{path}: {n_lines(len(records))} of {n_rows(len(rows))}")


def _mteb(folder: Path, rows: list[Row]) -> None:
    from mmgap.integrations.mteb_export import write_mteb

    written, left = write_mteb(folder, rows)
    if left:
        warn(f"{left} of {n_rows(len(rows))} left out: unfinished, or not of an encoder on a data set")
    if not written:
        raise ValueError("no row is of an encoder on a data set: nothing was written")
    typer.echo(f"{folder}: {counted('{n} result', '{n} results', n=len(written))}")
