"""A fitted space on vectors of any number: into one file, or shard by shard, resumed where it was killed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial, reduce
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmgap.core.atomic import whole_file, write_atomic
from mmgap.core.checked_json import JsonError, conform, read_json
from mmgap.core.messages import quoted
from mmgap.core.progress import progress_bar
from mmgap.core.row_files import all_npy, open_rows
from mmgap.core.rows_on_disk import RowMap
from mmgap.core.stored_rows import Part, StoredRows
from mmgap.core.threads import side_by_side
from mmgap.core.vector_content import VectorFileError
from mmgap.core.vector_files import read_rows
from mmgap.core.vector_pairs import checked_matrix
from mmgap.evaluation.streaming.streamed_rows import check_block
from mmgap.evaluation.streaming.streaming_state import columns_dir
from mmgap.spaces import Fitted, PairMap, SpaceError
from mmgap.spaces.composition import Chain
from mmgap.spaces.maps import Map

#: Numbers that one thread reads, maps and writes at a time: what is in memory at once is a few times as many.
BLOCK = 1 << 19

#: Blocks that are shared out among the threads at a time.
TOGETHER = 64

#: Which shards of a folder are written, of what and by which space.
_WRITTEN = ".mmgap-space.json"


def apply_to_file(
    fitted: Fitted, source: str, modality: Literal["image", "text"], out: Path, *, in_parts: bool = False
) -> tuple[int, int]:
    """Write the vectors of a file in a space as an ``.npy`` file; their shape is given back.

    Vectors of ``.npy`` files are never in memory as a whole. A row that is zero or not finite ends it, and nothing is
    written; float64 stays float64, everything else becomes float32.

    Args:
        fitted: a map; a composition of maps.
        source: file or folder of (N, d) vectors, as `mmgap.core.vector_files` reads it.
        modality: of these vectors.
        out: an ``.npy`` file; may be ``source`` itself.
        in_parts: columns of tables are not read as a whole either.

    Raises:
        MissingDataError, VectorFileError: no such file, or no vectors in it.
        SpaceError: a scorer, vectors of another width, an ``out`` of another suffix.
    """
    if out.suffix != ".npy":
        raise SpaceError(f"{quoted(out)}: vectors are written as .npy, give --out such a name")
    return _written(_side(fitted.map, modality), _source(source, modality, in_parts), out)


def apply_to_shards(
    fitted: Fitted, source: str, modality: Literal["image", "text"], out: Path, say: Callable[[str], Any]
) -> tuple[int, int]:
    """Write each shard of a folder in a space as a shard of the same name in a folder ``out``; the shape of all of
    them is given back.

    A shard is whole or not there. Killed, and called again, it goes on at the shard that was not there; one that was
    made of other vectors, or by another space, is made again.

    Args:
        fitted, source, modality: as `apply_to_file`, of a folder of shards.
        out: another folder; it is made.
        say: takes a line of text where shards are there already.

    Raises:
        MissingDataError, VectorFileError, SpaceError: as `apply_to_file`; ``out`` is ``source``, or holds other shards
            that an earlier call wrote and that would be taken for some of these.
    """
    by, shards = _side(fitted.map, modality), open_rows(source, modality, columns_dir()).parts
    if any(part.path.parent.resolve() == out.resolve() for part in shards):
        raise SpaceError(f"{quoted(out)}: the shards themselves lie here, give --out another folder")
    out.mkdir(parents=True, exist_ok=True)
    space, before = _digest(fitted), _earlier(out / _WRITTEN)
    _check_beside(out, before, {_name(part, modality) for part in shards}, modality)
    written: dict[str, list[str]] = {}
    shape, there = (0, 0), 0
    for part in progress_bar(shards, desc=f"{out.name}/", unit="shard"):
        rows, place = StoredRows((part,)), out / _name(part, modality)
        made_of = [modality, space, rows.digest()]
        if before.get(place.name) == made_of and place.is_file():
            found: tuple[int, ...] = np.load(place, mmap_mode="r").shape
            there += 1
        else:
            found = _written(by, _Stored(rows), place)
        written[place.name] = made_of
        write_atomic(out / _WRITTEN, json.dumps({**before, **written}).encode())
        shape = shape[0] + found[0], found[1]
    if there:
        say(f"{there} of {len(shards)} shards were there already")
    return shape


class _Stored:
    """Rows on disk, and what reads some of them that can all be mapped."""

    def __init__(self, rows: StoredRows) -> None:
        self.rows, self.shape = rows, (len(rows), rows.width)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return some rows; an error names the first of them that cannot be mapped."""
        found = self.rows.read(start, stop)
        if not _fine(found):
            check_block(self.rows, range(start, start + len(found)), found)
        return found


