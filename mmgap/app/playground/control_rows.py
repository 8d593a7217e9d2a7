"""Rows of the playground's controls: a label, a range and a number field, which the scripts hold together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import html

from mmgap.app.playground.native_input import NativeInput
from mmgap.app.playground.page_setup import OPTIONS
from mmgap.app.playground.state import LIMITS, PlaygroundState
from mmgap.report.translation import translated

#: Where a range stands for a value, by the name of its scale, which the scripts know, too.
PLACES: dict[str, Callable[[float], float]] = {
    "linear": lambda value: value,
    "log": math.log10,
    "log1p": lambda value: math.log10(1 + value),
}


@dataclass(frozen=True)
class Number:
    """A number of the state, which a range and a number field hold together.

    Attributes:
        name: in the address; underlines are hyphens in ids.
        words: the label.
        step: of the range, where its scale is linear.
        scale: one of `PLACES`.
        most: of the range, where the number field goes further.
    """

    name: str
    words: str
    step: float = 1
    scale: str = "linear"
    most: float = math.inf


#: Least and greatest value that the ranges of weights and of α and β go to; their number fields know no end.
WEIGHTS = (-2, 2)


def number_row(one: Number, state: PlaygroundState, language: str) -> html.Div:
    """Return the row of a number of the state."""
    place, value, (low, high) = PLACES[one.scale], getattr(state, one.name), LIMITS[one.name]
    most = place(min(high, one.most))
    step = one.step if one.scale == "linear" else 0.001
    words = translated(one.words, language)
    named = {"data_name": one.name, "data_scale": one.scale}
    return _both(
        f"playground-{one.name.replace('_', '-')}",
        words,
        words,
        {"min": place(low), "max": most, "step": step, "defaultValue": min(place(value), most), **hyphened(**named)},
        {"min": low, "max": high, "step": "any", "defaultValue": value, **hyphened(**named)},
    )


def weight_row(term: str, language: str) -> html.Div:
    """Return the row of the weight of a term of the loss."""
    words = translated("weight of {term}", language, term=term)
    return _plain(f"playground-weight-{term}", term, words, 0, hyphened(data_term=term))


def option_row(name: str, sign: str, usual: float, language: str) -> html.Div:
    """Return the row of an option of the terms that have it."""
    has = ", ".join(term for term, option in OPTIONS.items() if option == name)
    words = translated("{sign} of {terms}", language, sign=sign, terms=has)
    return _plain(f"playground-{name}", sign, words, usual, hyphened(data_option=name))


def _plain(name: str, sign: str, words: str, value: float, named: dict[str, Any]) -> html.Div:
    low, high = WEIGHTS
    common = {"step": 0.05, "defaultValue": value, **named}
    return _both(name, sign, words, {"min": low, "max": high, **common}, {**common, "step": "any"})


def _both(name: str, shown: str, words: str, ranged: dict[str, Any], number: dict[str, Any]) -> html.Div:
    """A label, a range and a number field in a row; ``words`` are the label for those who do not see it."""
    return html.Div(
        [
            html.Label(shown, htmlFor=f"{name}-number"),
            NativeInput(id=name, type="range", **ranged, **hyphened(aria_label=words)),
            NativeInput(id=f"{name}-number", type="number", **number, **hyphened(aria_label=words)),
        ],
        className="control",
    )


def hyphened(**attributes: str) -> dict[str, Any]:
    """Attributes with a hyphen in their names, which no Python name has."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}
