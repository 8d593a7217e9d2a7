"""Which files of a folder are the shards of one array, in order: ``img_emb/img_emb_0.npy …`` as clip-retrieval writes
them, or numbered files side by side. Numbers count as numbers: shard 10 comes after shard 2."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmgap.core.messages import quoted
from mmgap.core.vector_content import VectorFileError
from mmgap.core.vector_formats import SUFFIXES
from mmgap.core.vector_names import modality

#: What lies beside the vectors, a row for a row.
METADATA = "metadata"

#: What clip-retrieval calls its folders and files; it counts from 0.
_FROM_ZERO = ("img_emb", "text_emb", METADATA)

_log = logging.getLogger("mmgap")

_NUMBERED = re.compile(r"(?P<name>.*?)[-_. ]?(?P<number>\d+)(?:-of-(?P<total>\d+))?")


@dataclass(frozen=True)
class Shards:
    """The files of one array, in order.

    Attributes:
        name: what the array is called.
        files: by their numbers, which rise; a file without one has the number −1.
    """

    name: str
    files: Mapping[int, Path]


@dataclass(frozen=True)
class _File:
    """A file by its name: of which array, which number (−1 for none), of how many shards (0 where nothing says so)."""

    name: str
    number: int
    total: int
    path: Path


def shards_of(folder: Path) -> list[Shards]:
    """Return the shards that lie in a folder, and in those of its folders that are named after a modality.

    Raises:
        VectorFileError: no file of vectors is in there; a shard is missing that another array has, or there twice.
    """
    inside = [child for child in sorted(folder.iterdir()) if child.is_dir() and _is_part(child)]
    groups: dict[str, list[_File]] = {}
    for place in (folder, *inside):
        files = _files(place)
        if not files and place.name in _FROM_ZERO and place is not folder:
            raise VectorFileError(f"{quoted(folder)}: its folder {place.name} is empty: copy its shards")
        for file in files:
            called = file.name if place is folder or modality(file.name) else place.name
            groups.setdefault(called, []).append(file)
    if not groups:
        raise VectorFileError(
            f"{quoted(folder)}: is a folder without vectors: shards are {', '.join(SUFFIXES[:-1])} in it, or in its"
            " folders img_emb and text_emb"
        )
    found = [_in_order(folder, name, files) for name, files in groups.items()]
    _check_numbers(folder, found, {name: max(file.total for file in files) for name, files in groups.items()})
    return found


def holds_shards(folder: Path) -> bool:
    """Return whether a folder is one of vectors: files or folders in it are named after a modality."""
    try:
        return any(modality(group.name) for group in shards_of(folder))
    except (VectorFileError, OSError):
        return False


def shard_name(name: str, number: int) -> str:
    """Return what a shard is called in messages, ``img_emb_3``."""
    return name if number < 0 else f"{name}_{number}"


def _is_part(folder: Path) -> bool:
    return folder.suffix != ".lance" and (folder.name == METADATA or modality(folder.name) is not None)


def _files(folder: Path) -> list[_File]:
    """Every file of vectors in a folder; one alone whose name happens to end in a number has none."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")) or not path.is_file() or path.suffix.lower() not in SUFFIXES:
            continue
        cut = _NUMBERED.fullmatch(path.stem)
        number = (cut["name"], int(cut["number"]), int(cut["total"] or 0)) if cut else (path.stem, -1, 0)
        found.append(_File(*number, path))
    names = [file.name for file in found]
    return [
        _File(file.path.stem, -1, 0, file.path)
        if file.number > 1 and names.count(file.name) == 1 and not file.total and file.name not in _FROM_ZERO
        else file
        for file in found
    ]


def _in_order(folder: Path, name: str, files: list[_File]) -> Shards:
    """The shards by their numbers, if none is there twice."""
    found: dict[int, Path] = {}
    for file in sorted(files, key=lambda file: file.number):
        if file.number in found:
            raise VectorFileError(
                f"{quoted(folder)}: {quoted(shard_name(name, file.number))} is there twice, as"
                f" {_within(found[file.number], folder)} and {_within(file.path, folder)}: keep one"
            )
        found[file.number] = file.path
    if -1 in found and len(found) > 1:
        raise VectorFileError(
            f"{quoted(folder)}: {_within(found.pop(-1), folder)} has no number, and"
            f" {_within(next(iter(found.values())), folder)} has: keep the one, or the shards"
        )
    return Shards(name, found)


def _check_numbers(folder: Path, arrays: list[Shards], totals: Mapping[str, int]) -> None:
    """Raise where a number is missing, unless all arrays lack the same ones: rows of the others still belong together.

    Such a gap is left where a part of the data gave no vectors; it is said in a warning. Where a name says how many
    shards there are, all have to be there.
    """
    numbered = [shards for shards in arrays if -1 not in shards.files]
    gaps = {shards.name: _missing(shards, totals[shards.name]) for shards in numbered}
    alike = len(numbered) > 1 and len(set(map(tuple, gaps.values()))) == 1 and not any(totals.values())
    for shards in numbered:
        if not (missing := gaps[shards.name]):
            continue
        first, last = min(*missing, *shards.files), max(*missing, *shards.files)
        told = (
            f"{quoted(folder)}: {quoted(shard_name(shards.name, missing[0]))} is missing ({len(missing)} of the shards"
        )
        told += f" {first} to {last} are)"
        if not alike:
            raise VectorFileError(f"{told}: copy it, or number the files anew without a gap")
        _log.warning("%s, in every array alike: the rows of the others are read", told)
        return


def _missing(shards: Shards, total: int) -> list[int]:
    """The numbers between the first and the last that no file has."""
    first = 0 if shards.name in _FROM_ZERO else min(1, *shards.files)
    last = max(*shards.files, first + total - 1)
    return [number for number in range(first, last + 1) if number not in shards.files]


def _within(path: Path, folder: Path) -> str:
    return quoted(path.relative_to(folder))
