"""A folder of one's own pictures, with captions in a CSV or JSON file, or without any: ``folder:PATH``."""

from __future__ import annotations

import hashlib
import logging
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmgap.datasets.base import Dataset, DatasetError, NoSplitError, digest
from mmgap.datasets.folder_files import LINK_OUT, PictureIndex
from mmgap.datasets.folder_records import Record, find_metadata, read_records
from mmgap.datasets.images import ImageFileError, ImageFiles, check_header, shown
from mmgap.datasets.keywords import skipped_note
from mmgap.paths import MissingDataError, expanded
from mmgap.progress import progress_bar

log = logging.getLogger(__name__)

_WHOLE = "The folder names no splits: 'test' is all of its pictures."


def load(argument: str | None, *, split: str) -> Dataset:
    """The pictures of ``folder:PATH``, in one of four layouts:

    (a) one ``*.csv`` with the columns filename, category, caption (header optional), pictures at
    ``category/filename``; (b) one ``*.json``, a list of ``{image, caption, category}``; (c) one ``*.json`` that holds
    a list of ``{filename, description}`` under each category; (d) pictures only, their sub-folder being the category.
    Where there are several such files, the one named ``metadata.csv`` or ``metadata.json`` counts.

    Several records of one picture are several captions of it. A picture is looked for below its category and without
    it, and below ``images/``; Unicode form and case of a name do not matter where the match is unique. Its id is its
    path in the folder. What cannot be used (missing or unreadable file, path or link that leaves the folder, record
    without a caption, picture without a record) stands in ``skipped`` and in a note.

    A folder has no official split: ``"test"`` and ``"all"`` are the whole folder, and the other splits exist only
    where records have a ``split`` column or key (train, validation, test).

    Raises:
        MissingDataError: no such folder.
        DatasetError: nothing usable in it, metadata that cannot be understood, or a split that it does not name.
    """
    if not argument:
        raise DatasetError("folder needs a path: folder:PATH")
    root = expanded(argument)
    if not os.path.isdir(root):
        raise MissingDataError(f"folder: {root} is not a folder: give the path of the folder with your pictures")
    root = root.resolve()
    name = f"folder:{shown(root.name)}"
    index = PictureIndex(root)
    metadata = find_metadata(root)
    skipped = [(i, LINK_OUT) for i in index.outside]
    records = read_records(metadata, skipped) if metadata else []
    captions: dict[str, list[str]] = {}
    facts: dict[str, tuple[str | None, str | None]] = {}
    if metadata:
        named = _match(records, index, captions, facts, skipped)
        skipped += [(i, f"no record in {metadata.name}") for i in index.paths if i not in named]
    else:
        for i in index.paths:
            captions[i], facts[i] = [], (index.category(i), None)
    hashes = _readable(index, captions, skipped)
    if not captions:
        raise DatasetError(f"{name}: no usable picture in {root}. {' '.join(skipped_note(skipped))}".strip())
    ids, notes = _select(name, list(captions), facts, split, skipped)
    skipped = list(dict.fromkeys(skipped))
    return Dataset(
        name=name,
        split=split,
        revision=digest([hashes, captions, facts]),
        image_ids=tuple(ids),
        images=ImageFiles(tuple(str(index.paths[i]) for i in ids), tuple(str(index.paths[i]) for i in captions)),
        captions=tuple(text for i in ids for text in captions[i]),
        owner=np.repeat(np.arange(len(ids)), [len(captions[i]) for i in ids]),
        categories=tuple(facts[i][0] for i in ids),
        notes=(*notes, *skipped_note(skipped)),
        skipped=tuple(skipped),
    )


def _match(
    records: list[Record],
    index: PictureIndex,
    captions: dict[str, list[str]],
    facts: dict[str, tuple[str | None, str | None]],
    skipped: list[tuple[str, str]],
) -> set[str]:
    """Sort the records' captions under the ids of their pictures; returns every id that a record names."""
    captioned = any(record.captions for record in records)
    named = set()
    for record in records:
        found, reason = index.find(record.file, record.category)
        named.add(found or "")
        if found is None:
            skipped.append((record.file, reason))
        elif captioned and not record.captions:
            skipped.append((record.file, "no caption"))
        elif found in captions and set(record.captions) <= set(captions[found]):
            skipped.append((record.file, "repeats an earlier record"))
        else:
            known = captions.setdefault(found, [])
            known += [text for text in dict.fromkeys(record.captions) if text not in known]
            facts.setdefault(found, (record.category or index.category(found), record.split))
    return named


def _readable(index: PictureIndex, captions: dict[str, list[str]], skipped: list[tuple[str, str]]) -> dict[str, str]:
    """Content hash of each picture; those that do not start like one move from ``captions`` to ``skipped``."""
    hashes = {}
    for i in progress_bar(list(captions), desc="checking pictures"):
        path = index.paths[i]
        content, reason = _checked(str(path), *_stamp(path))
        if reason:
            del captions[i]
            skipped.append((i, reason))
        else:
            hashes[i] = content
    return hashes


def _stamp(path: Path) -> tuple[int, ...]:
    """Size and times of a file, nothing where it cannot be looked at: opening it then says why."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


@lru_cache(maxsize=65536)
def _checked(path: str, *stamp: int) -> tuple[str, str]:
    """(SHA-256, "") of a picture, ("", reason) of what is none: told in the log, once."""
    try:
        check_header(path)
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), ""
    except ImageFileError as error:
        log.warning("%s is left out: %s", shown(path), error.reason)
        return "", error.reason


def _select(
    name: str,
    ids: list[str],
    facts: dict[str, tuple[str | None, str | None]],
    split: str,
    skipped: list[tuple[str, str]],
) -> tuple[list[str], list[str]]:
    """The ids of one split and what must be said about it."""
    named = {facts[i][1] for i in ids} - {None}
    if not named:
        if split in ("train", "validation"):
            raise NoSplitError(
                f"{name} names no splits, so there is no {split!r}: add a column or key 'split' (train, validation,"
                " test) to its metadata, or use split 'test', which is the whole folder"
            )
        return ids, [_WHOLE]
    skipped += [(i, "no split, although other records have one") for i in ids if facts[i][1] is None]
    chosen = [i for i in ids if facts[i][1] is not None and split in ("all", facts[i][1])]
    if not chosen:
        raise NoSplitError(f"{name} has no {split!r} pictures; its splits are {', '.join(sorted(map(str, named)))}")
    return chosen, []
