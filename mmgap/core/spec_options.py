"""Options of what a spec names, ``NAME:VALUE,option=value``: the fields of a frozen dataclass."""

from __future__ import annotations

import difflib
import typing
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

from mmgap.core.messages import quoted

#: Whole numbers are below this, with either sign.
LARGEST = 2**63


@dataclass(frozen=True)
class WithOptions:
    """What a spec names: a frozen dataclass whose fields are its options, each with a default.

    ``NAME:VALUE`` sets the first one, ``NAME:option=value`` any; a field is a float, an int or a str.

    Attributes:
        name: as it is registered.
    """

    name: str = field(default="", kw_only=True)

    @classmethod
    def fields(cls) -> dict[str, Field[Any]]:
        """Return the options by name, the bare one first."""
        found = sorted(fields(cls), key=lambda option: bool(option.kw_only))
        return {option.name: option for option in found if option.name != "name"}

    @property
    def spec(self) -> str:
        """The one spelling of it: the first option bare, the others by name, usual values left out."""
        known = self.fields().items()
        values = {name: getattr(self, name) for name, option in known if getattr(self, name) != option.default}
        first = next(iter(self.fields()), "")
        told = [_spelled(value) if name == first else f"{name}={_spelled(value)}" for name, value in values.items()]
        return f"{self.name}:{','.join(told)}" if told else self.name


Named = TypeVar("Named", bound=WithOptions)


def made(kind: type[Named], name: str, given: str, what: str, error: type[ValueError]) -> Named:
    """Return what a name and its options stand for.

    Args:
        kind: the class that is registered under the name.
        name: as it is registered.
        given: what stands behind the colon.
        what: how messages call it, in the singular.
        error: raised for an option or a value that it does not have.
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
            raise error(f"{what} {quoted(text)!r}: {name} has no option {quoted(option)!r}{hint} {there}")
        try:
            options[option] = _value(option, value, hints[option])
        except ValueError as reason:
            raise error(f"{what} {quoted(text)!r}: {reason}") from None
    return kind(**options, name=name)


def _value(option: str, value: str, hint: Any) -> Any:
    """An option's value of its type: a float, an int, one of some words, or any."""
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    if typing.get_origin(hint) is typing.Literal:
        if value in kinds:
            return value
        raise ValueError(f"{option} must be {' or '.join(kinds)}, got {quoted(value)!r}")
    try:
        found = kinds[0](value)
        if found != found or found in (float("inf"), -float("inf")) or (kinds[0] is int and abs(found) >= LARGEST):
            raise ValueError
    except ValueError:
        sort = {int: "a whole number of at most 64 bits", float: "a number"}.get(kinds[0], kinds[0].__name__)
        raise ValueError(f"{option} must be {sort}, got {quoted(value)!r}") from None
    return found


def _spelled(value: Any) -> str:
    """Return an option's value as a spec has it."""
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
