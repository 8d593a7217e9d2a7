"""Messages: English texts that can be said in another language later, and what they quote of names and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

#: Letters of one thing that a message quotes, and things of a list.
LETTERS, THINGS = 200, 12


def quoted(value: object, letters: int = LETTERS) -> str:
    """Return ``value`` as text on one line, its middle left out where it is longer than ``letters``.

    What cannot be printed (line ends, undecodable bytes of file names) is written as its escape.

    >>> quoted("a\\nb"), quoted("x" * 1000, 11)
    ('a\\\\nb', 'xxxxx…xxxxx')
    """
    text = str(value)
    if len(text) > letters:
        half = (letters - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def N_(message: str) -> str:
    """Return the text itself; it is marked here, and translated where it is shown.

    >>> N_("gap, corrected")
    'gap, corrected'
    """
    return message


def listed(values: Iterable[object], things: int = THINGS) -> str:
    """Return the first few of some values, each `quoted`, joined by commas; how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    told = [quoted(value) for value in values]
    few = ", ".join(told[:things])
    return few if len(told) <= things else Message("{things} and {n} more", things=few, n=len(told) - things)


def reason(error: BaseException) -> str:
    """Return the first sentence of what a library's error says, `quoted`, or its type where it says nothing.

    That is its first line, or all of it where that line only leads to the others.

    >>> reason(ValueError("bad magic\\nat byte 0")), reason(MemoryError())
    ('bad magic', 'MemoryError')
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if isinstance(error, KeyError) and lines:
        return f"no {quoted(lines[0])}"
    if lines and lines[0].endswith(":"):
        return quoted(" ".join(lines))
    return quoted(lines[0]) if lines else type(error).__name__


def said(error: BaseException) -> str:
    """Return what an error says: the message that it was raised with, which can be translated, or its words.

    >>> said(ValueError(Message("{n} images", n=3))).values, said(KeyError("a"))
    ({'n': 3}, 'a')
    """
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


class Note(TypedDict):
    """A message as rows and other JSON files hold it; one without values may be a plain string instead."""

    message: str  # English, with a {name} for each value
    plural: NotRequired[str]  # English for every ``n`` but 1
    values: dict[str, Any]  # numbers, strings, and notes in their turn


class Message(str):
    """An English text that remembers its pattern and its values, so that a reader can have it in another language.

    Args:
        message: the pattern, a literal (``locale/*.po`` are made from the source), with ``{name}`` for each value.
        values: numbers and strings as they are to be shown, or messages.

    >>> note = Message("A sample of {chosen} of the {n} images.", chosen=20, n=500)
    >>> note, note.values
    ('A sample of 20 of the 500 images.', {'chosen': 20, 'n': 500})
    """

    message: str
    plural: str | None
    values: Mapping[str, Any]

    def __new__(cls, message: str, plural: str | None = None, /, **values: Any) -> Message:
        made = super().__new__(cls, filled(message if plural is None or values.get("n") == 1 else plural, values))
        made.message, made.plural, made.values = message, plural, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str | None], dict[str, Any]]:
        return (self.message, self.plural), dict(self.values)


def counted(one: str, many: str, /, *, n: int, **values: Any) -> Message:
    """Return a message that says ``one`` where ``n`` is 1, and ``many`` otherwise.

    >>> counted("{n} record is left out.", "{n} records are left out.", n=2)
    '2 records are left out.'
    """
    return Message(one, many, n=n, **values)


def joined(separator: str, parts: Iterable[str]) -> Message:
    """Return the parts as one message, each of which is translated by itself.

    >>> joined("; ", ["a.png", Message("{n} more", n=2)])
    'a.png; 2 more'
    """
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Message(separator.join(f"{{{name}}}" for name in values), **values)


def filled(message: str, values: Mapping[str, Any]) -> str:
    """Return the pattern with its values in place; a ``{name}`` without a value stays, and so does every other brace.

    >>> filled("{n} of {all}: {x}", {"n": 1, "all": "{n}"})
    '1 of {n}: {x}'
    """
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), message)


def note_of(text: str) -> str | Note:
    """Return a message as JSON holds it: its pattern and its values; a plain text as it is.

    >>> note_of(Message("{n} images", n=3)), note_of("as it is")
    ({'message': '{n} images', 'values': {'n': 3}}, 'as it is')
    """
    if not isinstance(text, Message):
        return text
    values = {name: note_of(value) if isinstance(value, str) else value for name, value in text.values.items()}
    note: Note = {"message": text.message, "values": values}
    return note if text.plural is None else {**note, "plural": text.plural}


def text_of(note: str | Note) -> str:
    """Return what `note_of` was given.

    >>> text_of({"message": "{n} images", "values": {"n": 3}})
    '3 images'
    """
    if isinstance(note, str):
        return note
    values = {name: text_of(value) if _is_note(value) else value for name, value in note["values"].items()}
    plural = note.get("plural") if isinstance(values.get("n"), int) else None
    return Message(note["message"], plural, **values)


def packed(text: str) -> str:
    """Return a message as one line of text that `unpacked` reads, for places that hold texts; others as they are.

    >>> unpacked(packed(Message("{n} images", n=3))).values
    {'n': 3}
    """
    return json.dumps(note_of(text), ensure_ascii=False) if isinstance(text, Message) else text


def unpacked(text: str) -> str:
    """Return what `packed` was given; any other text as it is."""
    return text_of(json.loads(text)) if text.startswith('{"message": ') else text


def _is_note(value: object) -> bool:
    kinds = {"message": str, "plural": str, "values": dict}
    return (
        isinstance(value, dict)
        and {"message", "values"} <= value.keys()
        and all(isinstance(value[name], kind) for name, kind in kinds.items() if name in value)
    )
