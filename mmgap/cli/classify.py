"""``mmgap classify``: zero-shot and every adapter by shots, on two files of vectors and a file of labels."""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any

import typer

from mmgap.cli.one_line_errors import one_line_errors, warn


def classify(
    images: Annotated[str, typer.Argument(help="Image vectors: a file, or a folder of shards.")],
    labels: Annotated[
        str, typer.Argument(help="The class of each image: .npy of whole numbers, or .txt/.csv, a line each.")
    ],
    classes: Annotated[str, typer.Option(help="Class vectors, one row a class: texts through the same encoder.")],
    names: Annotated[
        str | None, typer.Option(help="File of the class names, a line each, in the order of the class vectors.")
    ] = None,
    adapter: Annotated[
        list[str] | None,
        typer.Option(help="An adapter, e.g. tip-adapter, gda:select=val; every for all of them (default). Repeatable."),
    ] = None,
    shots: Annotated[str, typer.Option(help="Shots of each class, with commas between them.")] = "1,2,4,8,16",
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="How often shots are drawn.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
) -> None:
    """Classify images zero-shot and with a few images of each class: what do adapters gain on vectors of one's own?

    A fixed half of the images of each class is tested, shots are drawn from the other half.
    """
    from mmgap import adapters
    from mmgap.cli.few_shot_table import few_shot_table
    from mmgap.core.progress import progress_bar
    from mmgap.core.vector_files import read_rows
    from mmgap.evaluation.few_shot_record import NoValidationImagesError, record_adapter
    from mmgap.evaluation.few_shot_tasks import task_of_images
    from mmgap.evaluation.label_files import class_names, read_labels
    from mmgap.rows.recorder import Recorder

    logging.getLogger("mmgap").addHandler(logging.NullHandler())
    with one_line_errors():
        counts = shot_counts(shots)
        specs = [
            spec
            for given in adapter or ["every"]
            for spec in (adapters.registry.specs() if given == "every" else [given])
        ]
        chosen = dict.fromkeys(map(adapters.canonical, [adapters.ZERO_SHOT, *specs]))
        vectors = read_rows(classes, "text")
        known = class_names(names, len(vectors))
        rows = read_rows(images, "image")
        task = task_of_images(rows, read_labels(labels, known, len(rows)), dict(zip(known, vectors, strict=True)))
        recorded = {}
        for spec in progress_bar(chosen, desc="adapters"):
            record = Recorder()
            try:
                record_adapter(record, adapters.parse(spec), task, shots=counts, seeds=seeds)
            except NoValidationImagesError as error:
                warn(str(error))
            else:
                recorded[spec] = record
    if as_json:
        typer.echo(json.dumps({spec: _plain(one.metrics) for spec, one in recorded.items()}, indent=1, allow_nan=False))
    else:
        typer.echo(few_shot_table(recorded, counts, seeds))


def shot_counts(text: str) -> list[int]:
    """Return the numbers of shots, each once, from few to many.

    Raises:
        AdapterError: something else than whole numbers from 1 with commas between them.
    """
    from mmgap.adapters import AdapterError
    from mmgap.core.spec_options import LARGEST

    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < LARGEST for part in parts):
        raise AdapterError(f"--shots {text}: give whole numbers from 1 with commas between them, as in 1,2,4,8,16")
    return sorted({int(part) for part in parts})


def _plain(metrics: Any) -> dict[str, dict[str, float]]:
    """Value and ends of what has an interval."""
    keys = ("value", "ci_low", "ci_high")
    return {name: {key: one[key] for key in keys} for name, one in metrics.items() if one["ci_low"] is not None}
