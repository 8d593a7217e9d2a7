"""``mmgap claims``: what rows that were measured say of claims about the gap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors
from mmgap.cli.unused_options import refuse_unused


def claims(
    context: typer.Context,
    rows: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of rows (repeatable). Default: reports/rows and reports/published."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that the page is written to.")] = Path("reports/scratch"),
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the page.")] = False,
    language: Annotated[Language, typer.Option(help="Of the page.")] = Language.en,
) -> None:
    """Hold claims about the gap, of the thesis and of the field, against rows: each holds, does not, or is undecided.

    Writes claims.html, claims.md and claims.tex with a picture for each claim; says one line a claim.
    """
    from mmgap.analysis.gap_claims import scoreboard
    from mmgap.cli.row_folders import rows_of
    from mmgap.core.atomic import require_folder_place
    from mmgap.core.cache import Cache
    from mmgap.report.blocks import Bullets, Paragraph
    from mmgap.report.claims_page import claims_document, write_claims
    from mmgap.rows.row import latest, migrated

    with one_line_errors():
        folders, found = rows_of(rows)
        if as_json:
            unused = ("language", "out") if len(folders) == 1 else ("language",)
            refuse_unused(context, "is of the page, and --json writes none", *unused)
        if not as_json:
            require_folder_place(out)
        derived = folders[0] if len(folders) == 1 else out
        board = scoreboard(map(migrated, latest(found)), derived, Cache())
        if as_json:
            typer.echo(
                json.dumps([one.plain() for found in board.values() for one in found], indent=1, ensure_ascii=False)
            )
            return
        page = write_claims(board, out, language.value)
    for block in claims_document(board, language.value, {}).blocks[:2]:
        if isinstance(block, Paragraph):
            typer.secho(block.text, bold=True)
        elif isinstance(block, Bullets):
            for text in block.texts:
                typer.echo(f"  {text}")
    typer.echo(f"\npage: {page}")
