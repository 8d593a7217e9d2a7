"""``mmgap measure``: the metrics of image and text vectors that were saved."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors
from mmgap.cli.row_warnings import warn_of_rows
from mmgap.cli.unused_options import refuse_unused
from mmgap.core.defaults import POOL


def measure(
    context: typer.Context,
    images: Annotated[str, typer.Argument(help="Image vectors: a file, or a folder of shards; or one with both.")],
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    pool: Annotated[int, typer.Option(min=1, help="Recall is shown for pools of this many, too.")] = POOL,
    logit_scale: Annotated[float, typer.Option(help="e^τ of the CLIP loss.")] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
    meanings: Annotated[bool, typer.Option("--meanings", help="Below the table, what each number means.")] = False,
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures: cosines, map, similarity.")] = None,
    memory: Annotated[
        str | None, typer.Option(help="Vectors that need more, as 500MB, are measured in parts (half of what is free).")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Time, as 60s: exact if it fits, else a sample of queries with intervals.")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(help="Address of a Ray cluster that measures the parts, or 'local'.", metavar="ADDRESS"),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the table and the pictures.")] = Language.en,
) -> None:
    """Measure the gap between saved image and text vectors, in memory or, where they do not fit, in parts."""
    from mmgap.cli.measured_in_parts import both, in_parts, measured_in_parts
    from mmgap.cli.measured_table import measured_table
    from mmgap.core.vector_files import read_vectors
    from mmgap.evaluation.added_metrics import added_metrics
    from mmgap.evaluation.measuring import measure_all
    from mmgap.metrics.catalogue import MeasuredSpace

    logging.getLogger("mmgap").addHandler(logging.NullHandler())  # what is left out stands below the table
    with one_line_errors():
        if as_json:
            refuse_unused(context, "is of the table, and JSON has none", "meanings")
        if as_json and plots is None:
            refuse_unused(context, "is of the table and the pictures, and JSON has neither", "language")
        if budget is not None or ray is not None:
            refuse_unused(context, "says when to measure in parts, and --budget and --ray always do", "memory")
        argument = both(images, texts)
        if in_parts(argument, memory, budget, ray):
            if plots is not None:
                raise ValueError("--plots needs the vectors in memory: leave out --budget and --ray, or raise --memory")
            measured_in_parts(
                argument,
                owner,
                pool,
                logit_scale,
                budget,
                ray,
                as_json=as_json,
                language=language.value,
                meanings=meanings,
            )
            return
        pair = read_vectors(argument, owner).paired()
        x, y = pair.images, pair.texts
        found = measure_all(x, y, logit_scale=logit_scale, pool=pool, owner=pair.owner)
        unit = MeasuredSpace(found.images.tensor, found.texts.tensor, found.relevance.known_owner)
        added, left_out = added_metrics(unit)
        metrics, omitted = found.metrics | added, found.omitted | left_out
    warn_of_rows(found.metrics["norm_deviation"], found.duplicates)
    if as_json:
        typer.echo(json.dumps(metrics, indent=1, allow_nan=False))
    else:
        shape = f"{len(x)} × {len(y)}, d = {x.shape[1]}"
        typer.echo(measured_table(metrics, shape, omitted, language.value, meanings=meanings))
    if plots is not None:
        from mmgap.evaluation.picture_arrays import picture_items
        from mmgap.report.figures.galleries import draw_space

        with one_line_errors():
            title = " · ".join(Path(name).name for name in (images, texts) if name)
            for path in draw_space(picture_items(found), plots, title, language.value):
                typer.echo(path, err=as_json)