class _Array:
    """The same of an array, or of a memory map of a file whose rows do not stand side by side."""

    def __init__(self, rows: np.ndarray, source: str) -> None:
        self.rows, self.shape, self.source = rows, (len(rows), rows.shape[1]), source

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return some rows; an error names the first of all that cannot be mapped."""
        found = self.rows[start:stop]
        if not _fine(found):
            checked_matrix(self.rows, quoted(self.source))
        return found


def _source(source: str, modality: Literal["image", "text"], in_parts: bool) -> _Stored | _Array:
    """The rows of a file: where they lie, where their format allows it, else as a whole."""
    if in_parts or all_npy(source):
        try:
            return _Stored(open_rows(source, modality, columns_dir()))
        except VectorFileError:
            if in_parts:
                raise
    return _Array(read_rows(source, modality), source)


def _written(by: RowMap, rows: _Stored | _Array, out: Path) -> tuple[int, int]:
    """Write all rows through a map, a block for each thread at a time."""
    count, width = rows.shape
    step = max(1, BLOCK // width)
    first = by(rows.read(0, 1))
    shape = count, first.shape[1]
    with whole_file(out) as temporary:
        with temporary.open("wb") as stream:
            header = {"descr": first.dtype.str, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
            begin = stream.tell()

        def write(start: int) -> None:
            found = by(rows.read(start, min(start + step, count)))
            with temporary.open("rb+") as stream:
                stream.seek(begin + start * first.nbytes)
                found.tofile(stream)

        for group in progress_bar(range(0, count, TOGETHER * step), desc=out.name, unit="block"):
            starts = range(group, min(group + TOGETHER * step, count), step)
            side_by_side(*(partial(write, start) for start in starts))
    return shape


def _fine(rows: np.ndarray) -> bool:
    """Whether no row can be at fault; one whose square is out of range is none."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
    return bool(np.isfinite(squares).all() and squares.all())


def _name(part: Part, modality: str) -> str:
    """What the shard that is made of another one is called."""
    if part.name == quoted(part.path):
        return part.path.name
    return f"{'img' if modality == 'image' else 'text'}_emb_{part.number}.npy"  # of a table's column


def _digest(fitted: Fitted) -> str:
    """The SHA-256 of a fitted space."""
    found = hashlib.sha256()
    for name, array in sorted(fitted.map.arrays().items()):
        found.update(f"{name}{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def _check_beside(out: Path, before: Mapping[str, list[str]], names: set[str], modality: str) -> None:
    """Raise `SpaceError` where shards of the other modality would be written over, or shards stay that are no longer
    made of anything."""
    there = {name: made_of[0] for name, made_of in before.items() if (out / name).is_file()}
    other = sorted(name for name, side in there.items() if side != modality and name in names)
    if other:
        raise SpaceError(
            f"{quoted(out / other[0])}: is a shard of {there[other[0]]}s, give --out a folder for the {modality}s alone"
        )
    stale = sorted(name for name, side in there.items() if side == modality and name not in names)
    if stale:
        raise SpaceError(
            f"{quoted(out / stale[0])}: was written of a shard that is not there any more: remove it, or give --out"
            " another folder"
        )


def _earlier(place: Path) -> dict[str, list[str]]:
    """What was written before; nothing where that cannot be read."""
    try:
        return conform(read_json(place), dict[str, list[str]], place.name)
    except (OSError, JsonError):
        return {}


def _side(by: Map, modality: Literal["image", "text"]) -> RowMap:
    """What vectors of one modality go through."""
    if isinstance(by, PairMap):
        return by.images if modality == "image" else by.texts
    if isinstance(by, Chain):
        steps = [_side(step.map, modality) for step in by.steps]
        return lambda rows: reduce(lambda found, step: step(found), steps, rows)
    raise SpaceError(
        "this space changes scores, not vectors, so there are no vectors to write: mmgap.spaces.load(FILE)"
        ".scorer.extended(queries, gallery, by) gives vectors of one more coordinate, whose dot products are the scores"
    )
