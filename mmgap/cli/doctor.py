"""``mmgap doctor``: what is wrong with saved vectors, in a sentence each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors
from mmgap.cli.standard_streams import say_on_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmgap.diagnosis.examination import Examination

_COLOURS = {"severe": typer.colors.RED, "warning": typer.colors.YELLOW, "note": None}


def doctor(
    images: Annotated[str, typer.Argument(help="Image vectors: a file, or a folder of shards; or one with both.")],
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    scale: Annotated[float | None, typer.Option(min=0, help="e^τ of the softmax over cosines, to be checked.")] = None,
    memory: Annotated[
        str | None, typer.Option(help="Vectors that need more, as 500MB, are read in blocks (half of what is free).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of sentences.")] = False,
    language: Annotated[Language, typer.Option(help="Of the sentences.")] = Language.en,
) -> None:
    """Say what is wrong with saved vectors: rows shifted or shuffled, a collapsed tower, cut texts, mixed files …

    Each finding has its evidence and its cure; what the files do not tell is said as well. Exit status: 0 nothing
    severe, 1 something severe, 2 files that cannot be read or do not fit together.
    """
    from mmgap.cli.measured_in_parts import both, in_parts
    from mmgap.core.vector_files import locate, read_vectors, side_names
    from mmgap.diagnosis.examination import examine

    with one_line_errors():
        if scale is not None and scale <= 0:
            raise ValueError(f"--scale {scale:g}: a logit scale is above 0, 100 for CLIP")
        argument = both(images, texts)
        files = locate(argument)
        if in_parts(argument, memory):
            from mmgap.core.row_files import open_faulty, open_pair
            from mmgap.evaluation.streaming.streaming_state import columns_dir

            pair = open_faulty(argument, owner, columns_dir())
            paired: Callable[[], object] = lambda: open_pair(argument, owner, columns_dir())  # noqa: E731
        else:
            pair = read_vectors(argument, owner, faulty=True)
            paired = pair.paired
        found = examine(pair.images, pair.texts, pair.owner, scale=scale, names=side_names(files))
    if as_json:
        _as_json(found, language.value)
    else:
        _as_text(found, f"{len(pair.images)} × {len(pair.texts)}, d = {pair.images.shape[1]}", language.value)
    if found.severe:
        raise typer.Exit(1)
    if not found.paired:
        with one_line_errors():
            paired()


def _as_json(found: Examination, language: str) -> None:
    """Findings on stdout; what cannot be told is for people, on stderr."""
    from mmgap.report.translation import translated

    findings = [one.plain() | {"message": translated(one.message, language)} for one in found.findings]
    typer.echo(json.dumps({"findings": findings}, indent=1, ensure_ascii=False))
    for line in _asides(found, language):
        say_on_stderr(line)


def _as_text(found: Examination, shape: str, language: str) -> None:
    from mmgap.core.messages import Message
    from mmgap.report.finding_words import finding_head
    from mmgap.report.translation import translated

    for one in found.findings:
        typer.secho(finding_head(one, language), fg=_COLOURS[one.severity], bold=True)
        typer.echo(f"  {translated(one.message, language)}")
    if not found.findings:
        typer.echo(translated(Message("Nothing is wrong that could be told ({shape}).", shape=shape), language))
    for line in _asides(found, language):
        typer.echo(line)


def _asides(found: Examination, language: str) -> list[str]:
    """What cannot be told, and what was assumed or sampled."""
    from mmgap.core.messages import Message
    from mmgap.report.translation import translated

    untold = [Message("cannot be told: {what}", what=one.message) for one in found.untold]
    return [translated(line, language) for line in (*untold, *found.notes)]
