"""``mmgap card``: what two files of vectors are, on one page and in the terminal."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Captions, Language
from mmgap.cli.computing import Computing
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.output_places import PAGES, require_output
from mmgap.cli.standard_streams import say_on_stderr
from mmgap.cli.unused_options import refuse_unused
from mmgap.core.defaults import POOL

if TYPE_CHECKING:
    from mmgap.card.card_parts import Card
    from mmgap.card.card_vectors import CardVectors


def card(
    context: typer.Context,
    images: Annotated[
        str | None,
        typer.Argument(help="Image vectors (.npy, .npz, .safetensors), one file with both, or a row (.json)."),
    ] = None,
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="A data set (mmgap list has them), with --encoder.")] = None,
    encoder: Annotated[str | None, typer.Option(help="Of the data set.")] = None,
    captions: Annotated[
        Captions, typer.Option(help="Of a data set: the first of each image, or all.")
    ] = Captions.first,
    demo: Annotated[bool, typer.Option("--demo", help="A card of what ships with mmgap.")] = False,
    output: Annotated[Path | None, typer.Option(help="The page; card.html by default, none with --json.")] = None,
    pool: Annotated[
        int | None,
        typer.Option(min=2, help=f"One pair in so many is a match; {POOL} by default, or all images of fewer."),
    ] = None,
    cosine: Annotated[float, typer.Option(min=-1, max=1, help="The cosine whose meaning is told.")] = 0.25,
    spaces: Annotated[bool, typer.Option("--spaces/--no-spaces", help="What closing the gap would change.")] = True,
    memory: Annotated[
        str | None, typer.Option(help="Files that need more, as 500MB, are read in blocks (half of what is free).")
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=100, help="Images that are drawn where files are read in blocks; 5000 by default."),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where: cpu (as without it), cuda, cuda:1 …, or auto: a GPU where there is one.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 1 where something severe is wrong, or files do not fit.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the summary.")] = False,
    language: Annotated[Language, typer.Option(help="Of the page and the summary.")] = Language.en,
) -> None:
    """Say what saved vectors are: the gap, which recall this is, what a cosine means, what is broken, in one page.

    The page and the summary come first without what closing the gap would change; that follows, and the page is written
    again. Exit status: 0 also where something severe is found (1 with --strict), 2 files that cannot be read.
    """
    logging.getLogger("mmgap").addHandler(logging.NullHandler())  # what fits warn of stands on the page
    page = output or (None if as_json else Path("card.html"))
    with one_line_errors():
        if page is not None:
            require_output("--output", page, PAGES)
        made: Card | None
        if as_json and output is None:
            refuse_unused(context, "is of the page and the summary, and JSON has neither", "language")
        if dataset is None and encoder is None and not demo:
            refuse_unused(context, "is of a data set; files and rows have the captions that they have", "captions")
        if images is None:
            refuse_unused(context, "is for files", "owner", "memory", "sample")
        elif images.endswith(".json"):
            refuse_unused(context, "is for files of vectors", "memory", "sample", "device")
        computing = Computing.asked(device)
        if _on_disk(images, texts, memory):
            assert images is not None
            if not computing.on_cpu:
                raise ValueError("--device needs the vectors in memory: raise --memory, or leave it out")
            vectors, made = _sampled(images, texts, owner, sample, pool or POOL, cosine)
        else:
            if sample is not None:
                raise ValueError("--sample is for files that are read in blocks: leave it out, or lower --memory")
            vectors, made = _asked(images, texts, owner, dataset, encoder, captions.value, demo, computing)
            if vectors is None:
                refuse_unused(context, "needs vectors, and this row's are not at hand", "pool", "cosine", "spaces")
            else:
                from mmgap.card.filled_card import filled_card

                chosen = pool or max(2, min(POOL, len(vectors.images)))
                made = filled_card(vectors, pool=chosen, cosine=cosine, device=computing.place)
                made = replace(made, notes=(*made.notes, *computing.said()))
        assert made is not None
        if not as_json:
            _tell(made, language.value)
        _write(made, page, language.value)
        if spaces and vectors is not None and made.recalls:
            from mmgap.card.spaces_part import spaces_part

            if not as_json:
                say_on_stderr(_waiting(language.value))
            made = replace(made, spaces=spaces_part(vectors))
            if not as_json:
                _tell_spaces(made, language.value)
            _write(made, page, language.value)
    if as_json:
        typer.echo(json.dumps(made.plain(), indent=1, ensure_ascii=False, allow_nan=False))
    if page is not None:
        typer.echo(page, err=as_json)
    if strict and (made.severe or not made.paired):
        raise typer.Exit(1)


def _on_disk(images: str | None, texts: str | None, memory: str | None) -> bool:
    """Whether files were named that do not fit in memory."""
    from mmgap.cli.measured_in_parts import both, in_parts

    if images is None or images.endswith(".json"):
        return False
    return in_parts(both(images, texts), memory)


def _sampled(
    images: str, texts: str | None, owner: str | None, sample: int | None, pool: int, cosine: float
) -> tuple[CardVectors | None, Card]:
    """The card of files that are read in blocks, and the vectors that were drawn of them."""
    from mmgap.card.sampled_card import sampled_card
    from mmgap.cli.measured_in_parts import both, tell_of_blocks
    from mmgap.core.row_files import open_faulty
    from mmgap.core.vector_files import locate, side_names
    from mmgap.evaluation.streaming.drawn_pairs import SAMPLE
    from mmgap.evaluation.streaming.streaming_state import columns_dir

    argument = both(images, texts)
    tell_of_blocks()
    made, vectors = sampled_card(
        open_faulty(argument, owner, columns_dir()),
        sample=sample or SAMPLE,
        pool=pool,
        cosine=cosine,
        files=side_names(locate(argument)),
    )
    return vectors, made


def _asked(
    images: str | None,
    texts: str | None,
    owner: str | None,
    dataset: str | None,
    encoder: str | None,
    captions: str,
    demo: bool,
    computing: Computing,
) -> tuple[CardVectors | None, Card | None]:
    """What was asked for: vectors, or the card of a row without any."""
    ways = [images is not None, dataset is not None or encoder is not None, demo]
    if sum(ways) != 1:
        raise ValueError("give IMAGES TEXTS, or a row, or --dataset with --encoder, or --demo: one of these")
    from mmgap.card.card_sources import DEMO, of_dataset, of_files
    from mmgap.cli.measured_in_parts import both

    if images is not None:
        if images.endswith(".json"):
            if texts is not None or owner is not None:
                raise ValueError(f"{images} is a row, which stands alone")
            return _of_row(Path(images))
        return of_files(both(images, texts), owner), None
    if demo:
        return of_dataset(*DEMO, captions=captions, device=str(computing.place)), None
    if dataset is None or encoder is None:
        raise ValueError("--dataset and --encoder belong together")
    return of_dataset(dataset, encoder, captions=captions, device=str(computing.place)), None


def _of_row(path: Path) -> tuple[CardVectors | None, Card | None]:
    from mmgap.card.card_sources import of_row
    from mmgap.card.row_card import row_card
    from mmgap.core.paths import MissingDataError
    from mmgap.rows.row import migrated, read_row

    row = migrated(read_row(path))
    try:
        vectors = of_row(row)
    except MissingDataError as missing:
        warn(str(missing))
        vectors = None
    return (vectors, None) if vectors is not None else (None, row_card(row))


def _write(made: Card, page: Path | None, language: str) -> None:
    if page is not None:
        from mmgap.report.card.card_page import write_card

        write_card(made, page, language)


def _tell(made: Card, language: str) -> None:
    from mmgap.report.card.card_text import card_lines, card_notes, card_tables
    from mmgap.report.translation import translated

    typer.secho(translated("Card of {name}", language, name=made.name), bold=True)
    for asked, answer in card_lines(made, language):
        typer.secho(asked, bold=True)
        typer.echo(f"  {answer}")
    if tables := card_tables(made, language):
        typer.echo(f"\n{tables}\n")
    for note in card_notes(made, language):
        typer.echo(f"- {note}")


def _tell_spaces(made: Card, language: str) -> None:
    from mmgap.report.card.card_text import space_lines
    from mmgap.report.translation import translated

    answer, table = space_lines(made, language)
    typer.secho(translated("Does it matter for retrieval?", language), bold=True)
    typer.echo(f"  {answer}\n")
    if table:
        typer.echo(f"{table}\n")


def _waiting(language: str) -> str:
    from mmgap.report.translation import translated

    return translated("Fitting spaces on one half, measuring on the other …", language)
