"""The playground's page as Dash components, the same in the app and in the exported file; scripts fill it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from mmgap.app.playground.control_rows import Number, hyphened, number_row, option_row, weight_row
from mmgap.app.playground.native_input import NativeInput
from mmgap.app.playground.page_setup import LEFT_OUT, SEVEN, TEXTS, row_words, terms
from mmgap.app.playground.presets import presets
from mmgap.app.playground.state import LIMITS, LONGEST_LOSS, PlaygroundState
from mmgap.app.playground.stories import STORIES
from mmgap.core.messages import N_
from mmgap.report.translation import translated

VECTORS = (
    Number("n", N_("Pairs N")),
    Number("seed", N_("Seed"), most=99),
    Number("dim", N_("Dimensions d"), scale="log"),
    Number("angle", N_("Angle θ (°)")),
    Number("kappa_image", N_("κ of the images"), scale="log1p"),
    Number("kappa_text", N_("κ of the texts"), scale="log1p"),
    Number("correlation", N_("Correlation ρ"), 0.01),
)
SCALE = Number("scale", N_("Logit scale"), scale="log")
RATE = Number("rate", N_("Rate"), scale="log")


def layout(state: PlaygroundState, said: Sequence[Any], language: str) -> html.Div:
    """Return the page for a state.

    Args:
        state: that the controls show at first.
        said: lines, or components of them, on what of the address was replaced.
        language: of its words.
    """
    introduction = translated(TEXTS["introduction"], language)
    return html.Div(
        [
            html.H1(translated("Two cones on a sphere: what makes a gap, and what closes it", language)),
            html.P(introduction, id="playground-introduction", className="faint", **_live()),
            _stories(language),
            html.Div([*said], id="playground-said", role="status", className="said" if said else "", **_live()),
            html.Div([_controls(state, language), _views(state, language)], className="workbench"),
        ],
        className="playground-page",
    )


def _stories(language: str) -> html.Div:
    """Buttons that each show a descent."""
    words = translated("Watch:", language)
    buttons = [
        html.Button(
            translated(story.title, language), id=f"playground-story-{k}", title=translated(story.words, language)
        )
        for k, story in enumerate(STORIES)
    ]
    return html.Div([html.Span(words), *buttons], className="stories", role="group", **hyphened(aria_label=words))


def _controls(state: PlaygroundState, language: str) -> html.Div:
    notes = N_(
        "κ: how narrow a cone is; at 0 it is the whole sphere. ρ: 0 where a pair are strangers, 1 where a text is its"
        " image, turned by θ."
    )
    vectors = [
        _preset(state, language),
        *(number_row(one, state, language) for one in VECTORS),
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
            **hyphened(aria_label=translated("The vectors on the sphere", language)),
        ),
        html.P(translated(TEXTS["drag"], language), id="playground-seen", className="help"),
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
    curves = [html.H2(translated("Along the descent", language)), _chart("curves")]
    landscape = [html.H2(translated("Loss along the shift that closes the gap", language)), _chart("landscape")]
    return html.Div(
        [
            html.Div([html.Section(sphere, className="sphere"), html.Section(curves)]),
            html.Div([html.Section(numbers, className="numbers"), html.Section(landscape)]),
        ],
        className="views",
    )


def _chart(name: str) -> html.Div:
    return html.Div(id=f"playground-{name}", className="chart", role="img")


def _group(name: str, words: str, inside: list[Any], language: str) -> html.Fieldset:
    return html.Fieldset([html.Legend(translated(words, language)), *inside], className=f"panel {name}")


def _preset(state: PlaygroundState, language: str) -> html.Div:
    none = html.Option(translated("none: by hand", language), value="")
    offered = [html.Option(row_words(one, language), value=name) for name, one in presets().items()]
    return html.Div(
        [
            html.Label(translated("As printed", language), htmlFor="playground-preset"),
            html.Select([none, *offered], id="playground-preset", **hyphened(data_value=state.preset)),
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
        html.Div([weight_row(name, language) for name in terms()], id="playground-terms"),
        option_row("alpha", "α", 0, language),
        option_row("beta", "β", 1, language),
        *(html.P(translated(why, language), className="help") for why in LEFT_OUT.values()),
    ]
    return [
        html.Div([label, field, sums], className="control one"),
        number_row(SCALE, state, language),
        html.Details(weights, open=True),
    ]


def _descent(state: PlaygroundState, language: str) -> html.Div:
    title = translated("Back to the draw", language)
    reset = html.Button(translated("Reset", language), id="playground-reset", title=title)
    signs = (("back", N_("One step back (−1)"), "−1"), ("forward", N_("One step on (+1)"), "+1"))
    buttons = [
        html.Button(translated("Play", language), id="playground-play", className="main"),
        reset,
        *(
            html.Button(sign, id=f"playground-{name}", title=words, **hyphened(aria_label=words))
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
    inside = [html.Div(buttons, className="buttons"), step, number_row(RATE, state, language)]
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
    return hyphened(aria_live="polite")
