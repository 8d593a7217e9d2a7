"""``mmgap compare-encoders``: the practices' experiment on one folder in one call."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def compare_encoders(
    folder: Annotated[str, typer.Argument(help="Folder of photos with captions, or another dataset's name.")],
    encoder: Annotated[list[str], typer.Option(help="To compare, the first one with each other (repeatable).")],
    out: Annotated[Path, typer.Option(help="Folder of rows and report.")] = Path("reports"),
    captions: Annotated[str, typer.Option(help="first: one caption of each photo; all: every one.")] = "first",
    device: Annotated[str, typer.Option(help="Where models run.")] = "cpu",
    language: Annotated[str, typer.Option(help="Of the report: en or es.")] = "en",
    refresh: Annotated[str, typer.Option(help="missing, failed or all: what is measured again.")] = "missing",
) -> None:
    """Compare encoders on a folder of photos: what pytest benchmarks/test_practices.py does, in one call.

    Writes the report (Markdown, HTML, LaTeX, pictures) and, for each practice, preclip.json, clip.json and
    comparison.json. Encoders: two-towers:resnet-50,minilm,random, clip-vit-b-32, hf:ID_OR_PATH …
    """
    import pytest

    from mmgap.practices import experiment

    path = Path(folder).expanduser()
    spec = f"folder:{path}" if path.is_dir() else folder
    arguments = [str(experiment.__file__), "--dataset", spec]
    for name in encoder:
        arguments += ["--encoder", name]
    arguments += ["--reports", str(out.resolve()), "--captions", captions, "--device", device]
    arguments += ["--language", language, "--refresh", refresh]
    # a session of its own: no configuration, conftest or cache of the folder that it is called from
    arguments += ["-p", "mmgap.fixtures", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(out.resolve())]
    arguments += ["--noconftest", "--import-mode=importlib", "-q", "--no-header", "-W", "ignore::DeprecationWarning"]
    os.environ.pop("PYTEST_ADDOPTS", None)
    out.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    raise typer.Exit(int(pytest.main(arguments)))
