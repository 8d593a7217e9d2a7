"""A folder of one's own pictures, with captions in files beside them, or without any: ``folder:PATH``."""

from __future__ import annotations

import hashlib
import logging
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmgap.core.messages import N_
from mmgap.core.paths import MissingDataError, expanded
from mmgap.core.progress import progress_bar
from mmgap.datasets.base import Dataset, DatasetError, NoSplitError, digest
from mmgap.datasets.captions.choosing import read_captions
from mmgap.datasets.folder_files import LINK_OUT, PictureIndex
from mmgap.datasets.images import ImageFileError, ImageFiles, check_header, shown
from mmgap.datasets.keywords import skipped_note

log = logging.getLogger(__name__)

_WHOLE = N_("The folder names no splits: 'test' is all of its pictures.")


def load(argument: str | None, *, split: str) -> Dataset:
    """Return the pictures of ``folder:PATH``, with the captions that lie beside them:

    - a table (``.csv``, ``.tsv``, ``captions.txt``; separated by ``,`` ``;`` tab or ``|``) with a column of file names
      (``filename``, ``image``, ``file_name``, ``filepath`` …) and one of captions (``caption``, ``caption_0`` …,
      ``text``, ``title`` …), perhaps ``category`` and ``split``; without a header filename, category, caption, or
      filename, caption; also Flickr8k's ``name.jpg#0<TAB>caption``;
    - JSON or JSON lines: a list of ``{image, caption, category}``, a list of ``{filename, description}`` under each
      category, captions by file name, COCO's captions, Karpathy's ``dataset_*.json``;
    - texts beside the pictures: ``a.txt``, ``a.caption`` or ``a.json`` of ``a.jpg``, a line a caption;
    - or none: then a picture's category is its sub-folder.

    Captions files may lie in sub-folders. The one called ``metadata`` counts in its folder; others are read together
    where they agree. Several records of one picture are several captions of it. A picture is looked for below its
    category and without it, below ``images/``, and wherever one path alone ends like the name; Unicode form and case
    do not matter where the match is unique. Its id is its path in the folder. What cannot be used (missing or
    unreadable file, path or link that leaves the folder, record without a caption, picture without a record) stands in
    ``skipped`` and in a note, and so do files that were not read as captions; both are told in the log.

    A folder has no official split: ``"test"`` and ``"all"`` are the whole folder, and the other splits exist only
    where records have a ``split`` column or key (train, validation, test), or captions files a split in their name or
    folder.

    Raises:
        MissingDataError: no such folder.
        DatasetError: nothing usable in it, captions files that cannot be understood or do not agree, or a split that
            it does not name.
    """
    if not argument:
        raise DatasetError("folder needs a path: folder:PATH")
    root = expanded(argument)
    if not os.path.isdir(root):
        raise MissingDataError(f"folder: {shown(root)} is not a folder: give the path of the folder with your pictures")
    root = root.resolve()
    name = f"folder:{shown(root.name)}"
    index = PictureIndex(root)
    skipped = [*((i, LINK_OUT) for i in index.outside), *index.closed]
    if not index.paths:
        raise DatasetError(_no_picture(name, root, skipped))
    try:
        found = read_captions(index)
    except DatasetError as error:
        raise DatasetError(f"{name}: {error}") from error
    skipped += found.skipped
    if found.files:
        read = ", ".join(found.files[:3])
        skipped += [(i, f"no record in {read}") for i in index.paths if i not in found.named]
    captions = {i: list(texts) for i, texts in found.captions.items()}
    hashes = _readable(index, captions, skipped)
    if not captions:
        raise DatasetError(_no_picture(name, root, skipped))
    ids, notes = _select(name, list(captions), found.facts, split, skipped)
    skipped = list(dict.fromkeys(skipped))
    _tell(name, tuple(found.notes))
    return Dataset(
        name=name,
        split=split,
        revision=digest([hashes, captions, found.facts]),
        image_ids=tuple(ids),
        images=ImageFiles(tuple(str(index.paths[i]) for i in ids), tuple(str(index.paths[i]) for i in captions)),
        captions=tuple(text for i in ids for text in captions[i]),
        owner=np.repeat(np.arange(len(ids)), [len(captions[i]) for i in ids]),
        categories=tuple(found.facts[i][0] for i in ids),
        notes=(*notes, *found.notes, *skipped_note(skipped)),
        skipped=tuple(skipped),
    )


def _no_picture(name: str, root: Path, skipped: list[tuple[str, str]]) -> str:
    """What a folder without a picture is told: what was left out, or else what belongs in there."""
    cure = "Name the folder that holds JPEG, PNG, WebP or TIFF files, or put them there"
    why = " ".join(skipped_note(skipped)) or cure
    return f"{name}: no usable picture in {shown(root)}. {why}"


@lru_cache(maxsize=1024)
def _tell(name: str, notes: tuple[str, ...]) -> None:
    """Say in the log what was not read, once."""
    for note in notes:
        log.warning("%s: %s", name, note)


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
    skipped += [(i, N_("no split, although other records have one")) for i in ids if facts[i][1] is None]
    chosen = [i for i in ids if facts[i][1] is not None and split in ("all", facts[i][1])]
    if not chosen:
        raise NoSplitError(f"{name} has no {split!r} pictures; its splits are {', '.join(sorted(map(str, named)))}")
    return chosen, []
