"""``mmgap rows compare``: what changed between two sets of rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.core.counted_things import n_cells

if TYPE_CHECKING:
    from mmgap.rows.row_changes import Change, Compared


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

    Intervals of the differences, and a check for CI, are in `mmgap compare`. The newest row of each cell counts. Rows
    of older measuring code are read under today's names. Rows of a revision:
        git archive REVISION reports/published | tar -x -C FOLDER
    """
    from mmgap.rows import row_changes
    from mmgap.rows.row import read_rows

    with one_line_errors():
        (before, torn), (after, worn) = (read_rows(path) for path in (old, new))
        for path, found_rows, refused in ((old, before, torn), (new, after, worn)):
            if not found_rows:
                raise ValueError(f"{path}: no row of results is in there{f' ({refused[0]})' if refused else ''}")
        for pattern in metric or ():
            if not any(row_changes.asked(name, [pattern]) for row in (*before, *after) for name in row["metrics"]):
                raise ValueError(f"--metric {pattern}: no row has such a metric")
    found = row_changes.compare(before, after, metric or ())
    for cell in found.both:
        if cell.changed or not changed:
            typer.echo("\n".join(_lines(cell, markdown, everything=bool(metric) and not changed)) + "\n")
    for path, names in ((old, found.only_old), (new, found.only_new)):
        for name in names:
            typer.echo(f"{'- ' * markdown}only in {path}: {name}")
    moved = sum(cell.changed for cell in found.both)
    if markdown:
        typer.echo()
    typer.echo(f"{n_cells(len(found.both))} on both sides, {moved} of them changed")
    for reason in (*torn, *worn):
        warn(reason)


def _lines(cell: Compared, markdown: bool, *, everything: bool) -> list[str]:
    """The lines of one cell: its name, the reasons, a table of metrics, and what is counted only."""
    from tabulate import tabulate

    shown = [change for change in cell.changes if change.changed or everything]
    stayed = sum(not change.changed for change in cell.changes)
    counts = [(stayed, "stayed"), (len(cell.appeared), "appeared"), (len(cell.vanished), "vanished")]
    counted = ", ".join(f"{number} {what}" for number, what in counts if number) or "no metrics"
    why = "; ".join(cell.reasons) or "the same inputs"
    lines = [_row(change, markdown) for change in shown]
    heads = ("metric", "before", "after", "difference")
    if markdown:
        table = tabulate(lines, heads, "pipe", disable_numparse=True, colalign=("left", "right", "right", "right"))
        return [f"### {cell.name}", "", why, *(["", table] if lines else []), "", counted]
    table = tabulate(lines, heads, "plain", disable_numparse=True, colalign=("left", "right", "right", "right"))
    return [cell.name, f"  {why}", *(f"  {line}" for line in table.splitlines() if lines), f"  {counted}"]


def _row(change: Change, markdown: bool) -> tuple[str, str, str, str]:
    from mmgap.analysis.seed_means import over_seeds
    from mmgap.report import values

    unit = change.after["unit"]
    before, after = (values.text(over_seeds([metric])) for metric in (change.before, change.after))
    size = change.difference * (100 if unit == "share" else 1)
    return f"`{change.name}`" if markdown else change.name, before, after, f"{size:+.2g}" if size else "0"
