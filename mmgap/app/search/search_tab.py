"""The tab of the app: its page, what it finds, and pictures that are uploaded to be asked by."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dash import Input, Output, State, dcc, html, no_update

from mmgap.app.search.found_cards import FoundCards
from mmgap.app.search.search_answers import LARGEST, SearchAnswers
from mmgap.app.search.search_form import offered, search_form, upload
from mmgap.app.search.search_state import read_state
from mmgap.app.search.vector_index import Kind
from mmgap.app.shell.jobs import Jobs
from mmgap.app.shell.page import query_of
from mmgap.app.shell.source import Source
from mmgap.app.shell.tab import Query, Tab
from mmgap.core.failures import line
from mmgap.core.messages import N_, quoted
from mmgap.report.translation import translated

if TYPE_CHECKING:
    from dash import Dash

#: Milliseconds between two questions whether the work is done, and seconds that each waits for it.
POLL, PATIENCE = 400, 0.5


def search_tab(source: Source, space: str | None = None, kind: Kind = "flat") -> Tab:
    """Return the tab that searches one source.

    Args:
        source: what is searched.
        space: beside the vectors as they are, where the address names none.
        kind: of the index.
    """
    answers = SearchAnswers(source, kind)

    def layout(query: Query, language: str) -> Any:
        return _layout(answers, space or "", query, language)

    return Tab("search", N_("Search"), layout, lambda app: _connect(app, answers, space or ""))


def _layout(answers: SearchAnswers, space: str, query: Query, language: str) -> Any:
    source = answers.source
    state, wrong = read_state(query, space)
    parts: list[Any] = [html.H1(quoted(source.title)), search_form(source, state, language)]
    if wrong:
        asked = ", ".join(wrong)
        said = translated(
            "The address asks for what there is not ({asked}): the usual is shown.", language, asked=asked
        )
        parts.append(html.P(said, className="said wrong", role="status"))
    if source.dataset.vectors is None:
        parts.append(upload(language))
    working = html.P(translated("Working", language), className="said") if state.asks else None
    found = html.Div(working, id="search-found", role="region", **{"aria-live": "polite"})  # type: ignore[arg-type]
    poll = dcc.Interval(id="search-poll", interval=POLL, disabled=not state.asks)
    told = dcc.Store(id="search-language", data=language)
    return html.Div([*parts, found, poll, told, *([] if state.asks else offered(source, state, language))])


def _connect(app: Dash, answers: SearchAnswers, space: str) -> None:
    jobs = Jobs(2)

    @app.callback(
        Output("search-found", "children"),
        Output("search-poll", "disabled"),
        Input("search-poll", "n_intervals"),
        State("address", "search"),
        State("search-language", "data"),
    )
    def _found(_: int | None, search: str | None, language: str) -> tuple[Any, bool]:
        state, _wrong = read_state(query_of(search), space)
        if not state.asks:
            return no_update, True
        job = jobs.start(state.query(), lambda tell: answers.answer(state, tell))
        if not job.wait(PATIENCE):
            said = translated(job.progress, language) if job.progress else translated("Working", language)
            return html.P(said, className="said"), False
        if job.error:
            return html.P(quoted(job.error, 1000), className="said wrong", role="alert"), True
        return FoundCards(answers.source, state, job.result, language).parts(), True

    @app.callback(
        Output("search-go", "href"),
        Output("search-upload-said", "children"),
        Input("search-upload", "contents"),
        State("address", "search"),
        State("search-language", "data"),
        prevent_initial_call=True,
    )
    def _uploaded(contents: str | None, search: str | None, language: str) -> tuple[Any, Any]:
        if not contents:
            return no_update, ""
        try:
            digest = answers.keep_picture(_bytes(contents))
        except (ValueError, OSError) as error:
            return no_update, translated("This file cannot be asked by: {why}", language, why=line(error))
        state, _wrong = read_state(query_of(search), space)
        asked = state.query(words="", image="", row="", picture=digest)
        return f"/search?{asked}&{urlencode({'lang': language})}", ""


def _bytes(contents: str) -> bytes:
    """The bytes of a data URL."""
    if len(contents) > 2 * LARGEST:
        raise ValueError(f"a picture may have {LARGEST // 1_000_000} MB, and this one has more")
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise ValueError("it did not arrive whole") from error
