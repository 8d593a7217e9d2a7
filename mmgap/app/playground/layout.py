"""The playground's page as Dash components, the same in the app and in the exported file; scripts fill it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from mmgap.app.playground.native_input import NativeInput
from mmgap.app.playground.page_setup import LEFT_OUT, OPTIONS, SEVEN, row_words, terms
from mmgap.app.playground.presets import presets
from mmgap.app.playground.state import LIMITS, LONGEST_LOSS, PlaygroundState
from mmgap.core.messages import N_
from mmgap.report.translation import translated

#: Where a range stands for a value, by the name of its scale, which the scripts know, too.
PLACES: dict[str, Callable[[float], float]] = {
    "linear": lambda value: value,
    "log": math.log10,
    "log1p": lambda value: math.log10(1 + value),
}


@dataclass(frozen=True)
class _Number:
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


VECTORS = (
    _Number("n", N_("Pairs N")),
    _Number("seed", N_("Seed"), most=99),
    _Number("dim", N_("Dimensions d"), scale="log"),
    _Number("angle", N_("Angle θ, degrees")),
    _Number("kappa_image", N_("κ of the images"), scale="log1p"),
    _Number("kappa_text", N_("κ of the texts"), scale="log1p"),
    _Number("correlation", N_("Correlation ρ"), 0.01),
)
SCALE = _Number("scale", N_("Logit scale"), scale="log")
RATE = _Number("rate", N_("Rate"), scale="log")

#: Least and greatest value that the ranges of weights and of α and β go to; their number fields know no end.
WEIGHTS = (-2, 2)


def layout(state: PlaygroundState, said: Sequence[Any], language: str) -> html.Div:
    """Return the page for a state.

    Args:
        state: that the controls show at first.
        said: lines, or components of them, on what of the address was replaced.
        language: of its words.
    """
    introduction = translated(
        "Draw images and texts, choose a loss, and let the vectors follow its gradient. The address holds all of it.",
        language,
    )
    return html.Div(
        [
            html.H1(translated("Two cones on a sphere: what makes a gap, and what closes it", language)),
            html.P(introduction, className="faint"),
            html.Div([*said], id="playground-said", role="status", className="said" if said else "", **_live()),
            html.Div([_controls(state, language), _views(state, language)], className="workbench"),
        ],
        className="playground-page",
    )


def _controls(state: PlaygroundState, language: str) -> html.Div:
    notes = N_(
        "κ: how narrow a cone is; at 0 it is the whole sphere. ρ: 0 where a pair are strangers, 1 where a text is its"
        " image, turned by θ."
    )
    vectors = [
        _preset(state, language),
        *(_number(one, state, language) for one in VECTORS),
        html.P(translated(notes, language), className="help"),
    ]
    return html.Div(
        [
            _group("vectors", N_("Vectors"), vectors, language),
            _group("losses", N_("Loss"), _losses(state, language), language),
        ],
        className="controls",
    )


def _views(state: PlaygroundState, language: str) -> html.Div:
    sphere = [
        html.H2(translated("The sphere", language)),
        html.Canvas(
            id="playground-scene",
            role="img",
            tabIndex=0,
            **_wild(aria_label=translated("The vectors on the sphere", language)),
        ),
        html.P(translated("Drag, or press the arrow keys, to rotate.", language), className="help"),
        _descent(state, language),
    ]
    numbers = [
        html.H2(translated("Numbers", language)),
        html.Div(id="playground-values", className="wide", **_live()),
        html.Div(id="playground-printed", className="wide", **_live()),
        _exports(language),
        html.H2(translated("Cosines", language)),
        _chart("histogram"),
    ]
    return html.Div(
        [
            html.Section(sphere, className="sphere"),
            html.Section(numbers, className="numbers"),
            html.Section([html.H2(translated("Along the descent", language)), _chart("curves")]),
            html.Section(
                [html.H2(translated("Loss along the shift that closes the gap", language)), _chart("landscape")]
            ),
        ],
        className="views",
    )


def _chart(name: str) -> html.Div:
    return html.Div(id=f"playground-{name}", className="chart", role="img")


def _group(name: str, words: str, inside: list[Any], language: str) -> html.Fieldset:
    return html.Fieldset([html.Legend(translated(words, language)), *inside], className=f"panel {name}")


def _number(one: _Number, state: PlaygroundState, language: str) -> html.Div:
    place, value, (low, high) = PLACES[one.scale], getattr(state, one.name), LIMITS[one.name]
    most = place(min(high, one.most))
    step = one.step if one.scale == "linear" else 0.001
    words = translated(one.words, language)
    named = {"data_name": one.name, "data_scale": one.scale}
    return _both(
        f"playground-{one.name.replace('_', '-')}",
        words,
        words,
        {"min": place(low), "max": most, "step": step, "defaultValue": min(place(value), most), **_wild(**named)},
        {"min": low, "max": high, "step": "any", "defaultValue": value, **_wild(**named)},
    )


def _weight(term: str, language: str) -> html.Div:
    words = translated("weight of {term}", language, term=term)
    return _plain(f"playground-weight-{term}", term, words, 0, _wild(data_term=term))


def _option(name: str, sign: str, usual: float, language: str) -> html.Div:
    has = ", ".join(term for term, option in OPTIONS.items() if option == name)
    words = translated("{sign} of {terms}", language, sign=sign, terms=has)
    return _plain(f"playground-{name}", sign, words, usual, _wild(data_option=name))


def _plain(name: str, sign: str, words: str, value: float, named: dict[str, Any]) -> html.Div:
    low, high = WEIGHTS
    common = {"step": 0.05, "defaultValue": value, **named}
    return _both(name, sign, words, {"min": low, "max": high, **common}, {**common, "step": "any"})


def _both(name: str, shown: str, words: str, ranged: dict[str, Any], number: dict[str, Any]) -> html.Div:
    """A label, a range and a number field in a row; ``words`` are the label for those who do not see it."""
    return html.Div(
        [
            html.Label(shown, htmlFor=f"{name}-number"),
            NativeInput(id=name, type="range", **ranged, **_wild(aria_label=words)),
            NativeInput(id=f"{name}-number", type="number", **number, **_wild(aria_label=words)),
        ],
        className="control",
    )


def _preset(state: PlaygroundState, language: str) -> html.Div:
    none = html.Option(translated("none: by hand", language), value="")
    offered = [html.Option(row_words(one, language), value=name) for name, one in presets().items()]
    return html.Div(
        [
            html.Label(translated("As printed", language), htmlFor="playground-preset"),
            html.Select([none, *offered], id="playground-preset", **_wild(data_value=state.preset)),
        ],
        className="control one",
    )


def _losses(state: PlaygroundState, language: str) -> list[Any]:
    field = NativeInput(
        id="playground-loss",
        type="text",
        defaultValue=state.loss,
        maxLength=LONGEST_LOSS,
        spellCheck=False,
        autoComplete="off",
        list="playground-losses",
    )
    sums = html.Datalist([html.Option(value=loss) for loss in SEVEN], id="playground-losses")
    label = html.Label(translated("Sum of terms", language), htmlFor="playground-loss")
    weights = [
        html.Summary(translated("Weights of the terms, α and β", language)),
        html.Div([_weight(name, language) for name in terms()], id="playground-terms"),
        _option("alpha", "α", 0, language),
        _option("beta", "β", 1, language),
        *(html.P(translated(why, language), className="help") for why in LEFT_OUT.values()),
    ]
    return [
        html.Div([label, field, sums], className="control one"),
        _number(SCALE, state, language),
        html.Details(weights, open=True),
    ]


def _descent(state: PlaygroundState, language: str) -> html.Div:
    signs = (
        ("reset", N_("Back to the draw"), "|◀"),
        ("back", N_("One step back"), "◀"),
        ("forward", N_("One step on"), "▶"),
    )
    buttons = [
        html.Button(translated("Play", language), id="playground-play", className="main"),
        *(
            html.Button(sign, id=f"playground-{name}", title=words, **_wild(aria_label=words))
            for name, message, sign in signs
            if (words := translated(message, language))
        ),
    ]
    step = html.Div(
        [
            html.Label(translated("Step", language), htmlFor="playground-step"),
            NativeInput(
                id="playground-step", type="range", min=0, max=LIMITS["step"][1], step=1, defaultValue=state.step
            ),
            html.Output(str(state.step), id="playground-step-number", htmlFor="playground-step"),
        ],
        className="control",
    )
    inside = [html.Div(buttons, className="buttons"), step, _number(RATE, state, language)]
    return html.Div(_group("descent", N_("Descent"), inside, language))


def _exports(language: str) -> html.Div:
    kinds = (
        ("png", N_("the picture of the sphere")),
        ("json", N_("state and numbers")),
        ("html", N_("this page as one file")),
    )
    share = html.Button(translated("Copy the address", language), id="playground-share")
    saved = [
        html.Button(name.upper(), id=f"playground-{name}", title=translated(words, language)) for name, words in kinds
    ]
    return html.Div([share, *saved], className="buttons")


def _live() -> dict[str, Any]:
    return _wild(aria_live="polite")


def _wild(**attributes: str) -> dict[str, Any]:
    """Attributes with a hyphen in their names, which no Python name has."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}
