"""``mmgap search``: pictures by words, words by a picture, in a data set or in two files of vectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors
from mmgap.cli.searched_in_blocks import Side
from mmgap.cli.unused_options import refuse_unused

if TYPE_CHECKING:
    from mmgap.app.search.known_pairs import Modality
    from mmgap.app.search.search_column import SearchQuery
    from mmgap.app.search.searcher import Searcher
    from mmgap.app.search.vector_index import Kind
    from mmgap.app.shell.source import Source


class IndexKind(StrEnum):
    """Of a search: every row is compared, or a graph of neighbours is walked."""

    flat = "flat"
    hnsw = "hnsw"


#: What `--labels` takes for the classes of the data set.
OWN = "own"


def search(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Argument(help="A data set (mmgap list has them), a folder, or a file of image vectors.")
    ] = None,
    query: Annotated[
        str | None, typer.Argument(help="What the picture should show; behind a file of images, that of texts.")
    ] = None,
    encoder: Annotated[str | None, typer.Option(help="Of the data set; tiny by default, which ships.")] = None,
    space: Annotated[str | None, typer.Option(help="Searched beside the vectors as they are: cca, centre …")] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="How many are shown.")] = 10,
    mixed: Annotated[bool, typer.Option("--mixed", help="Search images and texts together.")] = False,
    index: Annotated[IndexKind, typer.Option(help="Exact, or a graph for millions of vectors.")] = IndexKind.flat,
    row: Annotated[int | None, typer.Option(min=0, help="Ask by the vector of this text, by its row.")] = None,
    image: Annotated[
        str | None, typer.Option(help="Ask by one of the images, by name or number: what is said?")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Ask by a picture of yours: what would be said of it?")] = None,
    labels: Annotated[
        str | None, typer.Option(help=f"Labels for the picture, with commas; {OWN}: the classes of the data set.")
    ] = None,
    exact: Annotated[bool, typer.Option("--exact/--no-exact", help="Images with that very keyword first.")] = True,
    split: Annotated[str | None, typer.Option(help="all (default), or test, train, validation.")] = None,
    every: Annotated[
        Side | None, typer.Option(help="Each row of saved texts, or images, asks; what they find goes into --out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The .npz file of --every: scores and items, a row for each query.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(help="Files that need more, as 500MB, are read in blocks (half of what is free).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON instead of the table.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Open the page, also with a query.")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes any.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    language: Annotated[Language, typer.Option(help="Of the table and the page.")] = Language.en,
) -> None:
    """Search a data set: words find pictures, a picture finds words; with the chance of a match, before and after a
    space. Without a query the page opens."""
    with one_line_errors():
        from mmgap.app.search.query_input import usable
        from mmgap.cli.measured_in_parts import in_parts
        from mmgap.cli.searched_in_blocks import search_in_blocks
        from mmgap.spaces import canonical

        if space is not None:
            space = canonical(space)
        if (every is None) != (out is None):
            raise ValueError("--every says who asks and --out FILE.npz where the answers go: give both")
        argument = _saved(data, query)
        in_blocks = every is not None or (argument is not None and in_parts(argument, memory))
        if argument is not None:
            refuse_unused(context, "is of a data set, and saved vectors are searched whole", "split", "encoder")
        elif data is not None:
            refuse_unused(context, "is for files of vectors", "memory")
        if every is not None:
            refuse_unused(context, "is of what is shown, and --every writes a file", "as_json", "language")
        if in_blocks:
            refuse_unused(context, "is for vectors in memory", "exact", "port", "browser")
            refused = {
                "--space": space,
                "--mixed": mixed or None,
                "--picture": picture,
                "--labels": labels,
                "--page": page or None,
                "--index hnsw": "" if index is IndexKind.hnsw else None,
            }
            ways = {"--row": row, "--image": image, "--every": every}
            search_in_blocks(argument, ways, out, top, refused, as_json=as_json, language=language.value)
            return
        if query is not None and argument is None and not usable(query):
            raise ValueError("the query is empty: say what the picture should show")
        if labels is not None and not all(map(str.strip, labels.split(","))):
            raise ValueError(
                f"--labels {labels!r}: one of them is empty; give labels with commas between them, or {OWN}"
            )
        source, words = _opened(data, query, encoder, split)
        kind: Kind = index.value
        given = {"a query": words, "--row": row, "--image": image, "--picture": picture}
        asked = [name for name, value in given.items() if value is not None]
        if len(asked) > 1:
            raise ValueError(f"one thing is asked at a time, not {' and '.join(asked)}")
        if labels is not None and image is None and picture is None:
            raise ValueError("--labels are for a picture: give --picture PATH, or --image NAME")
        if page or not asked:
            if as_json or not exact or labels not in (None, OWN):
                raise ValueError("--json, --no-exact and labels of your own are for the terminal: leave --page out")
            state = {"q": words, "image": image, "row": row, "top": top, "what": "both" if mixed else None}
            _serve(source, space, kind, state, picture, port, browser, language.value)
            return
        refuse_unused(context, "is for the page: give --page", "port", "browser")
        if as_json:
            refuse_unused(context, "is of the table and the page, and JSON has neither", "language")
        if words is None:
            refuse_unused(context, "is for words, and a row or a picture asks", "exact")
        _answer(source, space, kind, words, row, image, picture, labels, top, mixed, exact, as_json, language)


def _saved(data: str | None, query: str | None) -> str | None:
    """The files of vectors that were named; None where a data set was."""
    from mmgap.core.vector_files import is_vectors

    if data is None:
        return None
    if data.startswith("vectors:"):
        return data.removeprefix("vectors:")
    if not data.strip() or not is_vectors(data):
        return None
    return data if query is None else f"{data},{query}"


def _opened(data: str | None, query: str | None, encoder: str | None, split: str | None) -> tuple[Source, str | None]:
    """What is searched, and the words that are asked."""
    from mmgap.app.shell.source import USUAL, open_source
    from mmgap.core.paths import expanded, is_folder
    from mmgap.core.vector_files import is_vectors

    usual_data, usual_encoder = USUAL
    if data is not None and not data.strip():
        raise ValueError("the data set has no name: mmgap list has those that there are, a folder is .")
    saved = data is not None and (data.startswith("vectors:") or is_vectors(data))
    if not saved:
        if data is not None and is_folder(expanded(data)):
            data = f"folder:{expanded(data)}"
        chosen = split or ("test" if data is None else "all")
        found = open_source(data or usual_data, encoder or usual_encoder, split=chosen, captions="all")
        return found, query
    assert data is not None
    if data.startswith("vectors:"):
        return open_source(data, split="all", captions="all"), query
    spec = f"vectors:{data}" if query is None else f"vectors:{data},{query}"
    return open_source(spec, split="all", captions="all"), None


def _answer(
    source: Source,
    space: str | None,
    kind: Kind,
    words: str | None,
    row: int | None,
    image: str | None,
    picture: Path | None,
    labels: str | None,
    top: int,
    mixed: bool,
    exact: bool,
    as_json: bool,
    language: Language,
) -> None:
    from mmgap.app.search.picture_labels import own_labels, picture_labels
    from mmgap.app.search.search_notes import search_notes
    from mmgap.app.search.searcher import Searcher
    from mmgap.cli.found_table import found_table, labels_table, plain_found

    searcher = Searcher(source, space, kind, row)
    query = _query(searcher, words, row, image, picture)
    other: Modality = "image" if query.by == "text" else "text"
    if other == "text" and not len(searcher.searched.texts):
        other = "image"
    what: tuple[Modality, ...] = ("image", "text") if mixed else (other,)
    found = searcher.find(query, what, top, words if exact and words is not None else "")
    told = None
    if labels is not None:
        names = own_labels(searcher) if labels.strip() == OWN else [name.strip() for name in labels.split(",")]
        told = picture_labels(searcher, query, names)
    if as_json:
        plain: dict[str, object] = {"found": plain_found(searcher, found)}
        if told is not None:
            plain["labels"] = {name: [vars(one) for one in some] for name, some in told.items()}
        typer.echo(json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(f"{source.title} ({len(searcher.searched.images):,} × {len(searcher.searched.texts):,})\n")
    typer.echo(found_table(searcher, found, search_notes(searcher, query, what, found), language.value))
    if told is not None:
        typer.echo(f"\n{labels_table(told, language.value)}")


def _query(
    searcher: Searcher, words: str | None, row: int | None, image: str | None, picture: Path | None
) -> SearchQuery:
    from mmgap.app.search.query_input import picture_at

    if row is not None:
        return searcher.of_row(row)
    if image is not None:
        return searcher.of_image(searcher.image_named(image))
    if picture is not None:
        return searcher.of_picture(picture_at(picture))
    assert words is not None
    return searcher.of_words(words)


def _serve(
    source: Source,
    space: str | None,
    kind: Kind,
    state: Mapping[str, object],
    picture: Path | None,
    port: int | None,
    browser: bool,
    language: str,
) -> None:
    """Serve the page that asks as the command does."""
    from urllib.parse import urlencode

    from mmgap.core.app_libraries import require_app

    require_app()
    from mmgap.app.search.query_input import picture_at
    from mmgap.app.search.search_answers import SearchAnswers
    from mmgap.app.search.search_tab import search_tab
    from mmgap.app.shell.server import serve
    from mmgap.app.whole_app import whole_app
    from mmgap.core.paths import expanded

    answers = SearchAnswers(source, kind)
    if picture is not None:
        picture_at(picture)  # whose errors name the file
        state = {**state, "picture": answers.pictures.keep(expanded(picture).read_bytes())}
    query = urlencode({name: value for name, value in {**state, "lang": language}.items() if value is not None})
    serve(whole_app(language, source, search=search_tab(answers, space)), f"/search?{query}", port, browser, typer.echo)
