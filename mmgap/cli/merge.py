"""``mmgap merge``: a trained encoder as whole models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.one_line_errors import one_line_errors


def merge(
    folder: Annotated[str, typer.Argument(help="Folder of a trained encoder, or its name under MMGAP_WEIGHTS.")],
    out: Annotated[Path, typer.Argument(help="Folder of the whole model, adapters merged into its weights.")],
) -> None:
    """Write a trained encoder as whole models, for transformers and sentence-transformers."""
    with one_line_errors():
        from mmgap import encoders
        from mmgap.training.whole_models import write_merged

        typer.echo(write_merged(encoders.load(f"trained:{folder}"), out))
