"""``mmgap data prepare``: pictures decoded and resized before they are used."""

from __future__ import annotations

from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors
from mmgap.core.defaults import IMAGE_SIZE, RESIZE
from mmgap.core.messages import counted


def prepare(
    name: Annotated[str, typer.Argument(help="A dataset: arasaac, coco, flickr8k, openmoji-en, folder:PATH …")],
    image_size: Annotated[int, typer.Option(help="Pixels a side.")] = IMAGE_SIZE,
    resize: Annotated[str, typer.Option(help="crop (short side, centre), squash or pad.")] = RESIZE,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads. Default: one a core.")] = None,
) -> None:
    """Decode and resize all pictures of a dataset once; experiments do it by themselves at their first use.

    A call that was stopped goes on where it was.
    """
    from mmgap import datasets
    from mmgap.datasets.card import named
    from mmgap.datasets.preparing import prepared
    from mmgap.datasets.resizing import Preparation
    from mmgap.datasets.stored_images import StoredImages

    with one_line_errors():
        preparation = Preparation(image_size, resize)
        family = [known for known in datasets.registry if known.startswith(f"{name}-")]
        refused: datasets.DatasetError | None = None
        some = False
        for spec in [name] if name in datasets.registry or not family else family:
            for split in datasets.SPLITS[:-1]:
                try:
                    data = datasets.load(spec, split=split)
                except datasets.DatasetError as error:  # a folder may name no splits, a copy lack a language
                    refused = error
                    continue
                made = prepared(data, preparation, workers=workers)
                some = True
                if not isinstance(made.images, StoredImages):
                    if data.image_ids:
                        typer.echo(f"{spec} {split}: its pictures lie in no files, there is nothing to prepare")
                    continue
                pictures = counted("{n} picture", "{n} pictures", n=len(made.images))
                records = counted("{n} record", "{n} records", n=len(made.skipped))
                left = f", {records} left out" if made.skipped else ""
                typer.echo(f"{spec} {split}: {pictures} in {made.images.arrays.store.folder}{left}")
                for line in named(made.skipped):
                    typer.echo(f"  {line}")
        if refused is not None and not some:
            raise refused
