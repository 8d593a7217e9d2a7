"""``mmgap watch``: rows as they land, what runs now, and the report made anew when there is something new."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.unused_options import refuse_unused

if TYPE_CHECKING:
    from mmgap.harness.watched_run import WatchedRun

#: Rows from before that are shown at the start.
LAST = 10


def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of rows; it may be made later.")] = Path("reports/rows"),
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
    report: Annotated[bool, typer.Option("--report", help="Also make the report anew when a row is new.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Show all rows there are, and stop.")] = False,
    out: Annotated[Path, typer.Option(help="Folder that the report is written to.")] = Path("reports/scratch"),
    language: Annotated[Language, typer.Option(help="Of the table and the report.")] = Language.en,
    title: Annotated[str | None, typer.Option(help="Of the report.")] = None,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Also maps that show the pictures themselves: not to be published.")
    ] = False,
) -> None:
    """Show rows of results as they land, a line each, and what runs now; Ctrl-C ends it.

    With --report the report is made anew when a row is new or changed, never otherwise; watched.html beside it comes
    anew by itself in a browser. A file that holds no row, or goes away, is said and passed over.
    """
    from mmgap.core.atomic import require_folder_place
    from mmgap.core.paths import existing_folder
    from mmgap.harness.landed_rows import heading
    from mmgap.harness.watched_run import WatchedRun
    from mmgap.report.writers.watched_page import end_watch

    with one_line_errors():
        if once:
            refuse_unused(context, "says how often to look, and --once looks once", "every")
        if not report:
            refuse_unused(context, "is of the report: give --report", "out", "title", "thumbnails")
        if once:
            existing_folder(folder)
        if report:
            require_folder_place(out)
        run = WatchedRun(folder, language.value)
        if not folder.exists():
            warn(f"{folder}: not there yet; waiting for it (Ctrl-C ends this)")
        try:
            typer.echo(heading(language.value))
            _show(run, all_of_them=once)
            while True:
                if report and run.rows_changed:
                    _make_report(run, out, title, local=thumbnails, again=not once)
                if once:
                    break
                _wait(run, every)
                _show(run, all_of_them=True)
        except KeyboardInterrupt:
            typer.echo()
        finally:
            if report:
                end_watch(out)
    typer.echo(run.summary())


def _show(run: WatchedRun, *, all_of_them: bool) -> None:
    """A line for each change."""
    lines, refused = run.look()
    if not all_of_them and len(lines) > LAST:
        typer.echo(f"… {len(lines) - LAST} from before")
        lines = lines[-LAST:]
    for line in lines:
        typer.echo(line)
    for words in refused:
        warn(words)


def _wait(run: WatchedRun, seconds: float) -> None:
    """On a terminal a line says meanwhile what runs."""
    from mmgap.core.progress import progress_bar

    end = time.monotonic() + seconds
    with progress_bar(total=0, delay=1e-9, bar_format="{desc}") as bar:
        while (left := end - time.monotonic()) > 0:
            bar.set_description_str(run.running_words())
            time.sleep(min(left, 1.0))


def _make_report(run: WatchedRun, out: Path, title: str | None, *, local: bool, again: bool) -> None:
    """The report of what there is, unless the one that is there is of the same; its page comes anew by itself.

    Where it cannot be written that is said, and tried ``again`` at the next row.
    """
    from mmgap.core.failures import line
    from mmgap.report import is_current, write_report
    from mmgap.report.writers.watched_page import PAGE, write_watched

    rows = run.take_rows()
    if not rows:
        return
    began = time.monotonic()
    try:
        known = is_current(rows, out, language=run.language, title=title, local=local)
        if not known:
            write_report(rows, out, language=run.language, title=title, local=local, beside=[run.folder])
        write_watched(out)
    except OSError as error:  # a full disk, say: there may be room at the next row
        if not again:
            raise
        warn(f"the report could not be written: {line(error)}")
    else:
        typer.echo(f"report: {out / PAGE} ({'nothing new' if known else f'{time.monotonic() - began:.0f} s'})")
