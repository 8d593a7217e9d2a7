"""``mmgap measure``: the metrics of image and text vectors that were saved."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.choices import Language, Products
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
    device: Annotated[
        str | None, typer.Option(help="Where: cpu (as without it), cuda, cuda:1 …, or auto: a GPU where there is one.")
    ] = None,
    dtype: Annotated[
        Products | None,
        typer.Option(help="Of cosines: float32, float64 for small or float64 sets; bfloat16 gives bounds as well."),
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the table and the pictures.")] = Language.en,
) -> None:
    """Measure the gap between saved image and text vectors, in memory or, where they do not fit, in parts."""
    from mmgap.cli.computing import Computing
    from mmgap.cli.measured_in_parts import both, in_parts, measured_in_parts
    from mmgap.cli.measured_table import measured_table
    from mmgap.core.atomic import require_folder_place
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
        if plots is not None:
            require_folder_place(plots)
        argument = both(images, texts)
        if in_parts(argument, memory, budget, ray):
            for option, value in (
                ("--plots", plots),
                ("--device", None if device == "cpu" else device),
                ("--dtype", dtype),
            ):
                if value is not None:
                    raise ValueError(
                        f"{option} needs the vectors in memory: leave out --budget and --ray, or raise --memory"
                    )
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
        computing = Computing.asked(device, dtype)
        pair = read_vectors(argument, owner).paired()
        x, y = (computing.placed(v, name) for v, name in ((pair.images, "images"), (pair.texts, "texts")))
        found = measure_all(
            x, y, logit_scale=logit_scale, pool=pool, owner=pair.owner, dtype=computing.dtype, once=True
        )
        told = computing.told(found, logit_scale=logit_scale, pool=pool)
        unit = MeasuredSpace(found.images.tensor.cpu(), found.texts.tensor.cpu(), found.relevance.known_owner)
        added, left_out = added_metrics(unit)
        metrics, omitted = found.metrics | added, found.omitted | left_out
    warn_of_rows(found.metrics["norm_deviation"], found.duplicates)
    if as_json:
        typer.echo(json.dumps({**metrics, **told.plain()}, indent=1, allow_nan=False))
    else:
        shape = f"{len(x)} × {len(y)}, d = {x.shape[1]}"
        table = measured_table(
            metrics, shape, omitted, language.value, intervals=told.bounds, notes=told.notes(), meanings=meanings
        )
        typer.echo(table)
    if plots is not None:
        from mmgap.evaluation.picture_arrays import picture_items
        from mmgap.report.figures.galleries import draw_space

        with one_line_errors():
            title = " · ".join(Path(name).name for name in (images, texts) if name)
            for path in draw_space(picture_items(found), plots, title, language.value):
                typer.echo(path, err=as_json)
