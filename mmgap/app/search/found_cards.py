"""What a search found as parts of the page: a list for each column, side by side, with pictures, scores and chances."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dash import html

from mmgap.app.search.found import Described, Found, LabelShare
from mmgap.app.search.found_words import chance_text, score_text, shown_caption, shown_name
from mmgap.app.search.known_pairs import Modality
from mmgap.app.search.search_answers import Answer
from mmgap.app.search.search_column import Hit
from mmgap.app.search.search_state import SearchState
from mmgap.app.shell.pictures import picture_address
from mmgap.app.shell.source import Source
from mmgap.core.messages import Message, counted
from mmgap.report.translation import translated

#: Labels of a picture that are listed.
LABELS = 6


@dataclass(frozen=True)
class FoundCards:
    """The parts of the page that show an answer.

    Attributes:
        source: what was searched.
        state: what was asked.
        answer: what was found.
        language: "en" or "es".
    """

    source: Source
    state: SearchState
    answer: Answer
    language: str

    def said(self) -> str:
        """Return what was found in a line: how many of what, in each column."""
        told = []
        for found in self.answer.found:
            counts = Counter(hit.modality for hit in found.hits)
            kinds = ", ".join(translated(_counted(kind, n), self.language) for kind, n in counts.items())
            told.append(f"{translated(found.column, self.language)}: {kinds or 0}")
        return " · ".join(told)

    def parts(self) -> list[Any]:
        """Return what the page shows: the picture that was asked by, its labels, what was found, and the notes."""
        answer = self.answer
        if answer.problem:
            return [html.P(translated(answer.problem, self.language), className="said wrong", role="alert")]
        columns = [self._column(found) for found in answer.found]
        notes = [html.Li(translated(note, self.language)) for note in answer.notes]
        return [
            *self._asked(),
            *self._labels(),
            html.Div(columns, className="search-columns two" if len(columns) > 1 else "search-columns"),
            html.Ul(notes, className="help"),
        ]

    def _asked(self) -> list[Any]:
        """The image that was asked by."""
        told = self.answer.asked
        if self.answer.shown:
            own = translated("Your picture", self.language)
            return [html.Div([html.Img(src=self.answer.shown, alt=own), html.Strong(own)], className="search-asked")]
        if told is None or self.answer.by != "image":
            return []
        words = [html.Strong(shown_name(told.name)), html.P(shown_caption(told.caption), dir="auto")]
        return [html.Div([self._picture(told), html.Div(words)], className="search-asked")]

    def _labels(self) -> list[Any]:
        lists = []
        for name, labels in self.answer.labels.items():
            heading = [html.H3(translated(name, self.language))] if len(self.answer.labels) > 1 else []
            lists.append(html.Div([*heading, html.Ol([_label(one) for one in labels[:LABELS]])]))
        if not lists:
            return []
        asked = translated("Which class? The share of each, if exactly one is right", self.language)
        return [html.Section([html.H2(asked), html.Div(lists, className="search-labels")])]

    def _column(self, found: Found) -> html.Section:
        mixed = len({hit.modality for hit in found.hits}) > 1
        cards = [self._card(hit, hit.modality == "image" and hit.place in found.exact, mixed) for hit in found.hits]
        heading = html.H2(translated(found.column, self.language))
        return html.Section([heading, html.Ol(cards, className="search-found")])

    def _card(self, hit: Hit, exact: bool, mixed: bool) -> html.Li:
        told = self.answer.described[hit]
        query = self.state.query(words="", row="", picture="", what="", image=str(told.image))
        address = f"/search?{query}&{urlencode({'lang': self.language})}"
        words = [
            html.P(shown_caption(told.caption), dir="auto", className="caption"),
            self._name(told, address),
            self._numbers(hit, exact, mixed),
        ]
        if hit.chance is not None and not exact:
            words.append(_bar(hit.chance))
        picture = [html.A(self._picture(told), href=address, tabIndex=-1, **_HIDDEN)] if hit.modality == "image" else []
        return html.Li([*picture, html.Div(words)], className=hit.modality)

    def _name(self, told: Described, address: str) -> html.A:
        name, asks = shown_name(told.name), translated("Ask by this picture", self.language)
        named: dict[str, Any] = {"aria-label": f"{asks}: {name}"}
        return html.A(name, href=address, title=asks, **named)

    def _numbers(self, hit: Hit, exact: bool, mixed: bool) -> html.Div:
        language, parts = self.language, []
        if mixed:
            parts.append(html.Span(translated(hit.modality, language), className=f"kind {hit.modality}"))
        if self.answer.own is not None and self.answer.described[hit].image == self.answer.own:
            parts.append(html.Span(translated("own match", language), className="own"))
        if exact or hit.chance is not None:
            chance = chance_text(hit, exact, language)
            said = chance if exact else translated("chance {chance}", language, chance=chance)
            parts.append(html.Span(said, className="chance"))
        score = translated("score {score}", language, score=score_text(hit.score))
        return html.Div([*parts, html.Span(score, className="score")], className="numbers")

    def _picture(self, told: Described) -> Any:
        if self.source.dataset.vectors is not None:
            return html.Span(translated("row {row}", self.language, row=told.row), className="no-picture")
        alternative = shown_caption(told.caption) or shown_name(told.name)
        return html.Img(src=picture_address(self.source, told.picture), alt=alternative)


#: What screen readers pass over, as it is said in words beside it.
_HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


def _counted(kind: Modality, n: int) -> Message:
    if kind == "image":
        return counted("{n} image", "{n} images", n=n)
    return counted("{n} text", "{n} texts", n=n)


def _label(one: LabelShare) -> html.Li:
    words = html.Span(shown_name(one.label), dir="auto")
    if one.share is None:
        return html.Li([words, " ", html.Span(score_text(one.score), className="score")])
    return html.Li([words, " ", html.Span(f"{100 * one.share:.0f} %", className="chance"), _bar(one.share)])


def _bar(share: float) -> html.Div:
    return html.Div(html.Div(style={"width": f"{100 * share:.1f}%"}), className="bar", **_HIDDEN)
