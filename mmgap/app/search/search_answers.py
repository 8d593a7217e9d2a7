"""What the page of a search answers: found once for everybody who asks the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from mmgap.app.search.asked_pictures import AskedPictures, as_address
from mmgap.app.search.found import Described, Found, LabelShare
from mmgap.app.search.known_pairs import Modality
from mmgap.app.search.picture_labels import own_labels, picture_labels
from mmgap.app.search.search_column import Hit, SearchQuery
from mmgap.app.search.search_notes import search_notes
from mmgap.app.search.search_state import SearchState
from mmgap.app.search.searcher import Searcher, SearchError
from mmgap.app.search.vector_index import Kind
from mmgap.app.shell.source import Source
from mmgap.core.messages import N_, Message


@dataclass(frozen=True)
class Answer:
    """What a state of the page asks and finds.

    Attributes:
        found: of each column, as is first.
        described: what is said of each thing found.
        labels: of a picture, by column.
        notes: what must be known.
        by: modality of the query.
        asked: the image that was asked by, where it is one of those searched.
        shown: address of the picture that was asked by, where it is none of those searched; "" otherwise.
        own: place of the image that the query is or belongs to, among those searched; None where it is none of them.
        problem: why nothing was searched; "" where it was.
    """

    found: tuple[Found, ...] = ()
    described: dict[Hit, Described] = field(default_factory=dict)
    labels: dict[str, list[LabelShare]] = field(default_factory=dict)
    notes: tuple[str | Message, ...] = ()
    by: Modality = "text"
    asked: Described | None = None
    shown: str = ""
    own: int | None = None
    problem: str | Message = ""


class SearchAnswers:
    """The searchers of one source, by space, and the pictures that users bring.

    Args:
        source: what is searched.
        kind: of the indexes.
    """

    def __init__(self, source: Source, kind: Kind = "flat") -> None:
        self.source, self.kind = source, kind
        self.pictures = AskedPictures()
        self._lock, self._searchers = threading.RLock(), dict[tuple[str, int | None], Searcher]()

    def key(self, state: SearchState) -> str:
        """Return what stands for all that changes the answer: what is asked, and whether a picture is still here."""
        return f"{state.query()} {state.picture in self.pictures}"

    def make_ready(self) -> None:
        """Load, encode and fit what the first question needs, so that it is answered at once; saved vectors wait."""
        if self.source.dataset.vectors is None:
            searcher = self._searcher("", None)
            searcher.find(searcher.of_words("a"), ("image",), 1)

    def answer(self, state: SearchState, tell: Callable[[Message], None] = lambda _: None) -> Answer:
        """Return what is found; a question that cannot be asked gives an answer that says why.

        Args:
            state: what is asked.
            tell: is given what is being done.
        """
        try:
            return self._answer(state, tell)
        except SearchError as error:
            return Answer(problem=error.args[0])

    def _answer(self, state: SearchState, tell: Callable[[Message], None]) -> Answer:
        tell(Message("{title}: vectors", title=self.source.title))
        row = _number(state.row) if state.row else None
        searcher = self._searcher(state.space, row)
        query = self._query(searcher, state, row)
        tell(Message("{title}: the index, and the chance of a match", title=self.source.title))
        what = _searched(state, searcher, query)
        found = tuple(searcher.find(query, what, state.top, state.words))
        told = dict[str, list[LabelShare]]()
        if query.by == "image" and state.labels and (names := _classes(searcher)):
            tell(Message("{title}: labels", title=self.source.title))
            told = picture_labels(searcher, query, names)
        asked = None if state.words or query.image is None else _image(searcher, query.image)
        described = {hit: searcher.described(hit) for one in found for hit in one.hits}
        shown = "" if query.by == "text" or query.image is not None else self._shown(state)
        notes = tuple(search_notes(searcher, query, what, found))
        return Answer(found, described, told, notes, query.by, asked, shown, query.image)

    def _query(self, searcher: Searcher, state: SearchState, row: int | None) -> SearchQuery:
        if state.words:
            return searcher.of_words(state.words)
        if state.image:
            return searcher.of_image(searcher.image_named(state.image))
        if row is not None:
            return searcher.of_row(row)
        picture = self.pictures.get(state.picture)
        if picture is None:
            raise SearchError(N_("This picture is no longer here: choose its file again."))
        return searcher.of_picture(picture)

    def _shown(self, state: SearchState) -> str:
        picture = self.pictures.get(state.picture)
        return "" if picture is None else as_address(picture)

    def _searcher(self, space: str, row: int | None) -> Searcher:
        key = space, row if space and self.source.dataset.vectors is not None else None
        with self._lock:
            if key not in self._searchers:
                self._searchers[key] = Searcher(self.source, space or None, self.kind, key[1])
            return self._searchers[key]


def _searched(state: SearchState, searcher: Searcher, query: SearchQuery) -> tuple[Modality, ...]:
    """The modalities that are searched; without any text images find images."""
    asked: dict[str, tuple[Modality, ...]] = {"images": ("image",), "texts": ("text",), "both": ("image", "text")}
    usual: tuple[Modality, ...] = ("image",) if query.by == "text" else ("text",)
    what = asked.get(state.what, usual)
    return what if len(searcher.searched.texts) else ("image",)


def _classes(searcher: Searcher) -> list[str]:
    """The classes of the data set that a picture can be told to be of; none where it has none, or only one."""
    if searcher.source.dataset.vectors is not None or searcher.source.categories is None:
        return []
    names = own_labels(searcher)
    return names if len(names) > 1 else []


def _image(searcher: Searcher, place: int) -> Described:
    return searcher.described(Hit("image", place, 0.0, None))


def _number(row: str) -> int:
    if not (row.isascii() and row.isdigit()):
        raise SearchError(Message("{row} is no row: rows are whole numbers from 0.", row=row))
    return int(row)
