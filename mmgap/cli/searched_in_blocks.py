"""``mmgap search`` of vectors that stay on disk: one row asks, or every row of a side does, and all are compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mmgap.cli.measured_in_parts import tell_of_blocks
from mmgap.cli.one_line_errors import tell

if TYPE_CHECKING:
    from mmgap.core.stored_rows import StoredRows


class Side(StrEnum):
    """Whose rows ask."""

    text = "text"
    image = "image"


def search_in_blocks(
    argument: str | None,
    ways: Mapping[str, Any],
    out: Path | None,
    top: int,
    refused: Mapping[str, object],
    *,
    as_json: bool,
    language: str,
) -> None:
    """Search files that are read in blocks, by the one way that is asked.

    Args:
        argument: as `mmgap.core.vector_files.read_vectors`; None where no files were named.
        ways: values of ``--row``, ``--image`` and ``--every``; None where one was not given.
        out: of ``--every``.
        top, as_json, language: as `answer_in_blocks`.
        refused: options that need the vectors in memory, by their names; None where one was not given.

    Raises:
        VectorFileError, ValueError: as `answer_in_blocks`; no files, two ways, an option that is refused.
    """
    if argument is None:
        raise ValueError("--every is for saved vectors: give their files, IMAGES TEXTS")
    for name, value in refused.items():
        if value is not None:
            cure = "map the files first, mmgap space apply" if name == "--space" else "or raise --memory"
            raise ValueError(f"vectors that are read in blocks are searched as they are: leave {name} out; {cure}")
    asked = [name for name, value in ways.items() if value is not None]
    if len(asked) > 1:
        raise ValueError(f"one thing is asked at a time, not {' and '.join(asked)}")
    if out is not None:
        every_row(argument, ways["--every"], top, out)
    else:
        answer_in_blocks(argument, ways["--row"], ways["--image"], top, as_json=as_json, language=language)


def answer_in_blocks(
    argument: str, row: int | None, image: str | None, top: int, *, as_json: bool, language: str
) -> None:
    """Print what one row of the texts, or of the images, finds among those of the other side.

    Args:
        argument: as `mmgap.core.vector_files.read_vectors`.
        row, image: the number of a text, or of an image; one of them.
        top: how many are shown.
        as_json: plain JSON instead of the table.
        language: of the table.

    Raises:
        VectorFileError, ValueError: as `mmgap.evaluation.streaming.streamed_search.nearest_items`; an image that is no
            number.
    """
    import numpy as np
    from tabulate import tabulate

    from mmgap.core.messages import N_, Message
    from mmgap.evaluation.streaming.streamed_search import nearest_items
    from mmgap.report.translation import translated

    by, number = (Side.text, row) if row is not None else (Side.image, _number(image))
    tell_of_blocks()
    queries, gallery = _sides(argument, by)
    found = nearest_items(queries, gallery, top, rows=np.array([number]), tell=tell)
    hits = list(zip(found.scores[0].tolist(), found.items[0].tolist(), strict=True))
    if as_json:
        plain = [
            {
                "rank": rank,
                "modality": "image" if by is Side.text else "text",
                "row": item,
                "name": Path(gallery.place(item)).name,
                "caption": None,
                "score": score,
                "chance": None,
                "keyword": False,
            }
            for rank, (score, item) in enumerate(hits, start=1)
        ]
        typer.echo(json.dumps({"found": {"as is": plain}}, indent=1, ensure_ascii=False, allow_nan=False))
        return
    lines = [
        (str(rank), f"{score:.3f}", str(item), Path(gallery.place(item)).name)
        for rank, (score, item) in enumerate(hits, start=1)
    ]
    heads = ["", *(translated(head, language) for head in (N_("score"), N_("row"), N_("place")))]
    typer.echo(tabulate(lines, headers=heads, colalign=("right", "right", "right", "left"), disable_numparse=True))
    note = Message(
        "All {n} rows were compared, read in blocks; the chance of a match, spaces and the page need the vectors in"
        " memory.",
        n=f"{len(gallery):,}",
    )
    typer.echo(f"\n- {translated(note, language)}")


def every_row(argument: str, by: Side, top: int, out: Path) -> None:
    """Write what each row of a side finds among those of the other: ``scores`` and ``items``, (Q, top), as ``.npz``.

    Args:
        argument, top: as `answer_in_blocks`.
        by: whose rows ask.
        out: the file; it is whole, or not there.

    Raises:
        VectorFileError, ValueError: as there; an ``out`` of another suffix.
    """
    from mmgap.cli.output_places import require_output
    from mmgap.core.atomic import whole_file
    from mmgap.core.numpy_arrays import write_npz
    from mmgap.evaluation.streaming.streamed_search import nearest_items

    require_output("--out", out, (".npz",), "what is found")
    queries, gallery = _sides(argument, by)
    found = nearest_items(queries, gallery, top, tell=tell)
    with whole_file(out) as temporary, temporary.open("wb") as stream:
        write_npz(stream, scores=found.scores, items=found.items)
    others = "images" if by is Side.text else "texts"
    typer.echo(
        f"{out}: {len(queries):,} {by.value}s, the first {found.items.shape[1]} of {len(gallery):,} {others} each"
    )


def _sides(argument: str, by: Side) -> tuple[StoredRows, StoredRows]:
    """The rows that ask, and those that are asked."""
    from mmgap.core.row_files import open_sides
    from mmgap.evaluation.streaming.streaming_state import columns_dir

    images, texts = open_sides(argument, columns_dir())
    return (texts, images) if by is Side.text else (images, texts)


def _number(image: str | None) -> int:
    if image is None or not image.isdecimal():
        raise ValueError(
            "vectors that are read in blocks are asked by the number of a row: give --row or --image NUMBER"
        )
    return int(image)
