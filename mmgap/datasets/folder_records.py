"""The captions file of a folder: CSV with or without a header, or JSON in either of two shapes."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmgap.datasets.base import DatasetError
from mmgap.datasets.keywords import parse_json, tidy

#: The names that a column or key may have, by what it holds.
NAMES = {
    "file": ("filename", "image", "file_name", "file"),
    "category": ("category", "label", "class"),
    "caption": ("caption", "captions", "description", "text"),
    "split": ("split",),
}
_SPLITS = {"train": "train", "training": "train", "validation": "validation", "val": "validation", "dev": "validation"}
_SPLITS |= {"valid": "validation", "test": "test", "testing": "test"}


@dataclass(frozen=True)
class Record:
    """What one row or object says: the file as it is written there, and what belongs to it."""

    file: str
    category: str | None
    captions: tuple[str, ...]
    split: str | None


def find_metadata(root: Path) -> Path | None:
    """The captions file at the top of ``root``, or None. Raises `DatasetError` where it is not clear which."""
    found = sorted(f for f in root.iterdir() if f.suffix.lower() in (".csv", ".json") and not f.name.startswith("."))
    named = [file for file in found if file.stem.lower() == "metadata"] or found
    if len(named) > 1:
        names = ", ".join(file.name for file in named)
        raise DatasetError(
            f"{root} has several captions files ({names}): name one of them metadata.csv or metadata.json"
        )
    return named[0] if named else None


def read_records(file: Path, skipped: list[tuple[str, str]]) -> list[Record]:
    """The records of a captions file; what is not one is added to ``skipped``."""
    text = _text(file)
    raw = _csv(text, file) if file.suffix.lower() == ".csv" else _json(text, file)
    records = []
    for place, values in raw:
        record, reason = _record(values)
        if record is None:
            skipped.append((place, reason))
        else:
            records.append(record)
    return records


def _text(file: Path) -> str:
    """UTF-8 with or without a byte-order mark, UTF-16 with one, else Windows-1252, as spreadsheets write it."""
    data = file.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _csv(text: str, file: Path) -> list[tuple[str, dict[str, Any] | None]]:
    """Rows by column; a row that has more cells than columns had separators in its last column, the caption."""
    try:
        rows, separator = max((_rows(text, s) for s in ",;\t"), key=lambda found: _regularity(found[0]))
    except csv.Error as error:
        raise DatasetError(f"{file} is not CSV: {error}; look for a quote that is opened and never closed") from error
    if not rows:
        raise DatasetError(f"{file} is empty")
    header = [cell.strip().casefold() for cell in rows[0][1]]
    if any(name in header for name in NAMES["file"]):
        rows = rows[1:]
    else:
        header = ["filename", "category", "caption"]
    raw: list[tuple[str, dict[str, Any] | None]] = []
    for number, cells in rows:
        if len(cells) > len(header) and header[-1] in NAMES["caption"]:
            cells = [*cells[: len(header) - 1], separator.join(cells[len(header) - 1 :])]
        values = dict(zip(header, cells, strict=True)) if len(cells) == len(header) else None
        raw.append((f"{file.name} line {number}", values))
    return raw


def _rows(text: str, separator: str) -> tuple[list[tuple[int, list[str]]], str]:
    """(line number, cells) of each row that is not blank."""
    spaced = f'{separator} "' in text  # a space before a quote would make the quote a letter
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=spaced)
    return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)], separator


def _regularity(rows: list[tuple[int, list[str]]]) -> tuple[int, int]:
    """Which separator is meant: the one that splits most rows, then the one that gives most rows the first's width."""
    split = [cells for _, cells in rows if len(cells) > 1]
    return len(split), sum(len(cells) == len(split[0]) for cells in split)


def _json(text: str, file: Path) -> list[tuple[str, Any]]:
    shapes = "a list of {image, caption, category}, or a list of {filename, description} under each category"
    try:
        content = parse_json(text)
    except ValueError as error:
        raise DatasetError(f"{file} is not JSON: {error}; expected {shapes}") from error
    if isinstance(content, list):
        return [(f"{file.name} record {k}", record) for k, record in enumerate(content)]
    if isinstance(content, dict) and content and all(isinstance(group, list) for group in content.values()):
        return [
            (f"{file.name} {category} {k}", {"category": category, **record} if isinstance(record, dict) else None)
            for category, group in content.items()
            for k, record in enumerate(group)
        ]
    raise DatasetError(f"{file} has another shape: expected {shapes}")


def _record(values: Any) -> tuple[Record | None, str]:
    """(record, "") or (None, reason)."""
    if values is None:
        return None, "not as many cells as columns"
    if not isinstance(values, dict):
        return None, "not an object with a file name"
    by_name = {str(key).strip().casefold(): value for key, value in values.items()}
    field = {what: next((by_name[n] for n in names if n in by_name), None) for what, names in NAMES.items()}
    if not isinstance(field["file"], str) or not field["file"].strip():
        return None, "no file name"
    split = field["split"].strip().casefold() if isinstance(field["split"], str) else ""
    if split and split not in _SPLITS:
        return None, f"unknown split {field['split']!r}"
    texts = field["caption"] if isinstance(field["caption"], list) else [field["caption"]]
    captions = tuple(tidy(text) for text in texts if isinstance(text, str) and text.strip())
    category = tidy(field["category"]) if isinstance(field["category"], str) else None
    return Record(field["file"].strip(), category or None, captions, _SPLITS.get(split)), ""
