"""``mmgap space fit``: a space fitted on saved vectors, written as one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mmgap.cli.one_line_errors import one_line_errors, tell
from mmgap.core.counted_things import n_images

if TYPE_CHECKING:
    from mmgap.spaces import Pairs

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
    memory: Annotated[
        str | None, typer.Option(help="Vectors that need more, as 500MB, are read in blocks (half of what is free).")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=3, help="Fit on so many images, drawn at random, with their texts.")
    ] = None,
) -> None:
    """Fit a space on saved image and text vectors and write it as one file, for mmgap space apply.

    Vectors that do not fit in memory are read in blocks, which gives the same space.
    """
    from mmgap import spaces
    from mmgap.core.progress import progress_bar
    from mmgap.spaces.fitted_files import require_fitted_place

    with one_line_errors():
        if validation_images is None and validation_texts is not None:
            raise ValueError("--validation-texts needs --validation-images")
        chosen = spaces.parse(space)
        require_fitted_place(out)
        held = None
        with progress_bar(desc="rows read", unit="row", unit_scale=True) as bar:
            if validation_images is not None:
                held = _pairs(validation_images, validation_texts, None, "validation", memory, bar.update)
            train = _pairs(images, texts, owner, "train", memory, bar.update)
            if sample is not None and sample >= len(train.images):
                tell(f"--sample {sample:,} takes all {n_images(len(train.images))}: nothing is drawn")
            elif sample is not None:
                tell(f"fitted on a sample of {sample:,} of {len(train.images):,} images")
                train = train.drawn(sample)
            fitted = chosen.fit(train, held)
        fitted.save(out, chosen.spec)
    for note in fitted.notes:
        typer.echo(note)
    typer.echo(out)


def _pairs(
    images: str,
    texts: str | None,
    owner: str | None,
    split: Literal["train", "validation"],
    memory: str | None,
    tell: Callable[[int], Any],
) -> Pairs:
    """The vectors of a split: in memory, or on disk where they do not fit."""
    from mmgap.cli.measured_in_parts import both, in_parts, tell_of_blocks
    from mmgap.core.vector_files import read_vectors
    from mmgap.spaces import Pairs

    argument = both(images, texts)
    if in_parts(argument, memory):
        from mmgap.evaluation.streaming.stored_spaces import stored_pairs

        tell_of_blocks()
        return stored_pairs(argument, owner, split, tell)
    found = read_vectors(argument, owner).paired(one_width=False)
    assert found.owner is not None
    return Pairs(found.name, split, found.images, found.texts, found.owner)
