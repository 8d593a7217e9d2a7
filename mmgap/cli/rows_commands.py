"""``mmgap rows …``: what changed between two sets of rows, and older rows under the names of today's metrics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.bad_input import told

if TYPE_CHECKING:
    from mmgap.rows.row_changes import Change, Compared

rows = typer.Typer(help="Compare rows of results, and keep older ones readable.", no_args_is_help=True)


@rows.callback()
def main() -> None:
    """Everything happens in the sub-commands."""


@rows.command()
def compare(
    old: Annotated[Path, typer.Argument(help="Folder of rows, or one row.")],
    new: Annotated[Path, typer.Argument(help="Another folder, or another row.")],
    metric: Annotated[
        list[str] | None, typer.Option(help="Only this one (repeatable); 't2i_*' takes all that begin so.")
    ] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Leave out cells and metrics that stayed.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="GitHub's tables.")] = False,
) -> None:
    """Show, cell by cell, which metrics changed between OLD and NEW, and which inputs differ.

    The newest row of each cell counts. Rows of older measuring code are read under today's names. Rows of a revision:
    git archive REVISION reports/published | tar -x -C FOLDER
    """
    from mmgap.rows import row_changes
    from mmgap.rows.row import read_rows

    with told():
        (before, torn), (after, worn) = (read_rows(path) for path in (old, new))
    found = row_changes.compare(before, after, metric or ())
    for pattern in metric or ():
        if not any(row_changes.asked(name, [pattern]) for row in (*before, *after) for name in row["metrics"]):
            _warn(f"no row has a metric {pattern}")
    for cell in found.both:
        if cell.changed or not changed:
            typer.echo("\n".join(_told(cell, markdown, everything=bool(metric) and not changed)) + "\n")
    for path, names in ((old, found.only_old), (new, found.only_new)):
        for name in names:
            typer.echo(f"{'- ' * markdown}only in {path}: {name}")
    moved = sum(cell.changed for cell in found.both)
    if markdown:
        typer.echo()
    typer.echo(f"{len(found.both)} cells on both sides, {moved} of them changed")
    for reason in (*torn, *worn):
        _warn(reason)


@rows.command()
def migrate(
    folder: Annotated[Path, typer.Argument(help="Folder of rows.")],
    out: Annotated[Path | None, typer.Option(help="Where they go. Default: their own place.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
) -> None:
    """Write rows of older measuring code under the names of today's metrics; their values and keys stay.

    Rows of today's code, rows that are running and what cannot be read are left alone; no other row is overwritten.
    """
    from mmgap.rows.row import read_rows
    from mmgap.rows.row_migration import planned, write

    with told():
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder}: no such folder")
        moves, left, refused = planned(folder, out or folder)
        for move in moves:
            if dry_run:
                typer.echo(f"{move.target}: {move.words()}")
            else:
                write(move)
    unreadable = read_rows(folder)[1]
    does = "would be rewritten" if dry_run else "rewritten"
    typer.echo(f"{len(moves)} rows {does}, {left} left as they are")
    for reason in (*unreadable, *refused):
        _warn(reason)
    if refused:
        raise typer.Exit(1)


def _told(cell: Compared, markdown: bool, *, everything: bool) -> list[str]:
    """The lines of one cell: its name, the reasons, a table of metrics, and what is counted only."""
    from tabulate import tabulate

    shown = [change for change in cell.changes if change.changed or everything]
    stayed = sum(not change.changed for change in cell.changes)
    counts = [(stayed, "stayed"), (len(cell.appeared), "appeared"), (len(cell.vanished), "vanished")]
    counted = ", ".join(f"{number} {what}" for number, what in counts if number) or "no metrics"
    why = "; ".join(cell.reasons) or "the same inputs"
    lines = [_line(change, markdown) for change in shown]
    heads = ("metric", "before", "after", "difference")
    if markdown:
        table = tabulate(lines, heads, "pipe", disable_numparse=True, colalign=("left", "right", "right", "right"))
        return [f"### {cell.name}", "", why, *(["", table] if lines else []), "", counted]
    table = tabulate(lines, heads, "plain", disable_numparse=True, colalign=("left", "right", "right", "right"))
    return [cell.name, f"  {why}", *(f"  {line}" for line in table.splitlines() if lines), f"  {counted}"]


def _line(change: Change, markdown: bool) -> tuple[str, str, str, str]:
    from mmgap.analysis.seed_means import over_seeds
    from mmgap.report import values

    unit = change.after["unit"]
    before, after = (values.text(over_seeds([metric])) for metric in (change.before, change.after))
    size = change.difference * (100 if unit == "share" else 1)
    return f"`{change.name}`" if markdown else change.name, before, after, f"{size:+.2g}" if size else "0"


def _warn(words: str) -> None:
    typer.secho(f"mmgap: {words}", err=True, fg=typer.colors.YELLOW)
