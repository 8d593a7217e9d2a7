"""A pair of sets of vectors as rows that stay on disk, found and named as `mmgap.core.vector_files` finds them.

Columns of Parquet files and Lance data sets, which give no row by itself, are copied to an ``.npy`` file first, some
rows at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mmgap.core.arrow_arrays import column_names, column_parts
from mmgap.core.atomic import whole_file
from mmgap.core.counted_things import n_dimensions
from mmgap.core.messages import listed, quoted
from mmgap.core.progress import progress_bar
from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.core.scratch_array import ScratchArray
from mmgap.core.shard_folders import check_alike
from mmgap.core.shard_numbers import METADATA, shards_of
from mmgap.core.stored_owner import joined, stored_owner
from mmgap.core.stored_rows import Part, StoredRows, npy_parts
from mmgap.core.vector_content import Unread, VectorFileError
from mmgap.core.vector_files import given_source, locate, owner_array
from mmgap.core.vector_names import modality, owner_of, pair_of
from mmgap.core.vector_pairs import VectorPair
from mmgap.core.vector_sources import VectorSource, check_one_side, find_source, missing_source

if TYPE_CHECKING:
    import numpy as np

#: Tables whose columns are copied.
_TABLES = (".parquet", ".lance")


@dataclass(frozen=True)
class StoredPair:
    """Images and texts on disk.

    Attributes:
        images, texts: (N, d) and (M, d).
        owner: (M,) int64, the image of each text; on disk as well.
        name: names of the files.
    """

    images: StoredRows
    texts: StoredRows
    owner: ScratchArray
    name: str


def open_pair(argument: str, owner: str | None, folder: Path, *, one_width: bool = True) -> StoredPair:
    """Return the vectors that ``argument`` names, none of them read yet.

    Args:
        argument, owner: as `mmgap.core.vector_files.read_vectors`.
        folder: where columns of tables are copied to; a copy of the same content is taken as it is.
        one_width: images and texts must have as many dimensions.

    Raises:
        MissingDataError, VectorFileError: as `mmgap.core.vector_files.read_vectors`; a format that is read as a whole
            only (it is named, with the cure).
    """
    sources = locate(argument)
    images, texts = _sides(sources, folder)
    if one_width and images.width != texts.width:
        raise VectorFileError(
            f"{','.join(source.name for source in sources[:2])}: images have {n_dimensions(images.width)}, texts"
            f" {texts.width}: both must live in one space"
        )
    name = ",".join(source.name for source in sources)
    rows, place = _owners(sources, owner)
    if rows is None and images.shards and texts.shards:
        check_alike((images.shards, "images"), (texts.shards, "texts"))
    return StoredPair(images, texts, stored_owner(rows, len(images), len(texts), name, place), name)


def open_faulty(argument: str, owner: str | None, folder: Path) -> VectorPair:
    """Return the vectors that ``argument`` names as rows on disk, whatever they hold and whether or not they are pairs:
    for those who look for faults, as `mmgap.core.vector_files.read_vectors` with ``faulty``.

    Args:
        argument, owner, folder: as `open_pair`.

    Raises:
        MissingDataError, VectorFileError: as there, but for widths, counts and owners that do not go together.
    """
    sources = locate(argument)
    images, texts = (RowsOnDisk(rows) for rows in _sides(sources, folder))
    rows, place = _owners(sources, owner)
    name = ",".join(source.name for source in sources)
    return VectorPair(images, texts, rows, name, place)  # type: ignore[arg-type]  # they answer as arrays do


def open_sides(argument: str, folder: Path) -> tuple[StoredRows, StoredRows]:
    """Return images and texts as rows on disk, without a look at which text belongs to which image.

    Args:
        argument, folder: as `open_pair`.

    Raises:
        MissingDataError, VectorFileError: as `open_faulty`.
    """
    return _sides(locate(argument), folder)


def _sides(sources: Sequence[VectorSource], folder: Path) -> tuple[StoredRows, StoredRows]:
    if len(sources) == 1:
        return _both(sources[0], folder)
    for k, source in enumerate(sources[:2]):
        if source.is_folder or source.path.suffix.lower() in _TABLES:
            check_one_side(sources[:2], k, _groups(source) if source.is_folder else _columns(source))
    images, texts = (_one(source, side, folder) for source, side in zip(sources, ("image", "text"), strict=False))
    return images, texts


def open_rows(name: str, side: Literal["image", "text"], folder: Path) -> StoredRows:
    """Return the vectors of one modality in one file or folder, none of them read yet; ``folder`` as `open_pair`.

    Raises:
        MissingDataError, VectorFileError: as `open_pair`.
    """
    if (source := find_source(name)) is None:
        raise missing_source(name)
    return _one(source.supported(), side, folder)


def all_npy(name: str) -> bool:
    """Return whether a file, or every shard of a folder, is ``.npy``, so that its rows are read where they lie."""
    if (source := find_source(name)) is None:
        raise missing_source(name)
    files = [file for group in shards_of(source.path) for file in group.files.values()] if source.is_folder else []
    return all(file.suffix.lower() == ".npy" for file in files or [source.path])


def check_parts(argument: str) -> None:
    """Raise `VectorFileError` where one of the files is of a format that is read as a whole only."""
    for source in locate(argument)[:2]:
        files = [file for group in shards_of(source.path) for file in group.files.values()] if source.is_folder else []
        for file in files or [source.path]:
            if file.suffix.lower() != ".npy" and file.suffix.lower() not in _TABLES:
                _columns(VectorSource(file))


def _both(source: VectorSource, folder: Path) -> tuple[StoredRows, StoredRows]:
    """Images and texts of one place."""
    if not source.is_folder and source.path.suffix.lower() == ".npy":
        halves = npy_parts(source.path)
        if len(halves) != 2:
            raise VectorFileError(
                f"{quoted(source)}: one array with both modalities has shape (2, N, d), images first; give two files"
                " as IMAGES,TEXTS"
            )
        first, second = (replace(half, name=f"{half.name}: {side}") for half, side in zip(halves, _HALVES, strict=True))
        return StoredRows((first,)), StoredRows((second,))
    names = _groups(source) if source.is_folder else _columns(source)
    pair = pair_of(names)
    if pair is None:
        raise VectorFileError(
            f"{quoted(source)}: holds {listed(names) or 'no vectors'}, but needs images and texts, named so; or give"
            " two files as IMAGES,TEXTS"
        )
    images, texts = (_rows(source, name, folder) for name in pair)
    return images, texts


#: What both halves of one array are called.
_HALVES = ("images", "texts")


def _one(source: VectorSource, side: str, folder: Path) -> StoredRows:
    """The rows of one modality."""
    if not source.is_folder and source.path.suffix.lower() == ".npy":
        parts = npy_parts(source.path)
        if len(parts) != 1:
            raise VectorFileError(f"{quoted(source)}: holds both modalities: give this file alone")
        return StoredRows(parts)
    names = _groups(source) if source.is_folder else _columns(source)
    chosen = [source.array] if source.array in names else names
    if len(chosen) > 1:
        chosen = [name for name in names if modality(name) == side]
    if len(chosen) != 1:
        raise VectorFileError(
            f"{quoted(source)}: holds {listed(names) or 'no vectors'}, but IMAGES,TEXTS needs one of them, or one that"
            f" is named {side}s, or to be told which, FILE:NAME"
        )
    return _rows(source, str(chosen[0]), folder)


def _groups(source: VectorSource) -> list[str]:
    """What the shards of a folder are called, owners and metadata left out."""
    names = [group.name for group in shards_of(source.path) if group.name != METADATA]
    return [name for name in names if owner_of({name: None}) is None]


def _columns(source: VectorSource) -> list[str]:
    """The columns of a table that may be vectors."""
    if source.path.suffix.lower() not in _TABLES:
        raise VectorFileError(
            f"{quoted(source)}: is read as a whole; to measure it in parts save it as .npy, as shards of .npy or as"
            " Parquet"
        )
    names = column_names(source.path)
    owner = owner_of(dict.fromkeys(names))
    return [name for name in names if name != owner]


def _rows(source: VectorSource, name: str, folder: Path) -> StoredRows:
    """The rows of a group of shards, or of a column."""
    if not source.is_folder:
        return StoredRows((_copied(source.path, name, -1, folder),))
    (group,) = (group for group in shards_of(source.path) if group.name == name)
    parts: list[Part] = []
    for number, file in group.files.items():
        if file.suffix.lower() in _TABLES:
            inside = VectorSource(file, source.array)
            found = [source.array] if source.array else _columns(inside)
            if len(found) > 1:
                found = [column for column in found if modality(column) == modality(name)]
            if len(found) != 1:
                raise VectorFileError(f"{quoted(file)}: holds {listed(_columns(inside))}: say which, FOLDER:NAME")
            parts.append(_copied(file, str(found[0]), number, folder))
        elif file.suffix.lower() == ".npy":
            parts += npy_parts(file, number)
        else:
            _columns(VectorSource(file))
    return StoredRows(tuple(parts))


def _copied(file: Path, column: str, number: int, folder: Path) -> Part:
    """A column as an ``.npy`` file in ``folder``, of the same numbers; under the name of the table in messages."""
    place = folder / f"{VectorSource(file, column).digest().hex()[:32]}.npy"
    if not place.is_file():
        _write_npy(column_parts(file, column), file, column, place)
    (part,) = npy_parts(place, number)
    return replace(part, name=f"{quoted(file)}: {quoted(column)!r}")


def _write_npy(parts: Iterable[np.ndarray], file: Path, column: str, place: Path) -> None:
    import numpy as np

    rows = 0
    with whole_file(place) as temporary, temporary.open("wb") as stream:
        kind, width = "", 0
        for part in progress_bar(parts, desc=f"copying {file.name}", unit="batch"):
            if part.ndim != 2 or part.dtype.kind != "f":
                raise VectorFileError(
                    f"{quoted(file)}: {quoted(column)!r} is {part.dtype}, but vectors are lists of floats, one a row"
                )
            if not rows:
                kind, width = part.dtype.str, part.shape[1]
                stream.write(_header(kind, 0, width))
            part.tofile(stream)
            rows += len(part)
        if not rows:
            raise VectorFileError(f"{quoted(file)}: {quoted(column)!r} is empty")
        stream.seek(0)
        stream.write(_header(np.dtype(kind).str, rows, width))


def _header(kind: str, rows: int, width: int) -> bytes:
    """A header of ``.npy`` that is as long for any number of rows."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {width}), }}"
    return b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + text.ljust(117).encode() + b"\n"


def _owners(sources: Sequence[VectorSource], owner: str | None) -> tuple[np.ndarray | ScratchArray | None, str]:
    """The image of each text as it was found, and where: mapped, on disk, or in memory where its format is read so."""
    found: list[tuple[np.ndarray | ScratchArray, str]] = []
    for source in (*sources[2:], *given_source(owner)):
        name, array = owner_array(source.arrays(mapped=True), source)
        place = f"{quoted(source)}: {quoted(name)!r}" if name else quoted(source)
        if isinstance(array, Unread):
            raise VectorFileError(f"{place} {array.why}")
        found.append((array, place))
    for source in dict.fromkeys(sources[:2]):
        if not source.is_folder and source.path.suffix.lower() in _TABLES:
            name_in = owner_of(dict.fromkeys(column_names(source.path)))
            if name_in is not None and name_in != source.array:
                again = column_parts(source.path, name_in)
                found.append((joined(column_parts(source.path, name_in), again), f"{quoted(source)}: {name_in!r}"))
    if len(found) > 1:
        raise VectorFileError(f"two arrays say which image owns each text, {found[0][1]} and {found[1][1]}: give one")
    return found[0] if found else (None, "")
