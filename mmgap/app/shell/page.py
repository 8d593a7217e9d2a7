"""The frame of every page: a link past the navigation, the tabs, the two languages, and the tab's own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import dcc, html

from mmgap.app.shell.tab import Query, Tab
from mmgap.report.translation import LANGUAGES, translated

#: Names of the languages, each in itself.
LANGUAGE_NAMES = {"en": "English", "es": "Español"}


def frame() -> html.Div:
    """Return what the browser loads first; `page` fills it as the address says."""
    return html.Div([dcc.Location(id="address", refresh=False), html.Div(id="page")])


def query_of(search: str | None) -> dict[str, str]:
    """Return the names and values of an address's query.

    >>> query_of("?n=500&loss=ce%2Banti")
    {'n': '500', 'loss': 'ce+anti'}
    """
    return dict(parse_qsl((search or "").removeprefix("?"), keep_blank_values=True))


def language_of(query: Query, usual: str) -> str:
    """Return the language that a query asks for by ``lang``, where there is such a one, else the usual one."""
    asked = query.get("lang", usual)
    return asked if asked in LANGUAGES else usual


def page(tabs: Sequence[Tab], path: str | None, search: str | None, usual: str) -> html.Div:
    """Return the whole page for an address: its tab, or the first one where the path names none."""
    query = query_of(search)
    language = language_of(query, usual)
    chosen = next((tab for tab in tabs if path == f"/{tab.name}"), tabs[0])
    return html.Div(
        [
            html.A(translated("Skip to the content", language), href="#content", className="skip"),
            html.Header([_navigation(tabs, chosen, language), _languages(chosen, query, language)]),
            html.Main(chosen.layout(query, language), id="content", className=chosen.name, tabIndex=-1),
        ]
    )


def _navigation(tabs: Sequence[Tab], chosen: Tab, language: str) -> html.Nav:
    links = [
        html.A(
            translated(tab.title, language),
            href=f"/{tab.name}?{urlencode({'lang': language})}",
            **_aria(current="page" if tab is chosen else None),
        )
        for tab in tabs
    ]
    return html.Nav([html.Span("mmgap", className="name"), *links], **_aria(label="mmgap"))


def _aria(**values: str | None) -> dict[str, Any]:
    return {f"aria-{name}": value for name, value in values.items() if value is not None}


def _languages(chosen: Tab, query: Query, language: str) -> html.Div:
    others = [name for name in LANGUAGES if name != language]
    return html.Div(
        [
            html.A(
                LANGUAGE_NAMES[name],
                id=f"language-{name}",
                href=f"/{chosen.name}?{urlencode({**query, 'lang': name})}",
                lang=name,
                hrefLang=name,
            )
            for name in others
        ],
        className="languages",
    )
