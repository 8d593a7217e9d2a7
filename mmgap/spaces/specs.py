"""The spelling of spaces, ``shift:0.75,side=text+cca:0.1``: steps from left to right, options behind a colon."""

from __future__ import annotations

import difflib
import re
import typing
from typing import Any

from mmgap.core.messages import quoted
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.space import Space

#: Names that others know a space by.
ALIASES = {"i0t": "centre", "gr-clip": "centre"}


def steps(spec: str) -> list[tuple[str, str]]:
    """Return the name and the options of each step, as they are written.

    >>> steps("shift:0.75,side=text + cca:1e+1")
    [('shift', '0.75,side=text'), ('cca', '1e+1')]
    """
    found = [step.strip().partition(":") for step in re.split(r"\+(?=\s*[A-Za-z_]|\s*$)", spec)]
    return [(ALIASES.get(name.strip(), name.strip()), options) for name, _, options in found]


def made(kind: type[Space], name: str, given: str) -> Space:
    """Return one step: its class with the options that are given.

    Raises:
        SpaceError: an option or a value that it does not have.
    """
    text = f"{name}:{given}"
    known, hints = kind.fields(), typing.get_type_hints(kind)
    options: dict[str, Any] = {}
    for place, part in enumerate(given.split(",") if given else ()):
        option, equals, value = map(str.strip, part.partition("="))
        if not equals and place == 0 and known:
            option, value = next(iter(known)), option
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            there = f"Its options: {', '.join(known)}" if known else "It has no options"
            raise SpaceError(f"space {quoted(text)!r}: {name} has no option {quoted(option)!r}{hint} {there}")
        options[option] = _value(text, option, value, hints[option])
    return kind(**options, name=name)


def _value(text: str, option: str, value: str, hint: Any) -> Any:
    """An option's value of its type: a float, an int, one of some words, or any."""
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    if typing.get_origin(hint) is typing.Literal:
        if value in kinds:
            return value
        raise SpaceError(f"space {quoted(text)!r}: {option} must be {' or '.join(kinds)}, got {quoted(value)!r}")
    try:
        made = kinds[0](value)
        if made != made or made in (float("inf"), -float("inf")):
            raise ValueError
    except ValueError:
        what = {int: "a whole number", float: "a number"}.get(kinds[0], kinds[0].__name__)
        raise SpaceError(f"space {quoted(text)!r}: {option} must be {what}, got {quoted(value)!r}") from None
    return made
