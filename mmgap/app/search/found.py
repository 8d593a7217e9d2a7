"""What a search gives: what each column found, what is said of it, and the labels of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from mmgap.app.search.search_column import Hit


@dataclass(frozen=True)
class Found:
    """What a query found in one column.

    Attributes:
        column: `AS_IS`, or the space.
        hits: best first.
        exact: places of the images one of whose keywords the query is; they stand before all others.
    """

    column: str
    hits: tuple[Hit, ...]
    exact: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Described:
    """What is said of a thing found.

    Attributes:
        image: place among the images searched of it, or of the image that it belongs to.
        picture: place of that image in the source.
        row: of it among all images, or all texts, of the source.
        name: of the image.
        caption: its own, or the first one of the image; None where captions are not known.
    """

    image: int
    picture: int
    row: int
    name: str
    caption: str | None


@dataclass(frozen=True)
class LabelShare:
    """A label of a picture.

    Attributes:
        label: its words.
        score: cosine of the picture with the label in its prompt.
        share: of the chance, if exactly one of the labels is right; None where no chance is known.
    """

    label: str
    score: float
    share: float | None
