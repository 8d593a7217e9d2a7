"""A folder of shards as whole matrices, and whether its shards and their metadata go together."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mmgap.core.arrow_arrays import parquet_rows
from mmgap.core.messages import listed, quoted, reason
from mmgap.core.optional_libraries import NoLibraryError
from mmgap.core.progress import progress_bar
from mmgap.core.shard_numbers import METADATA, Shards, shard_name, shards_of
from mmgap.core.vector_content import Content, Unread, VectorFileError
from mmgap.core.vector_formats import read_arrays
from mmgap.core.vector_names import modality, owner_of

if TYPE_CHECKING:
    import numpy as np

#: How many rows each shard of an array has, by its number; and what the array is called.
Counted: TypeAlias = "tuple[Mapping[int, int], str]"

_log = logging.getLogger("mmgap")


class ShardedArrays(dict[str, Content]):
    """Arrays by name, and how many rows each of their shards has, by its number."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[int, int]] = {}


def read_shards(folder: Path, wanted: str | None = None) -> ShardedArrays:
    """Return the matrices of a folder by name, each put together shard by shard.

    Raises:
        VectorFileError: as `mmgap.core.shard_numbers.shards_of`; a shard of another width or type than the first; rows
            that are not as many as those of the metadata beside them.
    """
    groups = shards_of(folder)
    found = ShardedArrays()
    for group in groups:
        if group.name != METADATA:
            _join(group, wanted, found)
    for group in groups:
        if group.name == METADATA:
            _check_metadata(group, found)
    return found


def check_alike(images: Counted, texts: Counted) -> None:
    """Check that image and text shards of one number have equally many rows, since only their places pair them.

    Raises:
        VectorFileError: one has not, or lacks its counterpart; it is named.
    """
    if max(len(images[0]), len(texts[0])) > 1:
        cure = "copy or encode them again, or say the owner of each text"
        _check_rows(images, texts, f"row i of the texts belongs to row i of the images, shard by shard; {cure}")


def _check_rows(some: Counted, others: Counted, cure: str) -> None:
    """Raise `VectorFileError` for the first number whose shards differ in rows, or of which there is one only."""
    for number in sorted({*some[0], *others[0]}):
        if some[0].get(number) != others[0].get(number):
            told = [
                f"{quoted(shard_name(name, number))} "
                + (f"has {rows[number]} rows" if number in rows else "is not there")
                for rows, name in (some, others)
            ]
            raise VectorFileError(f"{told[0]}, {told[1]}: {cure}")


def _check_metadata(group: Shards, found: ShardedArrays) -> None:
    """Check that each shard has as many rows as the metadata of its number."""
    rows = {}
    for number, file in group.files.items():
        try:
            rows[number] = parquet_rows(file)
        except NoLibraryError as error:
            _log.warning("the rows of the metadata are not compared with those of the vectors: %s", error)
            return
        except Exception as error:  # of pyarrow's own kinds
            raise VectorFileError(f"{quoted(file)}: cannot be read ({reason(error)}): copy it again") from error
    for name, shards in found.rows.items():
        if modality(name) is not None and not isinstance(found[name], Unread):
            _check_rows((shards, name), (rows, METADATA), "they are written together; copy or encode them again")


def _join(group: Shards, wanted: str | None, found: ShardedArrays) -> None:
    """Put the arrays of a group into ``found``; what has no name of a modality is called as the group is."""
    parts: dict[str, dict[int, Content]] = {}
    for number, file in progress_bar(group.files.items(), desc=group.name, unit="shard"):
        arrays = read_arrays(file, mapped=True, wanted=wanted if file.suffix.lower() == ".parquet" else None)
        if parts and arrays.keys() != parts.keys():
            raise VectorFileError(
                f"{quoted(file)}: holds {listed(arrays) or 'no array'}, but the shards before it {listed(parts)}"
            )
        for name, array in arrays.items():
            parts.setdefault(name, {})[number] = array
    for name, shards in parts.items():
        told = name and (len(parts) > 1 or modality(name) is not None or owner_of(parts) == name)
        called = name if told or name == wanted else group.name
        if called in found:
            place = next(iter(group.files.values()))
            raise VectorFileError(f"{quoted(place)}: {quoted(called)!r} is in this folder twice: keep one")
        found.rows[called] = {
            k: len(array) for k, array in shards.items() if not isinstance(array, Unread) and array.ndim
        }
        found[called] = _joined(shards, group, called)


def _joined(shards: dict[int, Content], group: Shards, called: str) -> Content:
    """One array of all shards; an `Unread` where one of them is, or where it numbers rows."""
    import numpy as np

    arrays: dict[int, np.ndarray] = {}
    for number, content in shards.items():
        if isinstance(content, Unread):
            return Unread(f"of {quoted(group.files[number].name)} {content.why}", content.shape)
        arrays[number] = content
    (start, first), *others = arrays.items()
    if not others:
        return first
    if owner_of({called: first}) is not None:
        return Unread(
            "counts from 0 in each shard or through all of them, which nothing tells: give one file of owners"
        )
    for number, array in others:
        if array.ndim not in (1, 2) or array.shape[1:] != first.shape[1:] or array.dtype != first.dtype:
            raise VectorFileError(
                f"{quoted(group.files[number])}: {quoted(called)} is {array.dtype} {array.shape}, but in"
                f" {quoted(group.files[start].name)} {first.dtype} {first.shape}: shards have one width and one type;"
                " encode or convert it again"
            )
    whole = np.empty((sum(map(len, arrays.values())), *first.shape[1:]), first.dtype)
    del first, others
    shards.clear()  # each shard goes as soon as it is copied
    begin = 0
    for number in list(arrays):
        array = arrays.pop(number)
        whole[begin : begin + len(array)] = array
        begin += len(array)
    return whole
