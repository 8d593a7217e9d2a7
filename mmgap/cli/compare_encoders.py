"""``mmgap compare-encoders``: the practices' experiment on one folder in one call."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from mmgap.cli.choices import Captions, Language, Refresh
from mmgap.cli.one_line_errors import one_line_errors
from mmgap.core.atomic import require_writable
from mmgap.core.paths import MissingDataError, expanded


def compare_encoders(
    folder: Annotated[str, typer.Argument(help="Folder of photos with captions, or another dataset's name.")],
    encoder: Annotated[
        list[str], typer.Option(help="What is compared (repeatable); one from before CLIP comes first.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of rows and report.")] = Path("reports"),
    captions: Annotated[Captions, typer.Option(help="One caption of each photo, or every one.")] = Captions.first,
    device: Annotated[str, typer.Option(help="Where models run: cpu, cuda, cuda:all …")] = "cpu",
    language: Annotated[Language, typer.Option(help="Of the report.")] = Language.en,
    refresh: Annotated[Refresh, typer.Option(help="What is measured again.")] = Refresh.missing,
) -> None:
    """Compare encoders on a folder of photos: what pytest benchmarks/test_practices.py does, in one call.

    Runs that were made already are compared by `mmgap compare`.

    Writes the report (Markdown, HTML, LaTeX, pictures) and, for each practice, preclip.json, clip.json and
    comparison.json. Encoders: two-towers:resnet-50,minilm,random, clip-vit-b-32, hf:ID_OR_PATH …
    """
    import pytest

    with one_line_errors():
        experiment, spec = _experiment(), _spec(folder)
        _check(spec, encoder, device)
        require_writable(out)
    arguments = [experiment]
    given = [("dataset", spec), *(("encoder", name) for name in encoder), ("reports", str(out.resolve()))]
    given += [
        ("captions", captions.value),
        ("device", device),
        ("language", language.value),
        ("refresh", refresh.value),
    ]
    for name, value in given:
        arguments += [f"--mmgap-{name}", value]  # another plugin may own the short names
    # a session of its own: no configuration, conftest or cache of the folder that it is called from
    arguments += [
        "-p",
        "mmgap.harness.fixtures",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        str(out.resolve()),
    ]
    arguments += ["--noconftest", "--import-mode=importlib", "-q", "--no-header", "-W", "ignore::DeprecationWarning"]
    os.environ.pop("PYTEST_ADDOPTS", None)
    status = pytest.main(arguments)
    raise typer.Exit(130 if status == pytest.ExitCode.INTERRUPTED else int(status))


def _check(dataset: str, names: list[str], device: str) -> None:
    """Raise what the run would end in, before it begins: data that cannot be read, encoders that cannot be meant."""
    from mmgap import datasets, encoders

    datasets.load(dataset, split="test")
    absent: list[MissingDataError] = []
    for name in names:
        try:
            encoders.load(name, device=device).fingerprint()  # looks for its files, and fetches them where it may
        except MissingDataError as error:  # the others are measured, and this one is said to be left out
            absent.append(error)
    if len(absent) == len(names):
        raise absent[0]


def _experiment() -> str:
    """Return the file of the experiment."""
    try:
        found = find_spec("mmgap.benchmarks.test_practices")
    except ModuleNotFoundError:
        found = None
    if found is None or found.origin is None:
        raise FileNotFoundError("mmgap.benchmarks is not installed: install mmgap again (in a clone: pip install -e .)")
    return found.origin


def _spec(folder: str) -> str:
    """The dataset that is meant: a folder on disk, or the spec of a dataset."""
    from mmgap import datasets

    path = expanded(folder)
    if folder and os.path.isdir(path):
        return f"folder:{path}"
    if folder.partition(":")[0] in datasets.registry and folder != "folder":
        return folder
    raise NotADirectoryError(
        f"{folder or 'an empty name'}: no such folder, and no dataset of that name (mmgap list has them)"
    )
