"""The notation of a sum of losses, read and written with the standard library alone.

sum    = [sign] part {sign part}          sign = "+" | "-"
part   = [number "*"] term                number = 2, .5, 1e-3 …
term   = name ["(" [key "=" value {"," key "=" value}] ")"]
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from mmgap.losses.loss_registry import registry

#: Terms that hold others: adding what a term holds already would count it twice.
HOLDS = {"cyclip": ("ce", "cyclip_inter", "cyclip_intra")}

#: Thesis order, so that a canonical name reads as its tables do; terms of other packages follow by name.
ORDER = ("ce", "cyclip", "siglip", "infoloob", "intra", "inter", "anti", "var")

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SIGN = re.compile(r"\s*([+-])")
_WEIGHT = re.compile(rf"\s*({_NUMBER})\s*\*")
_TERM = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*")
_OPTION = re.compile(rf"\s*([A-Za-z_]\w*)\s*=\s*([+-]?{_NUMBER}|[A-Za-z_]\w*)\s*")


class LossExpressionError(ValueError):
    """An expression that is not a sum of losses; the message shows where and what was expected."""


@dataclass(frozen=True)
class Part:
    """One term of the sum: its weight, its registered name, its options as written."""

    weight: float
    name: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The term without its weight, ``"var(over=rows)"``."""
        options = ",".join(f"{key}={_spell(value)}" for key, value in sorted(self.options.items()))
        return f"{self.name}({options})" if options else self.name


def read(expression: str) -> list[Part]:
    """Return the parts of ``expression``, in canonical order.

    Raises:
        LossExpressionError, UnknownNameError: see `mmgap.losses.parse`.
    """
    if not isinstance(expression, str):
        raise TypeError(f"a loss expression is text such as 'ce+0.5*intra', got {type(expression).__name__}")
    if not expression.strip():
        raise LossExpressionError("empty loss expression; write one term or more, as in 'ce+0.5*intra-0.1*var'")
    parts: list[Part] = []
    at = 0
    while at < len(expression):
        sign = _SIGN.match(expression, at)
        if sign is None and parts:
            raise LossExpressionError(f"{expression!r}: expected '+' or '-' between terms, got {expression[at:]!r}")
        at = sign.end() if sign else at
        weight = _WEIGHT.match(expression, at)
        at = weight.end() if weight else at
        term = _TERM.match(expression, at)
        if term is None:
            got = repr(expression[at:].strip()) if expression[at:].strip() else "the end"
            raise LossExpressionError(f"{expression!r}: expected a term, as in '0.5*intra', got {got}")
        value = float(weight[1]) if weight else 1.0
        if not math.isfinite(value):
            raise LossExpressionError(f"{expression!r}: the weight of {term[1]!r} is not finite")
        if term[1] not in registry:
            registry.get(term[1])  # raises UnknownNameError, with the near names
        parts.append(Part(-value if sign and sign[1] == "-" else value, term[1], _options(expression, term[2])))
        at = term.end()
    _refuse_repeats(expression, [part.name for part in parts])
    return sorted(parts, key=lambda part: (ORDER.index(part.name) if part.name in ORDER else len(ORDER), part.name))


def write(parts: list[Part]) -> str:
    """Return the canonical expression of ``parts``; ``read(write(parts)) == parts``."""
    text = ""
    for part in parts:
        sign = "-" if math.copysign(1, part.weight) < 0 else "+"
        size = abs(part.weight)
        text += (sign if text or sign == "-" else "") + ("" if size == 1 else f"{_spell(size)}*") + part.label
    return text


def canonical(expression: str) -> str:
    """Return the one spelling shared by all expressions of the same sum (order, spaces, ``1*``, ``0.50``).

    Needs no torch.

    Raises:
        LossExpressionError, UnknownNameError: as `mmgap.losses.parse`. Options are checked by that only.

    >>> canonical("0.50*var + ce")
    'ce+0.5*var'
    """
    return write(read(expression))


def identities(expression: str) -> dict[str, dict[str, Any]]:
    """Return what stands for the code of each term in keys; mmgap's own need no torch for it.

    Raises:
        LossExpressionError, UnknownNameError: as `mmgap.losses.parse`.

    >>> identities("0.5*ce")
    {'loss:ce': {'version': 1}}
    """
    return {f"loss:{part.name}": registry.identity(part.name) for part in read(expression)}


def _options(expression: str, text: str | None) -> dict[str, str]:
    options: dict[str, str] = {}
    for item in text.split(",") if text is not None and text.strip() else ():
        option = _OPTION.fullmatch(item)
        if option is None:
            raise LossExpressionError(f"{expression!r}: expected key=value between the brackets, got {item.strip()!r}")
        if option[1] in options:
            raise LossExpressionError(f"{expression!r}: option {option[1]!r} is given twice")
        options[option[1]] = option[2]
    return options


def _refuse_repeats(expression: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise LossExpressionError(f"{expression!r}: {name!r} stands twice; add up its weights")
        for held in HOLDS.get(name, ()):
            if held in names:
                raise LossExpressionError(f"{expression!r}: {name!r} holds {held!r} already; leave {held!r} out")


def _spell(value: float | str) -> str:
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return repr(number).removesuffix(".0")
