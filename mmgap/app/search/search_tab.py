"""The tab of the app: its page, what it finds, and pictures that are uploaded to be asked by."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dash import Input, Output, State, dcc, html, no_update

from mmgap.app.search.asked_pictures import LARGEST
from mmgap.app.search.found_cards import FoundCards
from mmgap.app.search.query_input import LONGEST_QUERY
from mmgap.app.search.search_answers import SearchAnswers
from mmgap.app.search.search_form import offered, search_form, upload
from mmgap.app.search.search_state import read_state
from mmgap.app.shell.jobs import Jobs
from mmgap.app.shell.page import query_of
from mmgap.app.shell.source import Source
from mmgap.app.shell.tab import Query, Tab
from mmgap.core.failures import line
from mmgap.core.messages import N_, quoted
from mmgap.datasets.images import ImageFileError
from mmgap.report.translation import translated

if TYPE_CHECKING:
    from dash import Dash

#: Milliseconds between two questions whether the work is done, and seconds that each waits for it.
POLL, PATIENCE = 400, 0.5


def search_tab(source: Source | SearchAnswers, space: str | None = None) -> Tab:
    """Return the tab that searches one source.

    Args:
        source: what is searched; or its answers, where a command has put a picture to ask by there.
        space: beside the vectors as they are, where the address names none.
    """
    answers = source if isinstance(source, SearchAnswers) else SearchAnswers(source)

    def layout(query: Query, language: str) -> Any:
        return _layout(answers, space or "", query, language)

    return Tab("search", N_("Search"), layout, lambda app: _connect(app, answers, space or ""))


def _layout(answers: SearchAnswers, space: str, query: Query, language: str) -> Any:
    source = answers.source
    state, wrong = read_state(query, space)
    parts: list[Any] = [html.H1(quoted(source.title)), _about(source, language), search_form(source, state, language)]
    if wrong:
        asked = ", ".join(wrong)
        said = translated(
            "The address asks for what there is not ({asked}): the usual is shown.", language, asked=asked
        )
        parts.append(html.P(said, className="said wrong", role="status"))
    if len(query.get("q", "")) > LONGEST_QUERY:
        said = translated("Only the first {n} letters are asked.", language, n=LONGEST_QUERY)
        parts.append(html.P(said, className="said", role="status"))
    if source.dataset.vectors is None:
        parts.append(upload(language))
    working = translated("Working", language) if state.asks else ""
    line_of_state = html.P(working, id="search-said", role="status", className="search-said")
    found = html.Div(id="search-found", **{"aria-busy": str(state.asks).lower()})  # type: ignore[arg-type]
    poll = dcc.Interval(id="search-poll", interval=POLL, disabled=not state.asks)
    told = dcc.Store(id="search-language", data=language)
    more = [] if state.asks else offered(source, state, language)
    return html.Div([*parts, line_of_state, found, poll, told, *more])


def _connect(app: Dash, answers: SearchAnswers, space: str) -> None:
    jobs = Jobs(2)

    @app.callback(
        Output("search-said", "children"),
        Output("search-found", "children"),
        Output("search-found", "aria-busy"),
        Output("search-poll", "disabled"),
        Input("search-poll", "n_intervals"),
        State("address", "search"),
        State("search-language", "data"),
    )
    def _found(_: int | None, search: str | None, language: str) -> tuple[Any, Any, str, bool]:
        state, _wrong = read_state(query_of(search), space)
        if not state.asks:
            jobs.start("", lambda _: answers.make_ready())
            return "", no_update, "false", True
        job = jobs.start(answers.key(state), lambda tell: answers.answer(state, tell))
        if not job.wait(PATIENCE):
            said = translated(job.progress, language) if job.progress else translated("Working", language)
            return f"{said} …", no_update, "true", False
        if job.error:
            return "", html.P(quoted(job.error, 1000), className="said wrong", role="alert"), "false", True
        cards = FoundCards(answers.source, state, job.result, language)
        return cards.said(), cards.parts(), "false", True

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
            digest = answers.pictures.keep(_bytes(contents))
        except (ValueError, OSError) as error:
            why = error.reason if isinstance(error, ImageFileError) else line(error)
            return no_update, translated("This file cannot be asked by: {why}", language, why=translated(why, language))
        state, _wrong = read_state(query_of(search), space)
        asked = state.query(words="", image="", row="", picture=digest)
        return f"/search?{asked}&{urlencode({'lang': language})}", ""


def _about(source: Source, language: str) -> html.P:
    images, texts = len(source.names), len(source.dataset.captions)
    if source.dataset.vectors is not None:
        said = translated("{images} images, {texts} texts: ask by a row.", language, images=images, texts=texts)
    else:
        said = translated(
            "{images} images, {texts} texts: words find pictures, a picture finds what is said of it.",
            language,
            images=images,
            texts=texts,
        )
    return html.P(said, className="help")


def _bytes(contents: str) -> bytes:
    """The bytes of a data URL."""
    if len(contents) > 2 * LARGEST:
        raise ValueError(f"a picture may have {LARGEST // 1_000_000} MB, and this one has more")
    try:
        return base64.b64decode(contents.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise ValueError("it did not arrive whole") from error
