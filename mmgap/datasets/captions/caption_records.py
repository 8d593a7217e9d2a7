"""The record that a row of a table or an object makes: its values read, or the reason why it is none."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmgap.datasets.captions.columns import SPLIT_WORDS, columns, folded
from mmgap.datasets.captions.text_files import MARK
from mmgap.datasets.keywords import tidy

#: What stands in a cell that has nothing, as programs write it.
MISSING = frozenset(("", "NaN", "nan", "<NA>", "NULL", "null", "None", "N/A", "#N/A"))

#: Letters of a caption; more is another file pasted into a cell.
LONGEST = 1 << 17


@dataclass(frozen=True)
class Record:
    """What one row or object says: the file as it is written there, and what belongs to it."""

    file: str
    category: str | None
    captions: tuple[str, ...]
    split: str | None


@dataclass(frozen=True)
class Fault:
    """A row or object that is none, and why."""

    reason: str


def record(values: Any) -> Record | Fault:
    """Return the record of one row or object: its values by column or key."""
    if isinstance(values, Fault):
        return values
    if not isinstance(values, Mapping):
        return Fault("not an object with a file name")
    by_name: dict[str, Any] = {}
    for key, value in values.items():
        by_name.setdefault(folded(key), value)
    found = columns(tuple(by_name))
    file, category, split = (by_name.get(name) if name else None for name in (found.file, found.category, found.split))
    file = _file(file)
    if not file:
        return Fault("no file name")
    word = _word(split)
    if word and (word not in SPLIT_WORDS):
        return Fault(f"unknown split {printable(repr(split), 60)}")
    captions = tuple(text for name in found.captions for text in texts(by_name[name]))
    if reason := _damage((file, *captions)):
        return Fault(reason)
    return Record(file, _category(category), captions, SPLIT_WORDS.get(word))


def texts(value: Any, depth: int = 0) -> list[str]:
    """Return the captions in a value: a text, a number, a list of them (also one written as text), or objects that hold
    some.

    >>> texts('["a dog", "a black dog"]'), texts([{"raw": "a dog"}, None, " "]), texts(float("nan"))
    (['a dog', 'a black dog'], ['a dog'], [])
    """
    if isinstance(value, bool) or value is None or depth > 3:
        return []
    if isinstance(value, str):
        if value.strip() in MISSING:
            return []
        return texts(_written(value), depth + 1) or [tidy(value)]
    if isinstance(value, int | float):
        return [str(value)] if isinstance(value, int) or math.isfinite(value) else []
    if isinstance(value, list):
        return [text for item in value for text in texts(item, depth + 1)]
    if isinstance(value, Mapping):
        by_name = {folded(key): item for key, item in value.items()}
        return [text for name in columns(tuple(by_name)).captions for text in texts(by_name[name], depth + 1)]
    return []


def _written(text: str) -> list[Any] | dict[str, Any] | None:
    """The list or object that stands in one cell, as JSON or Python write it; numbers in brackets are a text."""
    text = text.strip()
    if not (text[:1] + text[-1:] in ("[]", "{}") and len(text) <= LONGEST):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(found, dict) or (isinstance(found, list) and any(isinstance(item, str | dict) for item in found)):
            return found
    return None


def _file(value: Any) -> str:
    if isinstance(value, Mapping):  # {"path": …}
        by_name = {folded(key): item for key, item in value.items()}
        name = columns(tuple(by_name)).file
        value = by_name[name] if name else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _category(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return (tidy(value) or None) if isinstance(value, str) and MARK not in value else None


def _word(split: Any) -> str:
    if split is None or (isinstance(split, float) and math.isnan(split)):
        return ""
    word = str(split).strip()
    return "" if word in MISSING else re.sub(r"(?<=[a-z])(19|20)\d\d", "", word.casefold())


def _damage(parts: tuple[str, ...]) -> str:
    if any(MARK in part for part in parts):
        return "it has a byte that is not in the file's encoding: save the file as UTF-8"
    if any("\0" in part for part in parts):
        return "it has a NUL byte"
    longest = max(map(len, parts))
    return f"a text of {longest:,} characters: at most {LONGEST:,} are read" if longest > LONGEST else ""


def printable(text: str, most: int = 200) -> str:
    """Return a text from a file as it can be shown in one line.

    >>> printable("a\\nb\\x1b[2J")
    'a\\\\nb\\\\x1b[2J'
    """
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
