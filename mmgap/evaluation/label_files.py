"""The class of each image in a file: ``.npy`` of whole numbers, or text, a line each."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from mmgap.adapters.labelled_vectors import AdapterError
from mmgap.core.counted_things import n_images, n_labels
from mmgap.core.messages import quoted
from mmgap.core.paths import MissingDataError, expanded
from mmgap.core.vector_content import Unread
from mmgap.core.vector_formats import read_arrays


def class_names(file: str | None, count: int) -> tuple[str, ...]:
    """Return the names of ``count`` classes: of a file, a line each, else their numbers.

    Raises:
        MissingDataError: no such file.
        AdapterError: another number of names, or one twice.
    """
    if file is None:
        return tuple(map(str, range(count)))
    names = tuple(_lines(_there(file)))
    if len(names) != count:
        raise AdapterError(f"{quoted(file)} has {len(names)} names, and there are {count} class vectors: one a line")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise AdapterError(f"{quoted(file)} names the class {quoted(twice)!r} twice")
    return names


def read_labels(file: str, names: tuple[str, ...], count: int) -> list[str | None]:
    """Return the class of each of ``count`` images, by name; None where a line is empty.

    Args:
        file: ``.npy`` of whole numbers, the row of the class vectors from 0, −1 for none; else text, a name or a number
            a line; of a ``.csv`` the last column, whose heading ``label`` or ``class`` is passed over.
        names: of the classes.
        count: of the images.

    Raises:
        MissingDataError: no such file.
        AdapterError: another number of labels, or a label that is neither a name nor a number of a class.
    """
    path = _there(file)
    if path.suffix == ".npy":
        array = read_arrays(path).get("")
        if array is None or isinstance(array, Unread) or array.dtype.kind not in "iu" or array.ndim != 1:
            raise AdapterError(f"{quoted(file)}: labels are whole numbers of shape (n,), or text, a name a line")
        given = ["" if label == -1 else str(label) for label in array.tolist()]
    else:
        given = _lines(path)
        if given and given[0].casefold() in ("label", "class") and given[0] not in names:
            given = given[1:]
    if len(given) != count:
        told = f"{quoted(file)} has {n_labels(len(given))} for {n_images(count)}: one label an image is needed"
        raise AdapterError(told + _why(given, count))
    numbers = dict(zip(map(str, range(len(names))), names, strict=True))
    found: list[str | None] = []
    for place, label in enumerate(given):
        name = label if label in names else numbers.get(label)
        if name is None and label:
            raise AdapterError(
                f"{quoted(file)}: label {place} is {quoted(label)!r}, neither a name of --names nor a number from 0 to"
                f" {len(names) - 1}"
            )
        found.append(name)
    return found


def _there(file: str) -> Path:
    path = expanded(file)
    if not path.is_file():
        what = "is a folder, and labels are one file" if file and path.is_dir() else "no such file: give its path"
        raise MissingDataError(f"{quoted(file) or 'an empty name'}: {what}")
    return path


def _why(given: list[str], count: int) -> str:
    """What may have made one label too many, or more."""
    if len(given) == count + 1:
        return f"; where its first line, {quoted(given[0])!r}, is a heading, call it label"
    empty = given.count("")
    if len(given) - empty == count:
        return f"; {empty} of its lines are empty, which stand for images without a class: take them out"
    return ""


def _lines(path: Path) -> list[str]:
    """The lines of a text; of a table the last column."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AdapterError(
            f"{quoted(path.name)} is no text in UTF-8, nor .npy: save it as UTF-8, a label a line"
        ) from error
    if path.suffix == ".csv":
        try:
            return [line[-1].strip() if line else "" for line in csv.reader(io.StringIO(text))]
        except csv.Error as error:
            raise AdapterError(
                f"{quoted(path.name)} cannot be read as a table ({error}): give a label a line"
            ) from error
    return [line.strip() for line in text.splitlines()]
