"""``mmgap audit``: what is wrong with a foreign metric, ranking function or evaluator."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors

if TYPE_CHECKING:
    from mmgap.core.messages import Message
    from mmgap.testing.audit.audit_finding import Audit, AuditFinding

#: Rows and columns of an input that are shown; JSON has all of it.
_SHOWN = 8


class Takes(StrEnum):
    """What a function takes."""

    similarity = "similarity"
    embeddings = "embeddings"
    ranks = "ranks"
    compute_metrics = "compute_metrics"
    evaluator = "evaluator"


def audit(
    function: Annotated[str, typer.Argument(help="MODULE:FUNCTION or FILE.py:FUNCTION; a class is made and called.")],
    claims: Annotated[
        str, typer.Option(help="What it should compute: recall@1, ndcg@10, uniformity …, by commas; read from names.")
    ] = "",
    takes: Annotated[Takes | None, typer.Option(help="The shape of its input; guessed from its parameters.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that it may take.")] = 40,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON, with the smallest inputs in full.")] = False,
    language: Annotated[Language, typer.Option(help="Of the sentences.")] = Language.en,
) -> None:
    """Feed a function that measures or ranks problems with known answers, and say what is wrong with it.

    Ties, five texts an image, collapsed vectors, odd numbers of items, half precision, one class, shared texts and
    more; each finding with the smallest input that shows it. Exit status: 0 nothing is wrong, 1 something is, 2 it
    cannot be called, or nothing can be told.
    """
    from mmgap.testing.audit.audited import audited
    from mmgap.testing.audit.claimed_names import claims_of
    from mmgap.testing.audit.subject import found

    with one_line_errors():
        thing, name = found(function)
        done = audited(
            thing,
            name,
            claims=claims_of(claims),
            takes=takes.value if takes else None,
            seconds=min(10.0, timeout / 2),
            budget=timeout,
        )
    if as_json:
        _as_json(done, language.value)
    else:
        _as_text(done, language.value)
    if done.findings:
        raise typer.Exit(1)
    if not done.computes:
        raise typer.Exit(2)


def _as_json(done: Audit, language: str) -> None:
    """All of it on stdout."""
    from mmgap.report.translation import translated

    def said(lines: Iterable[Message]) -> list[str]:
        return [translated(line, language) for line in lines]

    plain = {
        "called_with": translated(done.call, language),
        "findings": [one.plain() | {"message": translated(one.message, language)} for one in done.findings],
        "computes": said(done.computes),
        "conventions": said(done.conventions),
        "cannot_be_told": said(done.untold),
    }
    typer.echo(json.dumps(plain, indent=1, ensure_ascii=False, default=str))


def _as_text(done: Audit, language: str) -> None:
    from mmgap.core.messages import Message
    from mmgap.report.translation import translated

    typer.echo(translated("called with {call}", language, call=done.call))
    for one in done.findings:
        places = ", ".join(filter(None, one.places))
        typer.secho(f"{one.kind}{f' · {places}' if places else ''}", fg=typer.colors.RED, bold=True)
        typer.echo(f"  {translated(one.message, language)}")
        _show_input(one, language)
    if not done.findings and done.computes:
        typer.secho(translated("Nothing is wrong that could be told.", language), fg=typer.colors.GREEN)
    computes = [Message("computes {what}", what=one) for one in done.computes]
    untold = [Message("cannot be told: {what}", what=one) for one in done.untold]
    for line in (*computes, *done.conventions, *untold):
        typer.echo(translated(line, language))


def _show_input(one: AuditFinding, language: str) -> None:
    """The smallest input, as cosines and what is right, and both values."""
    from mmgap.report.translation import translated

    if one.problem is None or one.expected is None:
        return
    rows, columns = one.problem.relevance.shape
    low, high = one.expected
    right = f"{low:.6g}" if abs(high - low) < 1e-9 else f"{low:.6g} … {high:.6g}"
    told = translated(
        "smallest input: {rows} × {columns} cosines (* belongs together); expected {right}, got {got}",
        language,
        rows=rows,
        columns=columns,
        right=right,
        got=f"{one.got:.6g}",
    )
    typer.echo(f"  {told}")
    for scores, belongs in zip(one.problem.scores[:_SHOWN], one.problem.relevance[:_SHOWN], strict=True):
        cells = [f"{score:7.3f}{'*' if own else ' '}" for score, own in zip(scores, belongs, strict=True)]
        typer.echo(f"    {''.join(cells[:_SHOWN])}{' …' if columns > _SHOWN else ''}".rstrip())
    if rows > _SHOWN:
        typer.echo("    …")
