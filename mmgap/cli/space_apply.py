"""``mmgap space apply``: saved vectors through a space that ``mmgap space fit`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mmgap.cli.one_line_errors import one_line_errors, tell


def apply(
    fitted: Annotated[Path, typer.Argument(metavar="MAP", help="The file that mmgap space fit wrote.")],
    out: Annotated[
        Path, typer.Option(help="The .npy file that is written: float32, or float64 of float64; or a folder of shards.")
    ],
    images: Annotated[str | None, typer.Option(help="Image vectors: a file, or a folder of shards.")] = None,
    texts: Annotated[str | None, typer.Option(help="Text vectors, in place of --images.")] = None,
) -> None:
    """Bring saved vectors into a space, whatever their number: they are read, and written, part by part.

    Shards go into one .npy file, or shard by shard into a folder (--out without .npy), where a killed call goes on.
    """
    from mmgap import spaces
    from mmgap.cli.measured_in_parts import in_parts
    from mmgap.core.paths import expanded, is_folder
    from mmgap.evaluation.streamed_apply import apply_to_file, apply_to_shards

    with one_line_errors():
        if (images is None) == (texts is None):
            raise ValueError("give --images or --texts, one of them: each call writes one file")
        source, modality = _asked(images, texts)
        space = spaces.load(fitted)
        if not out.suffix and is_folder(expanded(source)):
            n, width = apply_to_shards(space, source, modality, out, tell)
        else:
            n, width = apply_to_file(space, source, modality, out, in_parts=in_parts(source, None))
    typer.echo(f"{out} ({n} × {width})")


def _asked(images: str | None, texts: str | None) -> tuple[str, Literal["image", "text"]]:
    """What is mapped, and of which modality it is."""
    if images is not None:
        return images, "image"
    assert texts is not None
    return texts, "text"
