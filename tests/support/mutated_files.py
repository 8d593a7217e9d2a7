"""What disks, editors and killed programs make of a file, drawn by a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

#: What stands in the place of a JSON value.
HOSTILE = (None, [], {}, "", "x" * 300, True, -1, 0, 10**40, 1.5, 1e308, [[[]]], {"a": None}, "\ud800", "a\nb")

_DEEP = "@deep@"


def of(content: bytes, draw: random.Random, count: int) -> Iterator[bytes]:
    """``count`` mutations: bits flipped, ends cut, pieces taken out, put in, zeroed; of JSON also values replaced."""
    kinds = [_flipped, _cut, _without, _with_more, _zeroed]
    if content.lstrip()[:1] == b"{":
        kinds += [_rewritten] * 5
    for _ in range(count):
        mutated = draw.choice(kinds)(content, draw)
        if mutated != content:
            yield mutated


def _flipped(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.choice((0, 1, 7, 8, 9, len(content) - 1, draw.randrange(len(content))))]


def _without(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content))
    return content[:start] + content[start + draw.randint(1, 64) :]


def _with_more(content: bytes, draw: random.Random) -> bytes:
    place = draw.choice((0, len(content), draw.randrange(len(content))))
    return content[:place] + draw.randbytes(draw.randint(1, 32)) + content[place:]


def _zeroed(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content))
    length = min(draw.choice((1, 16, 4096)), len(content) - start)
    return content[:start] + b"\0" * length + content[start + length :]


def _rewritten(content: bytes, draw: random.Random) -> bytes:
    value: Any = json.loads(content)
    holder, name = draw.choice(list(_places(value)))
    if draw.random() < 0.2:
        del holder[name]
    else:
        holder[name] = draw.choice((*HOSTILE, _DEEP, float("nan"), float("inf")))
    text = json.dumps(value, indent=draw.choice((None, 1)))
    return text.replace(f'"{_DEEP}"', "[" * 5000 + "]" * 5000).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (list or object, index or key) in a value."""
    names = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        yield value, name
        yield from _places(value[name])
