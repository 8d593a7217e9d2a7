"""``mmgap space compare``: every space on saved vectors, fitted on one half and measured on the other."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, tell, warn
from mmgap.cli.space_fit import SPACES
from mmgap.cli.unused_options import refuse_unused

if TYPE_CHECKING:
    from mmgap.datasets import Dataset

#: What ``--json`` has of each space, where the space has it.
METRICS = (
    "gap_corrected",
    "uniformity",
    *(f"{way}_r{k}_own" for way in ("t2i", "i2t") for k in (1, 5, 10)),
    *(f"{name}_{way}" for name in ("hubness",) for way in ("t2i", "i2t")),
    *(f"mixed_{way}_{name}" for way in ("t2i", "i2t") for name in ("share10", "r1")),
)


def compare(
    context: typer.Context,
    images: Annotated[str, typer.Argument(help="Image vectors: a file, or a folder of shards; or one with both.")],
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    space: Annotated[list[str] | None, typer.Option(help=f"{SPACES} Repeatable; by default all of them.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
    repeats: Annotated[int, typer.Option(min=1, help="How often the pairs are divided into halves.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the divisions.")] = 0,
    memory: Annotated[
        str | None, typer.Option(help="Of files that need more, as 500MB, images are drawn (half of what is free).")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=12, help="Images that are drawn of files that do not fit; 5000 by default.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the table.")] = Language.en,
) -> None:
    """Compare spaces on saved vectors: does closing the gap help, does removing hubs, and in one index of both?

    Of files that do not fit in memory, images drawn at random are compared, with all of their texts.
    Rows of two runs are compared by `mmgap compare`.
    """
    from mmgap import spaces
    from mmgap.cli.space_table import space_table
    from mmgap.evaluation.space_comparison import compare_spaces

    logging.getLogger("mmgap").addHandler(logging.NullHandler())  # what a row would note stands below the table
    with one_line_errors():
        if as_json:
            refuse_unused(context, "is of the table, and JSON has none", "language")
        asked = [spaces.canonical(spec) for spec in space or spaces.registry.specs()]
        dataset = _dataset(images, texts, owner, memory, sample, seed)
        found, left_out = compare_spaces(dataset, asked, repeats=repeats, seed=seed)
        if space and left_out:
            raise spaces.SpaceError(next(f"{spec}: {why}" for spec, why in left_out.items()))
    for spec, why in left_out.items():
        warn(f"{spec} is left out: {why}")
    if as_json:
        typer.echo(json.dumps({name: _plain(one.metrics) for name, one in found.items()}, indent=1, allow_nan=False))
    else:
        typer.echo(space_table(found, len(dataset.image_ids), len(dataset.captions), repeats, language.value))


def _dataset(
    images: str, texts: str | None, owner: str | None, memory: str | None, sample: int | None, seed: int
) -> Dataset:
    """The vectors in memory: all of them, or drawn images with their texts where they do not fit."""
    from mmgap import datasets
    from mmgap.cli.measured_in_parts import both, in_parts

    argument = both(images, texts)
    if not in_parts(argument, memory):
        if sample is not None:
            raise ValueError("--sample is for files that do not fit in memory: leave it out, or lower --memory")
        return datasets.load("vectors:" + (argument if owner is None else f"{argument},{owner}"), split="test")
    from mmgap.core.row_files import open_pair
    from mmgap.datasets.saved_vectors import of_vectors
    from mmgap.evaluation.streaming.drawn_pairs import SAMPLE, drawn_pairs
    from mmgap.evaluation.streaming.streamed_rows import unit_rows_of
    from mmgap.evaluation.streaming.streaming_state import columns_dir

    pair = open_pair(argument, owner, columns_dir())
    for rows in (pair.images, pair.texts):
        unit_rows_of(rows)  # looks at all of them: an error names the row in its file
    drawn = min(sample or SAMPLE, len(pair.images))
    tell(f"these vectors do not fit in memory: compares {drawn:,} of {len(pair.images):,} images, drawn at random")
    return of_vectors(f"vectors:{pair.name}", *drawn_pairs(pair, drawn, seed))


def _plain(metrics: Any) -> dict[str, dict[str, float]]:
    """Return value and ends of what is shown."""
    keys = ("value", "ci_low", "ci_high")
    return {name: {key: metrics[name][key] for key in keys} for name in METRICS if name in metrics}
