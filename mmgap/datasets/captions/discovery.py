"""Which files of a folder may hold captions: each is read, or named with the reason why it is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mmgap.datasets.base import DatasetError
from mmgap.datasets.captions.caption_records import Fault, Record, printable, record
from mmgap.datasets.captions.caption_tables import EXPECTED, SAMPLE, read_table
from mmgap.datasets.captions.columns import NAMES, Columns, columns, folded
from mmgap.datasets.captions.json_shapes import read_json_text
from mmgap.datasets.captions.text_files import TextFileError, content, decoded
from mmgap.datasets.folder_files import PictureIndex
from mmgap.datasets.images import shown

TABLES = (".csv", ".tsv", ".tab", ".psv")
OBJECTS = (".json", ".jsonl", ".ndjson")
#: Texts that are tables at times: Kaggle's ``captions.txt``, Flickr8k's ``Flickr8k.token.txt``.
TEXTS = (".txt", ".token", ".caption", ".cap")

#: What could hold captions and is not read, by its ending, and what to do.
_OTHER = {
    **dict.fromkeys((".parquet", ".arrow", ".feather"), "it is not read: save it as metadata.jsonl or metadata.csv"),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), "a spreadsheet is not read: save it as CSV"),
    **dict.fromkeys((".tar", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"), "unpack it first"),
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth", ".npy", ".npz", ".h5", ".hdf5", ".mat"), "it is not read"),
    **dict.fromkeys((".xml", ".yaml", ".yml", ".db", ".sqlite", ".sqlite3"), "it is not read: save it as CSV or JSON"),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf"), "a document is not read: save it as CSV"),
}

#: COCO's files beside its captions, hundreds of megabytes of boxes.
_BOXES = re.compile(r"(instances|person_keypoints|stuff|panoptic|image_info)_\w+\.json")


@dataclass
class Source:
    """A captions file: its records, and what of it is none.

    Attributes:
        file: path below the folder.
        columns: what holds what in its first record.
        records: with the place where each stands.
        skipped: place and reason.
    """

    file: str
    columns: Columns
    records: list[tuple[str, Record]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The sub-folder that it lies in."""
        return base_of(self.file)

    @property
    def has_captions(self) -> bool:
        return any(record.captions for _, record in self.records)


def base_of(file: str) -> str:
    """Return the sub-folder that a file lies in, "" at the top."""
    return file.rpartition("/")[0]


def is_named(file: str) -> bool:
    """Return whether a file is called the one that counts."""
    return PurePosixPath(file).stem.casefold() == "metadata"


def promises(file: str) -> bool:
    """Return whether a file can hardly be there for anything else than captions."""
    path = PurePosixPath(file.casefold())
    if path.stem in ("metadata", "captions"):
        return True
    return path.suffix in (".jsonl", ".tsv") or (base_of(file) == "" and path.suffix in (*TABLES, *OBJECTS))


def candidates(index: PictureIndex) -> tuple[list[str], list[tuple[str, str]]]:
    """Return (files to be read, the one that counts first; those that are not, with the reason)."""
    found, unread = [], []
    for file in index.others:
        suffix, name = PurePosixPath(file).suffix.casefold(), PurePosixPath(file).name
        if _BOXES.fullmatch(name) or name.endswith("_stats.json"):
            unread.append((file, "such files hold no captions"))
        elif ".lemma." in name:
            unread.append((file, "its captions are lemmata, not as they were written"))
        elif suffix in (*TABLES, *OBJECTS, *TEXTS):
            found.append(file)
        elif suffix in _OTHER:
            unread.append((file, _OTHER[suffix]))
    return sorted(found, key=lambda file: (file.count("/"), not is_named(file), file)), unread


def read_source(file: str, index: PictureIndex) -> Source:
    """Return the records of one captions file.

    Raises:
        DatasetError: it cannot be opened or understood; the message names it.
    """
    path = index.others[file]
    try:
        text = decoded(content(path, index.root))
        if path.suffix.casefold() in OBJECTS:
            entries = read_json_text(text)
        else:
            rows = read_table(text, index.knows)
            entries = [(f"line {number}", values) for number, values in rows]
    except TextFileError:
        raise
    except DatasetError as error:
        raise DatasetError(f"{shown(path)} {error}") from error
    source = _source(file, _with_files(entries, index, base_of(file)))
    if source.columns.unread and not source.has_captions:  # another column may hold what this one has not
        source = _source(file, _without(entries, source.columns.captions))
    if not source.records and not source.skipped:
        raise DatasetError(f"{shown(path)} has no records")
    return source


def _source(file: str, entries: list[tuple[str, object]]) -> Source:
    source = Source(file, _columns(entries))
    for position, values in entries:
        made, place = record(values), f"{file} {printable(position)}"
        if isinstance(made, Fault):
            source.skipped.append((place, made.reason))
        else:
            source.records.append((place, made))
    return source


def _with_files(entries: list[tuple[str, object]], index: PictureIndex, base: str) -> list[tuple[str, object]]:
    """The entries without columns that could name pictures but do not, before one that does."""
    some = [{folded(k): v for k, v in values.items()} for _, values in entries[:SAMPLE] if isinstance(values, dict)]
    names = [name for name in NAMES["file"] if any(name in values for values in some)]
    for position, name in enumerate(names):
        told = [value for values in some if isinstance(value := values.get(name), str)]
        if any(index.knows(value) or index.find(value, None, base)[0] for value in told):
            return _without(entries, names[:position])
    return entries


def _without(entries: list[tuple[str, object]], names: Sequence[str]) -> list[tuple[str, object]]:
    """The entries without these columns."""
    if not names:
        return entries
    return [
        (place, {k: v for k, v in values.items() if folded(k) not in names} if isinstance(values, dict) else values)
        for place, values in entries
    ]


def _columns(entries: list[tuple[str, object]]) -> Columns:
    """Those of the first record that is one."""
    names = next((tuple(map(folded, values)) for _, values in entries if isinstance(values, dict)), ())
    return columns(tuple(dict.fromkeys(names)))


def unlike(source: Source, index: PictureIndex) -> str:
    """Return why a file of which no record names a picture is not read."""
    if not source.records:
        place, reason = source.skipped[0]
        cure = "" if source.columns.file and source.columns.captions else f": {EXPECTED}"
        return f"none of its rows is a record ({place}: {reason}){cure}"
    told = ", ".join(printable(repr(record.file)) for _, record in source.records[:3])
    here = ", ".join(map(repr, list(index.paths)[:3])) or "no picture"
    return (
        f"none of its {len(source.records)} record(s) names a picture of the folder: its column"
        f" {source.columns.file!r} says {told}, the folder has {here}: write names as the folder has them"
    )
