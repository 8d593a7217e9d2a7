"""``mmgap compare``: what one run changed against another, with intervals, and whether that is too much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.output_places import require_output
from mmgap.cli.standard_streams import say_on_stderr
from mmgap.cli.unused_options import refuse_unused

if TYPE_CHECKING:
    from mmgap.analysis.allowed_changes import AllowedChange
    from mmgap.analysis.run_changes import RunChange, RunChanges


def compare(
    context: typer.Context,
    a: Annotated[
        str, typer.Argument(help="Folder of rows or reports, one row, or a branch, tag or commit (maybe :FOLDER).")
    ],
    b: Annotated[str, typer.Argument(help="The run that is compared with it, likewise.")],
    metric: Annotated[
        list[str] | None, typer.Option(help="Only this one (repeatable); 't2i_*' takes all that begin so, '*' all.")
    ] = None,
    fail: Annotated[
        list[str] | None,
        typer.Option(
            help="METRIC:±SIZE, how far it may fall (−) or rise (+): in % of the value of A, in pt (of a hundred), or"
            " in its own unit. Exit status 1 where the whole interval lies beyond it. Repeatable: --fail t2i_r1:-1%"
        ),
    ] = None,
    rows: Annotated[str, typer.Option(help="Where a revision keeps its rows.")] = "reports/published",
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
    plot: Annotated[Path | None, typer.Option(help="A picture of both runs side by side, .png or .svg.")] = None,
    language: Annotated[Language, typer.Option(help="Of the table and the picture.")] = Language.en,
) -> None:
    """Compare two runs cell by cell: paired differences with 95 % intervals, Holm's correction, a check for CI.

    Not `mmgap rows compare`, which lists every number that differs and the inputs behind it; nor `mmgap
    compare-encoders`, which measures two encoders on your photos; nor `mmgap space compare`, which fits spaces.

    Two runs of an encoder each, one before it was tuned and one after, say, are compared where all else is equal; so
    are runs of one loss or one space each.

    Differences are paired item by item where the arrays of both runs are in this machine's cache; otherwise both rows'
    intervals are put together as if the runs were independent, which is wider, and marked.
    """
    from mmgap.analysis.allowed_changes import allowed_change, broken_changes
    from mmgap.analysis.row_items import read_items
    from mmgap.analysis.run_changes import HEADLINES, run_changes
    from mmgap.analysis.run_machines import machine_changes
    from mmgap.core.cache import Cache
    from mmgap.rows.row_changes import asked
    from mmgap.rows.row_sources import read_run

    cache = Cache()
    with one_line_errors():
        if as_json and plot is None:
            refuse_unused(context, "is of the table and the picture, and JSON has neither", "language")
        if Path(a).exists() and Path(b).exists():
            refuse_unused(context, "says where a revision keeps its rows, and two paths are given", "rows")
        limits = [allowed_change(one) for one in fail or ()]
        if plot is not None:
            require_output("--plot", plot, (".png", ".svg"), "a picture")
        before, after = (read_run(name, rows) for name in (a, b))
        metrics = [*(metric or HEADLINES), *(limit.metric for limit in limits)] if metric or limits else []
        found = run_changes(before.rows, after.rows, lambda row: read_items(row, cache), metrics)
        if not found.cells:
            raise ValueError(f"{a} and {b} have no finished cell in common: {_alone(found, a, b)}")
        for pattern in metric or ():
            if not any(asked(change.metric, [pattern]) for change in found.changes):
                raise ValueError(f"--metric {pattern}: no cell that both runs have has such a metric")
        broken = broken_changes(limits, found.changes)
    machines = machine_changes(before.rows, after.rows)
    for words in (*before.refused, *after.refused):
        warn(words)
    for run in (before, after):
        for origin in run.read_from:
            warn(f"{run.name}: read from {origin}")
    for words in machines:
        warn(f"made differently: {words}")
    if as_json:
        typer.echo(json.dumps(_plain(found, machines, broken), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        from mmgap.report.run_table import run_table

        typer.echo(run_table(found, before.name, after.name, language.value))
    for limit, change in broken:
        say_on_stderr(_too_much(limit, change), typer.colors.RED)
    if plot is not None:
        from mmgap.report.figures.run_panels import run_panels
        from mmgap.report.figures.style import save

        with one_line_errors():
            plot.parent.mkdir(parents=True, exist_ok=True)
            save(run_panels(found.changes, before.name, after.name, language.value), plot)
            typer.echo(plot, err=as_json)
    if broken:
        raise typer.Exit(1)


def _plain(found: RunChanges, machines: list[str], broken: list[tuple[AllowedChange, RunChange]]) -> dict[str, object]:
    return {
        "cells": found.cells,
        "changes": [change.plain() for change in found.changes],
        "only_a": list(found.only_before),
        "only_b": list(found.only_after),
        "unpaired": found.unpaired,
        "machines": machines,
        "failed": [
            {"cell": change.cell, "metric": change.metric, "allowed": limit.limit(change)} for limit, change in broken
        ],
    }


def _alone(found: RunChanges, a: str, b: str) -> str:
    return f"{len(found.only_before)} are in {a} alone, {len(found.only_after)} in {b} alone"


def _too_much(limit: AllowedChange, change: RunChange) -> str:
    ends = f"{change.difference:+.4g} [{change.low:+.4g}, {change.high:+.4g}]"
    return f"mmgap: {change.cell}: {change.metric} changed by {ends}, allowed is {limit.limit(change):+.4g}"
