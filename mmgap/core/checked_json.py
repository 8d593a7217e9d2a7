"""JSON that somebody else may have written or damaged: read with every doubt, checked against the types it should have.

The standard library only: rows are read with this in every pytest session of the environment.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from pathlib import Path
from typing import Any, Literal, NoReturn, NotRequired, Union, get_args, get_origin

#: Bytes of the largest file that is read, and how deep lists and objects may lie in one another.
LIMIT, DEPTH = 64 << 20, 64

_INTEGERS = range(-(2**63), 2**64)
_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "int", float: "float"}


class JsonError(ValueError):
    """JSON that cannot be used; one line that names the file and what is wrong with it, without the cure."""


def read_json(path: Path, *, limit: int = LIMIT) -> Any:
    """Return the content of a JSON file.

    Args:
        path: the file.
        limit: bytes that it may have.

    Raises:
        JsonError: it cannot be read, is larger, or is refused by `parse_json`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = file.write_text('{"a": [1, 2.5]}')
    >>> read_json(file)
    {'a': [1, 2.5]}
    """
    try:
        if not path.exists():
            raise JsonError(f"{path} is no file")
        content = read_content(path, limit=limit)
    except OSError as error:
        raise JsonError(f"{path} cannot be read: {error.strerror or error}") from error
    return parse_json(content, str(path))


def read_content(path: Path, *, limit: int = LIMIT) -> bytes:
    """Return the bytes of a file, which is no pipe that would be waited for and no device without an end.

    Raises:
        JsonError: it is no file, or larger than ``limit``.
        OSError: it is not there, or cannot be read.
    """
    if path.exists() and not path.is_file():
        raise JsonError(f"{path} is no file")
    if (size := path.stat().st_size) > limit:
        raise JsonError(f"{path} has {size:,} bytes, more than the {limit:,} that are read")
    return path.read_bytes()


def parse_json(content: bytes | str, where: str) -> Any:
    """Return what a text of JSON says: every number finite and of at most 64 bits, nothing nested deeper than `DEPTH`.

    Args:
        content: the text, in UTF-8 where it is bytes.
        where: what it is called in errors.

    Raises:
        JsonError: it is no such JSON.
    """
    try:
        value = json.loads(content.decode() if isinstance(content, bytes) else content, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise JsonError(f"{where} is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from error
    except RecursionError as error:
        raise JsonError(f"{where} is nested more than {DEPTH} deep") from error
    except ValueError as error:
        raise JsonError(f"{where} is not JSON: {error}") from error
    _check_plain(value, where)
    return value


def conform(value: Any, kind: Any, where: str) -> Any:
    """Return the value itself, if it is what an annotation says.

    Args:
        value: of `read_json`.
        kind: a TypedDict or dataclass (other keys than its own are allowed), ``dict[str, X]``, ``list[X]``,
            ``X | None``, a ``Literal``, ``str``, ``int``, ``float``, ``bool`` or ``Any``. An int is a float too, but
            no boolean is a number, and no float may be NaN or infinite.
        where: what it is called in errors.

    Raises:
        JsonError: it is something else; the place is named.

    >>> conform({"epochs": []}, dict[str, int], "trained.json")
    Traceback (most recent call last):
    mmgap.core.checked_json.JsonError: trained.json: epochs is a list, expected int
    """
    _conform(value, kind, where, "")
    return value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _check_plain(value: Any, where: str) -> None:
    """No recursion: what is checked here may be nested as deep as the parser goes."""
    level, depth = [value], 0
    while level:
        below: list[Any] = []
        for entry in level:
            if isinstance(entry, (dict, list)):
                if depth == DEPTH:
                    raise JsonError(f"{where} is nested more than {DEPTH} deep")
                below += entry.values() if isinstance(entry, dict) else entry
            elif isinstance(entry, float) and not math.isfinite(entry):
                raise JsonError(f"{where} holds a number that is not finite")
            elif isinstance(entry, int) and entry not in _INTEGERS:
                raise JsonError(f"{where} holds an integer of more than 64 bits")
        level, depth = below, depth + 1


def _conform(value: Any, kind: Any, where: str, place: str) -> None:
    if kind is Any or (type(value) is kind and kind in (str, int, bool)) or (kind is float and _finite(value)):
        return  # what most of a file is, before anything is asked of the annotation
    origin = get_origin(kind)
    if typing.is_typeddict(kind) or dataclasses.is_dataclass(kind):
        _conform_fields(value, kind, where, place)
    elif origin in (Union, types.UnionType):
        _conform_union(value, get_args(kind), where, place)
    elif origin is Literal:
        if not any(value == known and type(value) is type(known) for known in get_args(kind)):
            _fail(value, f"one of {', '.join(map(repr, get_args(kind)))}", where, place)
    elif kind is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            _fail(value, "float", where, place)
        if isinstance(value, float) and not math.isfinite(value):
            raise JsonError(f"{_at(where, place)} is not finite")
    elif kind is None or kind is type(None):
        if value is not None:
            _fail(value, "null", where, place)
    else:
        plain = origin or kind
        if not isinstance(value, plain) or (isinstance(value, bool) and plain is not bool):
            _fail(value, _NAMES[plain], where, place)
        for step, entry in _entries(value, plain):
            _conform(entry, (get_args(kind) or (Any,))[-1], where, f"{place}{step}")


def _finite(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _entries(value: Any, plain: type) -> list[tuple[str, Any]]:
    if plain is dict:
        return [(f".{_shown(name)}", entry) for name, entry in value.items()]
    return [(f"[{number}]", entry) for number, entry in enumerate(value)] if plain is list else []


def _conform_fields(value: Any, kind: Any, where: str, place: str) -> None:
    if not isinstance(value, dict):
        _fail(value, "an object", where, place)
    known, optional = _fields(kind)
    if missing := [name for name in known if name not in value and name not in optional]:
        raise JsonError(f"{_at(where, place)} lacks {', '.join(missing)}")
    for name, expected in known.items():
        if name in value:
            _conform(value[name], expected, where, f"{place}.{name}")


def _conform_union(value: Any, kinds: tuple[Any, ...], where: str, place: str) -> None:
    """The error is that of the kind that is not null, where there is one only: it names the place inside."""
    left = [kind for kind in kinds if kind is not type(None)]
    if value is None and len(left) < len(kinds):
        return
    if len(left) == 1:
        _conform(value, left[0], where, place)
    elif not any(_fits(value, kind) for kind in left):
        _fail(value, " or ".join(_NAMES.get(get_origin(kind) or kind, "an object") for kind in left), where, place)


def _fits(value: Any, kind: Any) -> bool:
    try:
        conform(value, kind, "")
    except JsonError:
        return False
    return True


@functools.cache
def _fields(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Types by name, and the names that may be absent."""
    hints = typing.get_type_hints(kind, include_extras=True)
    if dataclasses.is_dataclass(kind):
        absent = (dataclasses.MISSING, dataclasses.MISSING)
        optional = {f.name for f in dataclasses.fields(kind) if (f.default, f.default_factory) != absent}
        return hints, frozenset(optional)
    optional = set(kind.__optional_keys__) | {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    return typing.get_type_hints(kind), frozenset(optional)


def _fail(value: Any, expected: str, where: str, place: str) -> NoReturn:
    found = "null" if value is None else _NAMES.get(type(value), type(value).__name__)
    if isinstance(value, str):
        found = repr(value if len(value) <= 40 else f"{value[:40]}…")
    raise JsonError(f"{_at(where, place)} is {found}, expected {expected}")


def _at(where: str, place: str) -> str:
    return f"{where}: {place.removeprefix('.')}" if place else where


def _shown(name: str) -> str:
    """A key as it can be printed on one line."""
    return name if name.isprintable() and len(name) <= 60 else repr(name[:60])
