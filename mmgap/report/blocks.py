"""What a report is before it has a format: blocks of plain text, from which Markdown, LaTeX and HTML are written.

Nothing here is escaped: each writer escapes every text it is given, so a caption or a name can hold anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

#: What stands where there is no value.
MISSING = "—"


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are set flush right."""

    header: str
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """Columns and rows of plain text.

    Attributes:
        name: a slug, unique in its report; the LaTeX table is the file ``tables/<name>.tex``.
        caption: what the table shows, and what all of its rows have in common; empty under a heading that says it.
        columns: C columns.
        rows: each of C texts.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.name!r}: a row of {len(row)} cells under {len(self.columns)} columns")


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 or 3; the document's title is level 1."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Footnotes:
    """Numbered from ``start``: tables refer to them by number."""

    texts: tuple[str, ...]
    start: int = 1


@dataclass(frozen=True)
class Figure:
    """A picture by its path relative to the document.

    ``alt`` says in few words what it is; ``vector`` is the same picture as SVG, where there is one.
    """

    path: PurePosixPath
    caption: str
    alt: str
    vector: PurePosixPath | None = None

    @property
    def moves(self) -> bool:
        """An animation, which paper cannot show."""
        return self.path.suffix == ".gif"


@dataclass(frozen=True)
class Gallery:
    """The pictures of one cell, side by side where the format can."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Links:
    """A line of (words, relative path)."""

    lead: str
    targets: tuple[tuple[str, str], ...]


Block: TypeAlias = Table | Heading | Paragraph | Bullets | Footnotes | Gallery | Links


@dataclass(frozen=True)
class Document:
    title: str
    language: str
    blocks: Sequence[Block]

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]


def shorten(text: str, length: int) -> str:
    """Return the text, its middle left out where it is longer than ``length``.

    >>> shorten("vectors:features_clip.npy", 12)
    'vector…p.npy'
    """
    tail = (length - 1) // 2
    return text if len(text) <= length else f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def one_line(text: str) -> str:
    """Runs of white space, line breaks and control characters become one space."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
