"""``mmgap atlas``: an interactive map of a data set's images and texts, or of two files of vectors."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Captions, Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.output_places import PAGES, require_output
from mmgap.cli.standard_streams import say_on_stderr
from mmgap.cli.unused_options import refuse_unused
from mmgap.core.counted_things import n_rows

if TYPE_CHECKING:
    from mmgap.app.atlas.embedding_maps import Embeddings
    from mmgap.app.shell.source import Source

#: Megabytes beyond which an exported file is slow to open.
LARGE_FILE = 20


class MapKind(StrEnum):
    """Of an atlas."""

    pca = "pca"
    umap = "umap"
    tsne = "tsne"


class Colour(StrEnum):
    """What points are coloured by."""

    modality = "modality"
    category = "category"
    rank = "rank"
    hubness = "hubness"


def atlas(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Argument(help="A data set (mmgap list has them), or image vectors, or one file with both.")
    ] = None,
    texts: Annotated[str | None, typer.Argument(help="Text vectors; row i belongs to image i, or see --owner.")] = None,
    owner: Annotated[
        str | None, typer.Option(help="File of whole numbers: the image row of each text, where images have several.")
    ] = None,
    encoder: Annotated[
        list[str] | None, typer.Option(help="Of the data set; a second one is shown beside it (trained:FOLDER, say).")
    ] = None,
    space: Annotated[str | None, typer.Option(help="Shown beside the vectors as they are, e.g. cca, centre.")] = None,
    kind: Annotated[MapKind, typer.Option("--map", help="How vectors are brought into the plane.")] = MapKind.pca,
    colour: Annotated[Colour, typer.Option(help="What points are coloured by at first.")] = Colour.modality,
    split: Annotated[str, typer.Option(help="Of the data set.")] = "test",
    texts_per_image: Annotated[
        Captions, typer.Option(help="Of a data set: the first caption, or all. Of files: all.")
    ] = Captions.first,
    export: Annotated[
        Path | None, typer.Option(help="Write a page for offline use (.html) or a table (.parquet) and end.")
    ] = None,
    captions: Annotated[
        bool | None, typer.Option(help="Captions in the file; by default in a table, not in a page.")
    ] = None,
    pictures: Annotated[bool, typer.Option("--pictures", help="Small pictures in the exported page.")] = False,
    ranks: Annotated[
        bool | None, typer.Option(help="Measure ranks and hubs; by default up to 25,000 × 25,000.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes any.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    language: Annotated[Language, typer.Option(help="Of the page.")] = Language.en,
) -> None:
    """Show a map of images and texts together: what is near, what is apart, before and after a space."""
    from mmgap.core.app_libraries import require_app

    with one_line_errors():
        require_app()
        from mmgap.app.atlas.embedding_maps import Embeddings

        if export is None:
            refuse_unused(context, "is for a file: give --export", "captions", "pictures")
        else:
            refuse_unused(context, "is for a page that is served, and --export writes a file", "port", "browser")
            if export.suffix.lower() == ".parquet":
                refuse_unused(context, "is for a page, and a table has neither colours nor words", "colour", "language")
            require_output("--export", export, (*PAGES, ".parquet"), "a page or a table")
            if pictures and export.suffix.lower() == ".parquet":
                raise ValueError("a table holds no pictures: leave --pictures out, or export .html")
        if texts is not None or owner is not None or _is_file(data):
            refuse_unused(context, "is of a data set, and files are shown whole", "split", "texts_per_image")
        first, second = _sources(data, texts, owner, encoder or [], split, texts_per_image.value)
        embeddings = Embeddings(first, second, ranks)
        if export is not None:
            _export(embeddings, space, kind.value, colour.value, export, captions, pictures, language.value)
            return
        from mmgap.app.atlas.atlas_tab import atlas_tab
        from mmgap.app.atlas.plane_places import check_kind
        from mmgap.app.shell.server import serve
        from mmgap.app.whole_app import whole_app
        from mmgap.spaces import canonical

        check_kind(kind.value)
        tab = atlas_tab(embeddings, space=space and canonical(space), kind=kind.value, colour=colour.value)
        serve(whole_app(language.value, first, atlas=tab), f"/atlas?lang={language.value}", port, browser, typer.echo)


def _sources(
    data: str | None, texts: str | None, owner: str | None, encoders: list[str], split: str, captions: str
) -> tuple[Source, Source | None]:
    """Return what is shown, and the same data by a second encoder where one is named."""
    from mmgap.app.shell.source import USUAL, open_source

    usual_data, usual_encoder = USUAL
    if texts is not None or owner is not None or _is_file(data):
        if texts is None and owner is not None:
            raise ValueError("--owner belongs to two files, IMAGES TEXTS; in one file it is an array named owner")
        if encoders:
            raise ValueError("saved vectors have no encoder: leave --encoder out, or name a data set")
        files = ",".join(name for name in (data, texts, owner) if name)
        return open_source(f"vectors:{files}", captions="all"), None
    if len(encoders) > 2:
        raise ValueError(f"two encoders stand side by side, not {len(encoders)}")
    asked = encoders or [usual_encoder]
    found = [open_source(data or usual_data, encoder, split=split, captions=captions) for encoder in asked]
    return found[0], found[1] if len(found) > 1 else None


def _is_file(data: str | None) -> bool:
    from mmgap.core.vector_files import is_vectors

    return data is not None and not data.startswith("vectors:") and is_vectors(data)


def _export(
    embeddings: Embeddings,
    space: str | None,
    kind: str,
    colour: str,
    path: Path,
    captions: bool | None,
    pictures: bool,
    language: str,
) -> None:
    from mmgap.app.atlas.atlas_tab import atlas_title
    from mmgap.app.atlas.html_export import atlas_html
    from mmgap.app.atlas.parquet_export import write_parquet
    from mmgap.core.atomic import write_atomic

    table = path.suffix.lower() == ".parquet"
    found = embeddings.atlas(space, kind, say_on_stderr)
    with_captions = table if captions is None else captions
    if table:
        rows = write_parquet(found, path, captions=with_captions)
        typer.echo(f"{path} ({n_rows(rows)})")
        text = " --text caption" if with_captions and embeddings.first.captions else ""
        say_on_stderr(f"embedding-atlas {shlex.quote(str(path))} --x x --y y{text} shows it")
        return
    page = atlas_html(
        found, atlas_title(embeddings), language, captions=with_captions, pictures=pictures, colour=colour
    ).encode()
    write_atomic(path, page)
    megabytes = len(page) / 1e6
    held = [name for name, there in (("captions", with_captions), ("pictures", pictures)) if there]
    typer.echo(f"{path} ({megabytes:.1f} MB; names and categories, {' and '.join(held) or 'no captions, no pictures'})")
    if held:
        warn(f"the file holds the data set's {' and '.join(held)}: mind its licence before you hand it on")
    if megabytes > LARGE_FILE:
        warn(f"pages beyond {LARGE_FILE} MB open slowly: --export {path.with_suffix('.parquet')} is for such numbers")
