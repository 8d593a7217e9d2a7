"""``mmgap space fit``: a space fitted on saved vectors, written as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors

SPACES = "A space, e.g. centre, shift:0.75,side=text, cca+shift (mmgap list has them)."


def fit(
    images: Annotated[str, typer.Argument(help="Image vectors: a file, or a folder of shards; or one with both.")],
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    space: Annotated[str, typer.Option(help=SPACES)] = "centre",
    out: Annotated[Path, typer.Option(help="The .safetensors file that is written.")] = Path("map.safetensors"),
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    validation_images: Annotated[
        str | None, typer.Option(help="What a strength is chosen on; by default a fifth of the images, held out.")
    ] = None,
    validation_texts: Annotated[str | None, typer.Option(help="Row i belongs to validation image i.")] = None,
) -> None:
    """Fit a space on saved image and text vectors and write it as one file, for mmgap space apply."""
    from mmgap import spaces
    from mmgap.core.vector_files import read_vectors

    def pairs(first: str, second: str | None, owned: str | None, split: str) -> spaces.Pairs:
        found = read_vectors(first if second is None else f"{first},{second}", owned).paired(one_width=False)
        assert found.owner is not None
        return spaces.Pairs(found.name, split, found.images, found.texts, found.owner)

    with one_line_errors():
        if validation_images is None and validation_texts is not None:
            raise ValueError("--validation-texts needs --validation-images")
        chosen = spaces.parse(space)
        held = None
        if validation_images is not None:
            held = pairs(validation_images, validation_texts, None, "validation")
        fitted = chosen.fit(pairs(images, texts, owner, "train"), held)
        fitted.save(out, chosen.spec)
    for note in fitted.notes:
        typer.echo(note)
    typer.echo(out)
