"""A text for each picture: ``a.txt``, ``a.caption`` or ``a.json`` beside ``a.jpg``, or in a folder of texts."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath

from mmgap.core.messages import N_
from mmgap.datasets.captions.caption_records import Fault, record, texts
from mmgap.datasets.captions.text_files import MARK, MOST_BESIDE, TextFileError, content, decoded
from mmgap.datasets.folder_files import PictureIndex
from mmgap.datasets.keywords import parse_json

#: Endings of a text beside a picture; where there are several, the first that has a caption counts.
ENDINGS = (".txt", ".caption", ".cap", ".json")

#: Names of texts that belong to the whole folder, even where a picture is called the same.
OF_ALL = ("metadata", "captions", "readme", "license", "licence")

_BOX = re.compile(r"\s*\d+(\s+-?[\d.]+(e-?\d+)?){4,}\s*", re.IGNORECASE)


def beside_pictures(index: PictureIndex) -> dict[str, list[str]]:
    """Return the texts by the picture that each belongs to: of its name beside it, or, among texts alone, the only such
    name."""
    with_pictures = {index.category(i) or "" for i in index.paths}
    found: dict[str, list[str]] = defaultdict(list)
    for file in index.others:
        path = PurePosixPath(file)
        if path.suffix.casefold() not in ENDINGS or path.stem.casefold() in OF_ALL:
            continue
        folder = "" if path.parent.as_posix() == "." else path.parent.as_posix()
        stem = path.stem.casefold()
        near = [*index.by_stem.get(stem, ()), *index.by_name.get(stem, ())]  # a.txt and a.jpg.txt
        own = [i for i in near if (index.category(i) or "") == folder]
        if not own and folder not in with_pictures and len(near) == 1:
            own = near
        for picture in own:
            found[picture].append(file)
    for files in found.values():
        files.sort(key=lambda file: ENDINGS.index(PurePosixPath(file).suffix.casefold()))
    return dict(found)


def caption_of(files: list[str], picture: str, index: PictureIndex) -> tuple[list[str], list[tuple[str, str]]]:
    """Return (captions, [(file, reason)] of those that were not read) of one picture's texts: a line is a caption."""
    unread: list[tuple[str, str]] = []
    captions: list[str] = []
    for file in files:
        found = _read(file, picture, index)
        if isinstance(found, Fault):
            unread.append((file, found.reason))
        elif not captions or " ".join(found) == " ".join(captions):  # one caption of several lines is one in JSON
            captions = found
        elif set(found) != set(captions):
            unread.append((file, f"it says something else than {files[0]}, which counts"))
    return captions, unread


def _read(file: str, picture: str, index: PictureIndex) -> list[str] | Fault:
    try:
        text = decoded(content(index.others[file], index.root, most=MOST_BESIDE))
    except TextFileError as error:
        return Fault(error.reason)
    captions = _of_json(text, picture) if file.casefold().endswith(".json") else _of_text(text)
    if isinstance(captions, list) and any(MARK in caption or "\0" in caption for caption in captions):
        return Fault("it has a byte that is not in the file's encoding: save it as UTF-8")
    return captions


def _of_text(text: str) -> list[str] | Fault:
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    if lines and all(_BOX.fullmatch(line) for line in lines):
        return Fault("it holds boxes, no caption")
    return list(dict.fromkeys(caption for line in lines for caption in texts(line))) or Fault(N_("no caption"))


def _of_json(text: str, picture: str) -> list[str] | Fault:
    """The captions of the picture's own object; its file name under ``title`` is none."""
    try:
        values = parse_json(text)
    except (ValueError, RecursionError) as error:
        return Fault(f"it is not JSON: {error}")
    if not isinstance(values, dict):
        return texts(values) or Fault(N_("no caption"))
    made = record({**values, "filename": picture})
    if isinstance(made, Fault):
        return made
    name = PurePosixPath(picture).name
    return [caption for caption in made.captions if caption != name] or Fault(N_("no caption"))
