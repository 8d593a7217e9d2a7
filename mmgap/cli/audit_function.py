"""``mmgap audit``: what is wrong with a foreign metric, ranking function or evaluator."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors

if TYPE_CHECKING:
    from mmgap.audit.audit_finding import Audit, AuditFinding

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
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that all calls may take.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON, with the smallest inputs in full.")] = False,
    language: Annotated[Language, typer.Option(help="Of the sentences.")] = Language.en,
) -> None:
    """Feed a function that measures or ranks problems with known answers, and say what is wrong with it.

    Ties, five texts an image, collapsed vectors, odd numbers of items, half precision, one class, shared texts and
    more; each finding with the smallest input that shows it. Exit status: 0 nothing is wrong, 1 something is, 2 it
    cannot be called, or nothing can be told.
    """
    from mmgap.audit.audited import audited
    from mmgap.audit.claimed_names import claims_of
    from mmgap.audit.subject import found

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

    def told(messages: tuple[str, ...]) -> list[str]:
        return [translated(one, language) for one in messages]

    findings = [one.plain() | {"message": translated(one.message, language)} for one in done.findings]
    plain = {
        "called_with": translated(done.call, language),
        "findings": findings,
        "computes": told(done.computes),
        "conventions": told(done.conventions),
        "cannot_be_told": told(done.untold),
    }
    typer.echo(json.dumps(plain, indent=1, ensure_ascii=False, default=str))


def _as_text(done: Audit, language: str) -> None:
    from mmgap.core.messages import Message
    from mmgap.report.translation import translated

    typer.echo(translated(Message("called with {call}", call=done.call), language))
    for one in done.findings:
        places = ", ".join(filter(None, one.places))
        typer.secho(f"{one.kind}{f' · {places}' if places else ''}", fg=typer.colors.RED, bold=True)
        typer.echo(f"  {translated(one.message, language)}")
        _show_input(one, language)
    if not done.findings and done.computes:
        typer.secho(translated(Message("Nothing is wrong that could be told."), language), fg=typer.colors.GREEN)
    for line in done.computes:
        typer.echo(translated(Message("computes {what}", what=line), language))
    for line in (*done.conventions, *(Message("cannot be told: {what}", what=one) for one in done.untold)):
        typer.echo(translated(line, language))


def _show_input(one: AuditFinding, language: str) -> None:
    """The smallest input, as cosines and what is right, and both values."""
    from mmgap.core.messages import Message
    from mmgap.report.translation import translated

    if one.problem is None or one.expected is None:
        return
    rows, columns = one.problem.relevance.shape
    low, high = one.expected
    right = f"{low:.6g}" if abs(high - low) < 1e-9 else f"{low:.6g} … {high:.6g}"
    words = Message(
        "smallest input: {rows} × {columns} cosines (* belongs together); expected {right}, got {got}",
        rows=rows, columns=columns, right=right, got=f"{one.got:.6g}",
    )  # fmt: skip
    typer.echo(f"  {translated(words, language)}")
    for scores, belongs in zip(one.problem.scores[:_SHOWN], one.problem.relevance[:_SHOWN], strict=True):
        cells = [f"{score:7.3f}{'*' if own else ' '}" for score, own in zip(scores, belongs, strict=True)]
        typer.echo(f"    {''.join(cells[:_SHOWN])}{' …' if columns > _SHOWN else ''}".rstrip())
    if rows > _SHOWN:
        typer.echo("    …")
