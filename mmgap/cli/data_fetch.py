"""``mmgap data fetch``: a data set from its portal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.standard_streams import say_on_stderr


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
    with one_line_errors():
        try:
            found = download(name, folder=folder, **{key: value for key, value in given.items() if value is not None})
        except OfflineError:
            raise
        except FetchError as error:
            say_on_stderr(f"mmgap: {error}", typer.colors.RED)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            warn("stopped; what arrived is kept, call again to go on")
            raise typer.Exit(130) from None
    typer.echo(found.summary())
    if found.failed:
        raise typer.Exit(1)
