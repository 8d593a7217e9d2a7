"""A source that can be searched: by words, by a picture, by a row; as it is, and in a space beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mmgap import datasets
from mmgap.app.search.exact_words import Keywords
from mmgap.app.search.found import Described, Found
from mmgap.app.search.known_pairs import KnownPairs, Modality, Pairs
from mmgap.app.search.query_input import usable
from mmgap.app.search.search_column import Hit, SearchColumn, SearchQuery
from mmgap.app.search.searched_rows import SearchedRows
from mmgap.app.search.vector_index import Kind
from mmgap.core.messages import N_, Message, quoted
from mmgap.datasets.base import DatasetError
from mmgap.encoders.embed import embed
from mmgap.encoders.feeding import prepared_for

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgap.app.shell.source import Source

#: What a column without a space is called.
AS_IS = N_("as is")


class SearchError(ValueError):
    """A search that cannot be done as asked; the message says why and what would do."""


class Searcher:
    """Search in a source.

    Args:
        source: as it was opened.
        space: spec of a space that is searched beside the vectors as they are; None for these alone.
        kind: of the index.
        text: of saved vectors in a space, the text row that will be asked: the half of the vectors is searched that it
            belongs to.

    Raises:
        SpaceError: a space that cannot be fitted here.
        ValueError: images and texts of different widths without a space that joins them.
    """

    def __init__(self, source: Source, space: str | None = None, kind: Kind = "flat", text: int | None = None) -> None:
        self.source, self.kind, self.space = source, kind, space
        self.shown = source.shown(space, text)
        captions = source.captions
        self.searched = Pairs(
            self.shown.before.images,
            self.shown.before.texts,
            self.shown.owner,
            [source.names[place] for place in self.shown.places],
            None if captions is None else [captions[place] for place in self.shown.text_places],
        )

    @cached_property
    def columns(self) -> dict[str, SearchColumn]:
        """The columns by what they are called, as is first; that is left out where it cannot be searched."""
        shown, found = self.shown, dict[str, SearchColumn]()
        known = self.known
        if self.space is None or self.searched.images.shape[1] == self.searched.texts.shape[1]:
            found[AS_IS] = SearchColumn(SearchedRows(self.searched, None, "", self.kind, None), known)
        if self.space is not None:
            rows = SearchedRows(self.searched, shown.fitted, self.space, self.kind, shown.after.scorer)
            found[self.space] = SearchColumn(rows, known)
        return found

    @cached_property
    def known(self) -> KnownPairs:
        """Pairs that the chance of a match is fitted on: of the validation split, else those that are searched, in
        halves."""
        dataset = self.source.dataset
        if dataset.vectors is None and dataset.split != "validation":
            try:
                other = datasets.load(self.source.spec, split="validation", captions=dataset.caption_policy)
            except DatasetError:
                return KnownPairs.themselves(self.searched)
            if len(other.image_ids) > 1 and other.captions:
                other = prepared_for(self.source.encoder, other)
                vectors = embed(self.source.encoder, other)
                pairs = Pairs(vectors.images, vectors.texts, other.owner, other.image_ids, other.captions)
                return KnownPairs.held_out(pairs, self.searched)
        return KnownPairs.themselves(self.searched)

    @cached_property
    def keywords(self) -> Keywords | None:
        """Which images have a keyword; None where captions are no lists of keywords."""
        prompt = self.source.dataset.prompt
        if not prompt or self.searched.words is None:
            return None
        return Keywords(self.searched.words, self.searched.owner.tolist(), prompt)

    def of_words(self, words: str) -> SearchQuery:
        """Return the query that words are, in the prompt of the captions.

        Raises:
            SearchError: no words.
            EncoderError: of saved vectors, whose encoder is not known.
        """
        words = usable(words)
        if not words:
            raise SearchError(N_("Type what the picture should show."))
        return SearchQuery(self.source.encode_texts([words])[0], "text")

    def of_picture(self, picture: Image) -> SearchQuery:
        """Return the query that another picture is, RGB; it goes through what the source's pictures went through."""
        from mmgap.datasets.resizing import Preparation

        about = self.source.dataset.preparation
        if "size" in about:
            from PIL import Image as pillow

            picture = pillow.fromarray(Preparation(about["size"], about["resize"])(picture))
        return SearchQuery(self.source.encode_pictures([picture])[0], "image")

    def of_image(self, place: int) -> SearchQuery:
        """Return the query that one of the images searched is, by its place.

        Raises:
            SearchError: no such image.
        """
        if not 0 <= place < len(self.searched.images):
            raise SearchError(
                Message(
                    "There are images 0 to {last}, and not {place}.", last=len(self.searched.names) - 1, place=place
                )
            )
        return SearchQuery(self.searched.images[place], "image", place, place)

    def of_row(self, row: int) -> SearchQuery:
        """Return the query that a text is, by its row among all texts of the source.

        Raises:
            SearchError: no such text, or one that is not searched.
        """
        count = len(self.source.vectors.texts)
        if not 0 <= row < count:
            raise SearchError(Message("There are texts 0 to {last}, and not {row}.", last=count - 1, row=row))
        place = int(np.searchsorted(self.shown.text_places, row))
        return SearchQuery(self.searched.texts[place], "text", place, int(self.searched.owner[place]))

    def find(self, query: SearchQuery, what: Sequence[Modality], k: int, words: str = "") -> list[Found]:
        """Return what a query finds in each column.

        Images one of whose keywords is the query itself come before all others, in the order of their scores.

        Args:
            query: of one of the methods above.
            what: modalities that are searched.
            k: how many.
            words: of the query, where it has any.
        """
        exact = frozenset[int]() if self.keywords is None or not words else self.keywords.saying(usable(words))
        return [Found(name, self._first(column, query, what, k, exact), exact) for name, column in self.columns.items()]

    def described(self, hit: Hit) -> Described:
        """Return what is said of a thing found."""
        searched = self.searched
        image = hit.place if hit.modality == "image" else int(searched.owner[hit.place])
        texts = [hit.place] if hit.modality == "text" else searched.texts_of_image.get(image, [])[:1]
        words = searched.words
        caption = words[texts[0]] if texts and words is not None else None
        rows = [int(self.shown.text_places[text]) for text in texts]
        row = rows[0] if hit.modality == "text" else int(self.shown.places[image])
        return Described(image, int(self.shown.places[image]), row, searched.names[image], caption)

    def image_named(self, name: str) -> int:
        """Return the place of an image among those searched, by its name or its number.

        Raises:
            SearchError: there is none.
        """
        names = list(self.searched.names)
        if name in names:
            return names.index(name)
        if not (name.isascii() and name.isdigit() and int(name) < len(names)):
            raise SearchError(
                Message(
                    "There is no image {name}: give its name, or a number from 0 to {last}.",
                    name=quoted(name),
                    last=len(names) - 1,
                )
            )
        return int(name)

    def _first(
        self, column: SearchColumn, query: SearchQuery, what: Sequence[Modality], k: int, exact: frozenset[int]
    ) -> tuple[Hit, ...]:
        first = column.scored(query, exact) if "image" in what else []
        others = (hit for hit in column.find(query, what, k) if hit.modality != "image" or hit.place not in exact)
        return (*first, *others)[:k]
