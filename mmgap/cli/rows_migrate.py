"""``mmgap rows migrate``: older rows under the names of today's metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.core.counted_things import n_rows


def migrate(
    folder: Annotated[Path, typer.Argument(help="Folder of rows.")],
    out: Annotated[Path | None, typer.Option(help="Where they go. Default: their own place.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
) -> None:
    """Write rows of older measuring code under the names of today's metrics; their values and keys stay.

    Rows of today's code, rows that are running and what cannot be read are left alone; no other row is overwritten.
    """
    from mmgap.core.atomic import require_folder_place
    from mmgap.core.paths import existing_folder
    from mmgap.rows.row import read_rows, row_files
    from mmgap.rows.row_migration import planned, write

    with one_line_errors():
        existing_folder(folder)
        if not any(row_files(folder)):
            raise FileNotFoundError(f"{folder}: no row of results is in there")
        require_folder_place(out or folder)
        moves, left, refused = planned(folder, out or folder)
        for move in moves:
            if dry_run:
                typer.echo(f"{move.target}: {move.words()}")
            else:
                write(move)
    unreadable = read_rows(folder)[1]
    does = "would be rewritten" if dry_run else "rewritten"
    typer.echo(f"{n_rows(len(moves))} {does}, {left} left as {'it is' if left == 1 else 'they are'}")
    for reason in (*unreadable, *refused):
        warn(reason)
    if refused:
        raise typer.Exit(1)
