"""The form of the search page: an HTML form, whose values are the address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy as np
from dash import dcc, html

from mmgap.app.search.exact_words import first_keyword
from mmgap.app.search.found_words import shown_name
from mmgap.app.search.query_input import LONGEST_QUERY
from mmgap.app.search.search_state import TOPS, WHATS, SearchState
from mmgap.app.shell.pictures import picture_address
from mmgap.app.shell.source import Source
from mmgap.core.messages import N_
from mmgap.report.translation import translated
from mmgap.spaces import registry

_WHAT_WORDS = {"": N_("what matches it"), "images": N_("images"), "texts": N_("texts"), "both": N_("both together")}

#: Pictures that are offered where nothing is asked.
OFFERED = 24

#: Words that are offered, and the letters of the longest.
EXAMPLES, LONGEST_EXAMPLE = 6, 60


def search_form(source: Source, state: SearchState, language: str) -> html.Form:
    """Return the form in a state; sending it opens the address of the new one."""
    saved = source.dataset.vectors is not None
    asks = _row_field(source, state, language) if saved else _words_field(state, language)
    tops = {str(top): str(top) for top in sorted({*TOPS, state.top})}
    fields = [
        asks,
        _choice("what", translated("Search in", language), _whats(language), state.what),
        _choice("space", translated("Beside it, in the space", language), _spaces(state, language), state.space),
        _choice("top", translated("How many", language), tops, str(state.top)),
    ]
    hidden = dcc.Input(type="hidden", name="lang", value=language, id="search-lang")
    button = html.Button(translated("Search", language), type="submit", className="main")
    return html.Form(
        [html.Div([*fields, button], className="search-fields"), hidden],
        action="/search",
        method="GET",
        role="search",
        className="panel",
    )


def upload(language: str) -> html.Div:
    """Return where a picture of one's own is chosen."""
    return html.Div(
        [
            dcc.Upload(
                html.Button(translated("Ask by a picture of yours …", language), type="button"),
                id="search-upload",
                accept="image/*",
                multiple=False,
                className="search-upload",
                className_disabled="search-upload",
            ),
            html.Span(translated("It is read on this machine alone.", language), className="help"),
            html.P("", id="search-upload-said", role="status", className="search-upload-said"),
            dcc.Location(id="search-go", refresh=True),
        ],
        className="search-own",
    )


def offered(source: Source, state: SearchState, language: str) -> list[Any]:
    """Return some words, and some of the images, spread over all of them, each a question at one press."""
    if source.dataset.vectors is not None:
        return []
    places = _spread(len(source.names), OFFERED)
    links = [
        html.Li(
            html.A(
                html.Img(src=picture_address(source, place), alt=shown_name(source.names[place])),
                href=f"/search?{state.query(image=str(place))}&{urlencode({'lang': language})}",
            )
        )
        for place in places
    ]
    return [
        *_examples(source, state, language),
        html.H2(translated("Or choose one of the pictures: what is said of it?", language)),
        html.Ul(links, className="search-offered"),
    ]


def _examples(source: Source, state: SearchState, language: str) -> list[Any]:
    """Some of what the captions name."""
    captions, prompt = source.captions or (), source.dataset.prompt
    named = [captions[place] for place in _spread(len(captions), 4 * EXAMPLES)]
    words = [first_keyword(caption, prompt) if prompt else caption.strip() for caption in named]
    short = list(dict.fromkeys(one for one in words if 0 < len(one) <= LONGEST_EXAMPLE))
    links = [
        html.Li(html.A(shown_name(one), href=f"/search?{state.query(words=one)}&{urlencode({'lang': language})}"))
        for one in (short[place] for place in _spread(len(short), EXAMPLES))
    ]
    return [html.H2(translated("For example", language)), html.Ul(links, className="search-examples")] if links else []


def _spread(count: int, most: int) -> list[int]:
    """At most so many places, evenly spread over all of them."""
    found: list[int] = np.unique(np.linspace(0, count - 1, min(most, count)).astype(int)).tolist()
    return found


def _words_field(state: SearchState, language: str) -> html.Div:
    return html.Div(
        [
            html.Label(translated("What should the picture show?", language), htmlFor="search-words"),
            dcc.Input(
                id="search-words",
                name="q",
                type="search",
                value=state.words,
                maxLength=LONGEST_QUERY,
                autoComplete="off",
                autoFocus=not state.asks,
            ),
        ],
        className="search-words",
    )


def _row_field(source: Source, state: SearchState, language: str) -> html.Div:
    last = len(source.dataset.captions) - 1
    return html.Div(
        [
            html.Label(translated("Row of the text, 0 to {last}", language, last=last), htmlFor="search-row"),
            dcc.Input(id="search-row", name="row", type="number", min=0, max=last, step=1, value=state.row),
        ],
        className="search-words",
    )


def _choice(name: str, label: str, options: dict[str, str], chosen: str) -> html.Div:
    made = [html.Option(words, value=value, selected=value == chosen) for value, words in options.items()]
    return html.Div([html.Label(label, htmlFor=f"search-{name}"), html.Select(made, id=f"search-{name}", name=name)])


def _whats(language: str) -> dict[str, str]:
    return {what: translated(_WHAT_WORDS[what], language) for what in WHATS}


def _spaces(state: SearchState, language: str) -> dict[str, str]:
    named = dict.fromkeys([*([state.space] if state.space else []), *registry.specs()])
    return {"": translated("none", language), **{name: name for name in named}}
