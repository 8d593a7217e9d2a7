"""``mmgap data …``: bring data sets to this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mmgap.cli.bad_input import told
from mmgap.core.defaults import IMAGE_SIZE, RESIZE

data = typer.Typer(help="Bring data sets to this machine and look after them.", no_args_is_help=True)


@data.callback()
def main() -> None:
    """Everything happens in the sub-commands."""


@data.command()
def fetch(
    name: Annotated[str, typer.Argument(help="arasaac or coco.")],
    folder: Annotated[Path | None, typer.Option(help="Where it goes. Default: MMGAP_DATA/NAME.")] = None,
    rate: Annotated[float | None, typer.Option(help="Requests per second at most (default 10).")] = None,
    language: Annotated[list[str] | None, typer.Option(help="arasaac: en, es (repeatable; default both).")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="arasaac: only the first N pictograms.")] = None,
    size: Annotated[int | None, typer.Option(help="arasaac: 300, 500 (default) or 2500 pixels.")] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="coco: val, train, karpathy (repeatable; default val).")
    ] = None,
    keep_archives: Annotated[bool | None, typer.Option("--keep-archives", help="coco: keep the zip files.")] = None,
    verify: Annotated[
        bool | None, typer.Option("--verify/--no-verify", help="coco: check size and SHA-256 of the archives.")
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            help="A mirror that has URL/pictograms/all/en and /pictograms/ID/ID_500.png, or URL/zips/val2017.zip;"
            " or set MMGAP_ARASAAC_URL, MMGAP_COCO_URL."
        ),
    ] = None,
    images_url: Annotated[
        str | None,
        typer.Option(help="arasaac: a mirror of the pictograms alone, or set MMGAP_ARASAAC_IMAGES_URL."),
    ] = None,
) -> None:
    """Download ARASAAC or COCO from its portal; a second call goes on where the first one stopped."""
    from mmgap.datasets.download import FetchError, OfflineError, download

    given: dict[str, Any] = {
        "rate": rate,
        "languages": tuple(language) if language else None,
        "limit": limit,
        "size": size,
        "parts": tuple(part) if part else None,
        "keep_archives": keep_archives,
        "verify": verify,
        "base_url": base_url,
        "images_url": images_url,
    }
    with told():
        try:
            found = download(name, folder=folder, **{key: value for key, value in given.items() if value is not None})
        except OfflineError:
            raise
        except FetchError as error:
            typer.secho(f"mmgap: {error}", err=True, fg=typer.colors.RED)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            typer.secho("mmgap: stopped; what arrived is kept, call again to go on", err=True, fg=typer.colors.YELLOW)
            raise typer.Exit(130) from None
    typer.echo(found.summary())
    if found.failed:
        raise typer.Exit(1)


@data.command()
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

    with told():
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
                left = f", {len(made.skipped)} record(s) left out" if made.skipped else ""
                typer.echo(f"{spec} {split}: {len(made.images)} pictures in {made.images.arrays.store.folder}{left}")
                for line in named(made.skipped):
                    typer.echo(f"  {line}")
        if refused is not None and not some:
            raise refused


@data.command()
def card(
    name: Annotated[str, typer.Argument(help="A dataset: arasaac-es, coco, folder:PATH …")],
) -> None:
    """Show what a dataset holds: licence, splits, captions, notes, and what was left out and why."""
    from mmgap.datasets.card import card as written

    with told():
        typer.echo(written(name))
