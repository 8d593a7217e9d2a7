"""``mmgap space apply``: saved vectors through a space that ``mmgap space fit`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors


def apply(
    fitted: Annotated[Path, typer.Argument(metavar="MAP", help="The file that mmgap space fit wrote.")],
    out: Annotated[Path, typer.Option(help="The .npy file that is written: float32, or float64 of float64.")],
    images: Annotated[str | None, typer.Option(help="Image vectors: a file, or a folder of shards.")] = None,
    texts: Annotated[str | None, typer.Option(help="Text vectors, in place of --images.")] = None,
) -> None:
    """Bring saved vectors into a space. A .npy file of any size will do: it is read, and written, part by part."""
    from mmgap import spaces
    from mmgap.evaluation.streamed_apply import apply_to_file

    with one_line_errors():
        if (images is None) == (texts is None):
            raise ValueError("give --images or --texts, one of them: each call writes one file")
        source, modality = (images, "image") if images is not None else (texts, "text")
        assert source is not None
        n, width = apply_to_file(spaces.load(fitted), source, modality, out)  # type: ignore[arg-type]
    typer.echo(f"{out} ({n} × {width})")
