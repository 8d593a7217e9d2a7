"""The playground's page as Dash components, the same in the app and in the exported file; scripts fill it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from mmgap.app.playground.native_input import NativeInput
from mmgap.app.playground.page_setup import LEFT_OUT, OPTIONS, SEVEN, row_words, terms
from mmgap.app.playground.presets import presets
from mmgap.app.playground.state import LIMITS, LONGEST_LOSS, PlaygroundState
from mmgap.core.messages import N_
from mmgap.report.translation import translated


@dataclass(frozen=True)
class _Slider:
    """A range and a number field that hold one value.

    Attributes:
        name: in the address; underlines are hyphens in ids.
        words: the label.
        step: of the number field.
        scale: how the range goes: ``linear``; ``log``, it holds log₁₀ of the value; ``log1p``, log₁₀ of it plus one.
        most: of the range, where the number field goes further.
        help: a line below.
    """

    name: str
    words: str
    step: float = 1
    scale: str = "linear"
    most: float | None = None
    help: str = ""


VECTORS = (
    _Slider("n", N_("Pairs N")),
    _Slider("seed", N_("Seed of the draw"), most=99),
    _Slider("dim", N_("Dimensions d"), scale="log"),
    _Slider("angle", N_("Angle θ between the cones, degrees")),
    _Slider("kappa_image", N_("Concentration κ of the images"), 0.1, "log1p"),
    _Slider("kappa_text", N_("Concentration κ of the texts"), 0.1, "log1p"),
    _Slider(
        "correlation",
        N_("Correlation ρ of a pair"),
        0.01,
        help=N_("0: strangers. 1: a text is its image, turned by θ."),
    ),
)
SCALE = _Slider("scale", N_("Logit scale (1/temperature)"), 0.01, "log")
RATE = _Slider("rate", N_("Rate of the descent"), 0.001, "log")

#: Least and greatest weight of a term, and of its option.
WEIGHTS, OPTION_RANGE = (-2, 2), (-2, 2)


def layout(state: PlaygroundState, said: Sequence[Any], language: str) -> html.Div:
    """Return the page for a state.

    Args:
        state: that the controls show at first.
        said: lines, or components of them, on what of the address was replaced.
        language: of its words.
    """
    return html.Div(
        [
            html.H1(translated("Two cones on a sphere: what makes a gap, and what closes it", language)),
            html.P(
                translated(
                    "Draw images and texts, choose a loss, and let the vectors follow its gradient. The address of this"
                    " page holds all of it.",
                    language,
                ),
                className="faint",
            ),
            html.Div([*said], id="playground-said", role="status", className="said" if said else "", **_live()),
            html.Div([_controls(state, language), _views(state, language)], className="workbench"),
        ],
        className="playground-page",
    )


def _controls(state: PlaygroundState, language: str) -> html.Div:
    return html.Div(
        [
            _group("printed", N_("Printed tables"), [_preset(state, language)], language),
            _group("vectors", N_("Vectors"), [_slider(one, state, language) for one in VECTORS], language),
            _group("losses", N_("Loss"), _losses(state, language), language),
        ],
        className="controls",
    )


def _views(state: PlaygroundState, language: str) -> html.Div:
    return html.Div(
        [
            html.Section(
                [
                    html.H2(translated("The sphere", language), id="playground-scene-title"),
                    html.Canvas(
                        id="playground-scene",
                        role="img",
                        tabIndex=0,
                        **_wild(aria_label=translated("The vectors on the sphere", language)),
                    ),
                    html.P(translated("Drag, or press the arrow keys, to rotate.", language), className="help"),
                    _descent(state, language),
                ],
                className="sphere",
            ),
            html.Section(
                [
                    html.H2(translated("Numbers", language)),
                    html.Div(id="playground-values", className="wide", **_live()),
                    html.Div(id="playground-printed", className="wide", **_live()),
                    _exports(language),
                ],
                className="numbers",
            ),
            *(
                html.Section(
                    [
                        html.H2(translated(words, language)),
                        html.Div(id=f"playground-{name}", className="chart", role="img"),
                    ],
                    className=name,
                )
                for name, words in (
                    ("histogram", N_("Cosines")),
                    ("curves", N_("Along the descent")),
                    ("landscape", N_("Loss along the shift")),
                )
            ),
        ],
        className="views",
    )


def _group(name: str, words: str, inside: list[Any], language: str) -> html.Fieldset:
    return html.Fieldset([html.Legend(translated(words, language)), *inside], className=f"panel {name}")


def _slider(one: _Slider, state: PlaygroundState, language: str) -> html.Div:
    low, high = LIMITS[one.name]
    value = getattr(state, one.name)
    name = f"playground-{one.name.replace('_', '-')}"
    words = translated(one.words, language)
    fine = one.step if one.scale == "linear" else 0.001
    place = {"linear": lambda v: v, "log": math.log10, "log1p": lambda v: math.log10(1 + v)}[one.scale]
    most = min(high, one.most) if one.most is not None else high
    named = {"data-name": one.name, "data-scale": one.scale}
    return html.Div(
        [
            html.Label(words, htmlFor=f"{name}-number"),
            html.Div(
                [
                    NativeInput(
                        id=name,
                        type="range",
                        min=place(low),
                        max=place(most),
                        step=fine,
                        defaultValue=min(place(value), place(most)),
                        **{"aria-label": words},
                        **named,
                    ),
                    NativeInput(
                        id=f"{name}-number",
                        type="number",
                        min=low,
                        max=high,
                        step=one.step if one.scale == "linear" else "any",
                        defaultValue=value,
                        **named,
                    ),
                ],
                className="slider",
            ),
            *([html.P(translated(one.help, language), className="help")] if one.help else []),
        ],
        className="control",
    )


def _preset(state: PlaygroundState, language: str) -> html.Div:
    none = html.Option(translated("none of them", language), value="")
    offered = [html.Option(row_words(one, language), value=name) for name, one in presets().items()]
    return html.Div(
        [
            html.Label(translated("A row of tables 5.1 to 5.4", language), htmlFor="playground-preset"),
            html.Select([none, *offered], id="playground-preset", **_wild(data_value=state.preset)),
        ],
        className="control",
    )


def _losses(state: PlaygroundState, language: str) -> list[Any]:
    return [
        html.Div(
            [
                html.Label(translated("Loss, a sum of terms", language), htmlFor="playground-loss"),
                NativeInput(
                    id="playground-loss",
                    type="text",
                    defaultValue=state.loss,
                    maxLength=LONGEST_LOSS,
                    spellCheck=False,
                    autoComplete="off",
                    list="playground-losses",
                ),
                html.Datalist([html.Option(value=loss) for loss in SEVEN], id="playground-losses"),
            ],
            className="control",
        ),
        _slider(SCALE, state, language),
        html.Details(
            [
                html.Summary(translated("Weights of the terms", language)),
                html.Div([_weight(name, language) for name in terms()], id="playground-terms"),
                _option("alpha", N_("α of {terms}"), language),
                _option("beta", N_("β of {terms}"), language),
                *(html.P(translated(why, language), className="help") for why in LEFT_OUT.values()),
            ],
            open=True,
        ),
    ]


def _weight(term: str, language: str) -> html.Div:
    words = translated("weight of {term}", language, term=term)
    return _plain(f"playground-weight-{term}", term, words, WEIGHTS, 0, {"data-term": term})


def _option(name: str, words: str, language: str) -> html.Div:
    has = ", ".join(term for term, option in OPTIONS.items() if option == name)
    usual = 0 if name == "alpha" else 1
    shown = translated(words, language, terms=has)
    return _plain(f"playground-{name}", shown, shown, OPTION_RANGE, usual, {"data-option": name})


def _plain(
    name: str, shown: str, words: str, ends: tuple[float, float], value: float, named: dict[str, str]
) -> html.Div:
    """A range with its number field, which the expression sets and is set by."""
    common = {"min": ends[0], "max": ends[1], "step": 0.05, "defaultValue": value, **named}
    return html.Div(
        [
            html.Label(shown, htmlFor=f"{name}-number"),
            html.Div(
                [
                    NativeInput(id=name, type="range", **{"aria-label": words}, **common),
                    NativeInput(id=f"{name}-number", type="number", **{**common, "step": "any"}),
                ],
                className="slider",
            ),
        ],
        className="control",
    )


def _descent(state: PlaygroundState, language: str) -> html.Div:
    words = translated("step of the descent", language)
    buttons = (
        ("reset", N_("Back to the draw"), "⏮"),
        ("back", N_("One step back"), "◀"),
        ("play", N_("Play"), "▶"),
        ("forward", N_("One step on"), "▶|"),
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Button(
                        translated(words, language) if name == "play" else sign,
                        id=f"playground-{name}",
                        className="main" if name == "play" else "",
                        title=translated(words, language),
                        **({} if name == "play" else _wild(aria_label=translated(words, language))),
                    )
                    for name, words, sign in buttons
                ],
                className="buttons",
            ),
            html.Label(words, htmlFor="playground-step"),
            html.Div(
                [
                    NativeInput(
                        id="playground-step",
                        type="range",
                        min=0,
                        max=LIMITS["step"][1],
                        step=1,
                        defaultValue=state.step,
                    ),
                    html.Output(str(state.step), id="playground-step-number", htmlFor="playground-step"),
                ],
                className="slider",
            ),
            _slider(RATE, state, language),
        ],
        className="panel descent",
        role="group",
        **_wild(aria_label=translated("Descent", language)),
    )


def _exports(language: str) -> html.Div:
    return html.Div(
        [
            html.Button(translated("Copy the address", language), id="playground-share"),
            *(
                html.Button(name.upper(), id=f"playground-{name}", title=translated(words, language))
                for name, words in (
                    ("png", N_("the picture of the sphere")),
                    ("json", N_("state and readings")),
                    ("html", N_("this page as one file")),
                )
            ),
        ],
        className="buttons",
    )


def _live() -> dict[str, Any]:
    return _wild(aria_live="polite")


def _wild(**attributes: str) -> dict[str, Any]:
    """Attributes with a hyphen in their names, which no Python name has."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}
