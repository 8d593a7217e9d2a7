"""``mmgap report``: the report of rows that were measured before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn


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
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Item that stands by its id on maps and heat-maps (repeatable); a file's name will do."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also where nothing is new, say as the cache has arrays again.")
    ] = False,
) -> None:
    """Write the report of rows that were measured before: Markdown, LaTeX, HTML and pictures.

    Where rows, code and options are those of the report that is there, nothing is written.
    """
    from mmgap.cli.row_folders import rows_of
    from mmgap.core.atomic import require_folder_place
    from mmgap.harness.run_summary import summary
    from mmgap.report import is_current, unshown_labels, write_report

    with one_line_errors():
        require_folder_place(out)
        folders, found = rows_of(rows)
        options: dict[str, Any] = {
            "language": language.value,
            "title": title,
            "local": thumbnails,
            "labels": label or (),
        }
        known = not force and is_current(found, out, **options)
        path = out / "report.md"
        if not known:
            path = write_report(found, out, beside=folders, **options)
        for words in unshown_labels(found, label or (), language=language.value):
            warn(words)
    typer.echo(summary(found, language.value))
    typer.echo(f"\nreport: {path}{' (nothing new; --force builds it again)' if known else ''}")
