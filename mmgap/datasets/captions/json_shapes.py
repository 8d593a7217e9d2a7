"""Captions in JSON: a list of objects, lists by category, texts by file, COCO's and Karpathy's schemas; JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from mmgap.datasets.base import DatasetError
from mmgap.datasets.captions.caption_records import Fault, texts
from mmgap.datasets.captions.columns import columns, folded
from mmgap.datasets.images import SUFFIXES
from mmgap.datasets.keywords import parse_json

SHAPES = (
    "a list of {image, caption, category}, a list of {filename, description} under each category, texts by file name,"
    " or COCO's {images, annotations}"
)
DEEP = "it is nested too deeply"

#: An object that could be a record, with where it stands: ``"record 3"``.
Entry = tuple[str, Any]


def read_json_text(text: str) -> list[Entry]:
    """Return the records of a JSON file, or of one with an object a line.

    Raises:
        DatasetError: it is neither, or has another shape.
    """
    if not text.strip():
        raise DatasetError("is empty")
    try:
        return list(_entries(parse_json(text)))
    except RecursionError as error:
        raise DatasetError(f"is not JSON that can be read: {DEEP}; expected {SHAPES}") from error
    except json.JSONDecodeError as error:
        lines = [] if text.lstrip().startswith("[") else _lines(text)
        if 2 * sum(isinstance(entry, Mapping) for _, entry in lines) < max(1, len(lines)):
            raise DatasetError(f"is not JSON: {error}; expected {SHAPES}") from error
        return lines
    except DatasetError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise DatasetError(f"is not JSON that can be read: {error}") from error


def _lines(text: str) -> list[Entry]:
    """JSON lines; a line that is none costs itself."""
    entries: list[Entry] = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if line.strip():
            try:
                entries.append((f"line {number}", parse_json(line.rstrip().removesuffix(","))))
            except RecursionError:
                entries.append((f"line {number}", Fault(DEEP)))
            except ValueError as error:
                entries.append((f"line {number}", Fault(f"it is not JSON: {error}")))
    return entries


def _entries(content: Any) -> Iterator[Entry]:
    if isinstance(content, list):
        yield from ((f"record {k}", _paired(record)) for k, record in enumerate(content))
    elif not isinstance(content, dict) or not content:
        raise DatasetError(f"has another shape: expected {SHAPES}")
    else:
        yield from _of_object(content)


def _of_object(content: dict[str, Any]) -> Iterator[Entry]:
    images, values = content.get("images"), list(content.values())
    if isinstance(images, list) and _some(content.get("annotations"), "image_id"):
        return _coco(images, content["annotations"])
    if isinstance(images, list) and _some(images, "sentences"):
        return ((f"images[{k}]", _karpathy(image)) for k, image in enumerate(images))
    if _by_file(content):
        return ((file, {**_object(value), "filename": file}) for file, value in content.items())
    if turned := _turned(content):
        return turned
    if all(isinstance(group, list) for group in values):
        return _groups(content, lambda group: enumerate(group))
    if all(isinstance(group, dict) and _by_file(group) for group in values):
        return _groups(content, lambda group: ((f, {**_object(v), "filename": f}) for f, v in group.items()))
    lists = [value for value in values if isinstance(value, list) and any(isinstance(item, dict) for item in value)]
    if len(lists) == 1:
        return ((f"record {k}", record) for k, record in enumerate(lists[0]))
    if isinstance(_of(content, columns(tuple(map(folded, content))).file), str):
        return iter([("record 0", content)])
    raise DatasetError(f"has another shape: expected {SHAPES}")


def _groups(content: dict[str, Any], members: Callable[[Any], Any]) -> Iterator[Entry]:
    for category, group in content.items():
        for k, entry in members(group):
            yield f"{category} {k}", {"category": category, **entry} if isinstance(entry, dict) else entry


def _paired(entry: Any) -> Any:
    """``[file, caption]`` as an object."""
    if isinstance(entry, list) and len(entry) == 2 and all(isinstance(part, str) for part in entry):
        return dict(zip(("filename", "caption"), entry, strict=True))
    return entry


def _some(items: Any, key: str) -> bool:
    return isinstance(items, list) and any(isinstance(item, dict) and key in item for item in items)


def _by_file(content: dict[str, Any]) -> bool:
    """Whether most keys are pictures' names."""
    return 2 * sum(PurePosixPath(key).suffix.lower() in SUFFIXES for key in content) > len(content)


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {"caption": value}


def _of(content: Mapping[str, Any], name: str | None) -> Any:
    return next((value for key, value in content.items() if folded(key) == name), None)


def _turned(content: dict[str, Any]) -> Iterator[Entry] | None:
    """Columns of equal length, as lists or as objects by row: what a table of pandas becomes."""
    names = columns(tuple(map(folded, content)))
    files = _of(content, names.file)
    if not isinstance(files, list | dict) or not names.captions:
        return None
    keys = list(files) if isinstance(files, dict) else range(len(files))
    if not all(isinstance(v, type(files)) and len(v) == len(files) for v in content.values()):
        return None
    if any(isinstance(item, list | dict) for item in (files.values() if isinstance(files, dict) else files)):
        return None
    return ((f"record {k}", {name: column.get(k) if isinstance(column, dict) else column[k]
                             for name, column in content.items()}) for k in keys)  # fmt: skip


def _coco(images: list[Any], annotations: list[Any]) -> Iterator[Entry]:
    """One record an image, its captions in the order of the annotations; those that belong to none are named."""
    captions: dict[str, list[str]] = {}
    known = {str(image["id"]) for image in images if isinstance(image, dict) and "id" in image}
    for position, entry in enumerate(annotations):
        own = str(entry.get("image_id")) if isinstance(entry, dict) else ""
        found = texts(entry.get("caption")) if own in known else []
        if found:
            captions.setdefault(own, []).extend(found)
        else:
            yield f"annotations[{position}]", Fault("no caption, or no such image")
    if not captions:
        raise DatasetError("has annotations, but no captions among them")
    seen = set()
    for position, image in enumerate(images):
        if not isinstance(image, dict) or not isinstance(image.get("file_name"), str) or "id" not in image:
            yield f"images[{position}]", Fault("no id or file_name")
        elif (own := str(image["id"])) in seen:
            yield f"images[{position}]", Fault("its id appears a second time")
        else:
            seen.add(own)
            split = image.get("split")
            yield f"images[{position}]", {"filename": image["file_name"], "captions": captions.get(own), "split": split}


def _karpathy(image: Any) -> Any:
    if not isinstance(image, dict):
        return image
    sentences = image.get("sentences")
    raw = [s.get("raw") if isinstance(s, dict) else s for s in sentences] if isinstance(sentences, list) else None
    return {"filename": image.get("filename"), "captions": raw, "split": image.get("split")}
