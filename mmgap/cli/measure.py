"""``mmgap measure``: the metrics of image and text vectors that were saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.core.defaults import POOL

#: Above this, vectors were clearly not meant to be of unit norm (float16 rounding stays below).
NORM_WARNING = 2e-3


def measure(
    images: Annotated[str, typer.Argument(help="Image vectors: a file, or a folder of shards; or one with both.")],
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    pool: Annotated[int, typer.Option(min=1, help="Recall is shown for pools of this many, too.")] = POOL,
    logit_scale: Annotated[float, typer.Option(help="e^τ of the CLIP loss.")] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures: cosines, map, similarity.")] = None,
    language: Annotated[Language, typer.Option(help="Of the table and the pictures.")] = Language.en,
) -> None:
    """Measure the gap between saved image and text vectors."""
    from mmgap.cli.measured_table import measured_table
    from mmgap.core.vector_files import read_vectors
    from mmgap.evaluation.added_metrics import added_metrics
    from mmgap.evaluation.measuring import measure_all
    from mmgap.metrics.catalogue import MeasuredSpace

    with one_line_errors():
        pair = read_vectors(images if texts is None else f"{images},{texts}", owner).paired()
        x, y = pair.images, pair.texts
        found = measure_all(x, y, logit_scale=logit_scale, pool=pool, owner=pair.owner)
        unit = MeasuredSpace(found.images.tensor, found.texts.tensor, found.relevance.known_owner)
        added, left_out = added_metrics(unit)
        metrics, omitted = found.metrics | added, found.omitted | left_out
    if found.metrics["norm_deviation"] > NORM_WARNING:
        warn(
            f"the vectors were not of unit norm (off by up to {found.metrics['norm_deviation']:.3g});"
            " every row was divided by its norm before measuring"
        )
    for what, number in zip(("images", "texts"), found.duplicates, strict=True):
        if number:
            warn(f"{number} {what} equal an earlier one; they tie")
    if as_json:
        typer.echo(json.dumps(metrics, indent=1, allow_nan=False))
    else:
        shape = f"{len(x)} × {len(y)}, d = {x.shape[1]}"
        typer.echo(measured_table(metrics, shape, omitted, language.value))
    if plots is not None:
        from mmgap.evaluation.picture_arrays import picture_items
        from mmgap.report.figures.galleries import draw_space

        with one_line_errors():
            title = " · ".join(Path(name).name for name in (images, texts) if name)
            for path in draw_space(picture_items(found), plots, title, language.value):
                typer.echo(path, err=as_json)
