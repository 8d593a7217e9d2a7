"""What a message quotes of things that may be of any length: names, values, and the words of a library's error."""

from __future__ import annotations

from collections.abc import Iterable

#: Letters of one thing that a message quotes, and things of a list.
LETTERS, THINGS = 200, 12


def quoted(value: object, letters: int = LETTERS) -> str:
    """``value`` as text on one line, its middle left out where it is longer than ``letters``.

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
    """The first few of some values, each `quoted`, joined by commas; how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    told = [quoted(value) for value in values]
    more = f" and {len(told) - things} more" if len(told) > things else ""
    return ", ".join(told[:things]) + more


def reason(error: BaseException) -> str:
    """The first sentence of what a library's error says, `quoted`, or its type where it says nothing.

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
