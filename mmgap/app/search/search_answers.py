"""What the page of a search answers: found once for everybody who asks the same."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from mmgap.app.search.found import Described, Found, LabelShare
from mmgap.app.search.known_pairs import Modality
from mmgap.app.search.query_input import picture_of
from mmgap.app.search.search_column import Hit, SearchQuery
from mmgap.app.search.search_state import SearchState
from mmgap.app.search.searcher import Searcher, SearchError
from mmgap.app.search.vector_index import Kind
from mmgap.app.shell.source import Source
from mmgap.core.messages import N_, Message

#: Pictures that were uploaded and are kept in memory, and the bytes of the largest one.
PICTURES, LARGEST = 16, 20_000_000


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
        problem: why nothing was searched; "" where it was.
    """

    found: tuple[Found, ...] = ()
    described: dict[Hit, Described] = field(default_factory=dict)
    labels: dict[str, list[LabelShare]] = field(default_factory=dict)
    notes: tuple[str | Message, ...] = ()
    by: Modality = "text"
    asked: Described | None = None
    problem: str | Message = ""


class SearchAnswers:
    """The searchers of one source, by space, and the pictures that were uploaded to be asked by.

    Args:
        source: what is searched.
        kind: of the indexes.
    """

    def __init__(self, source: Source, kind: Kind = "flat") -> None:
        self.source, self.kind = source, kind
        self._lock = threading.RLock()
        self._searchers, self._pictures = dict[tuple[str, int | None], Searcher](), OrderedDict[str, bytes]()

    def keep_picture(self, content: bytes) -> str:
        """Return the digest by which a picture that was uploaded can be asked by; the latest ones are kept.

        Raises:
            ImageFileError: not a picture.
            ValueError: larger than `LARGEST` bytes.
        """
        if len(content) > LARGEST:
            raise ValueError(f"a picture may have {LARGEST // 1_000_000} MB, and this one has more")
        picture_of(content)
        digest = hashlib.sha256(content).hexdigest()[:32]
        with self._lock:
            self._pictures[digest] = content
            self._pictures.move_to_end(digest)
            while len(self._pictures) > PICTURES:
                self._pictures.popitem(last=False)
        return digest

    def picture(self, digest: str) -> bytes | None:
        """Return a picture that was uploaded; None for one that is not kept."""
        with self._lock:
            return self._pictures.get(digest)

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
            told = searcher.labels(query, names)
        asked = None if state.words or query.image is None else _image(searcher, query.image)
        described = {hit: searcher.described(hit) for one in found for hit in one.hits}
        return Answer(found, described, told, tuple(searcher.notes(query, what)), query.by, asked)

    def _query(self, searcher: Searcher, state: SearchState, row: int | None) -> SearchQuery:
        if state.words:
            return searcher.of_words(state.words)
        if state.image:
            return searcher.of_image(searcher.image_named(state.image))
        if row is not None:
            return searcher.of_row(row)
        content = self.picture(state.picture)
        if content is None:
            raise SearchError(N_("This picture is no longer here: choose its file again."))
        return searcher.of_picture(picture_of(content))

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
    names = searcher.own_labels()
    return names if len(names) > 1 else []


def _image(searcher: Searcher, place: int) -> Described:
    return searcher.described(Hit("image", place, 0.0, None))


def _number(row: str) -> int:
    if not (row.isascii() and row.isdigit()):
        raise SearchError(Message("{row} is no row: rows are whole numbers from 0.", row=row))
    return int(row)
