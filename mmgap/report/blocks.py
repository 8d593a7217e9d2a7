"""What a report is before it has a format: blocks of plain text, from which Markdown, LaTeX and HTML are written.

Nothing here is escaped: each writer escapes every text it is given, so a caption or a name can hold anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

from mmgap.rows.row import slug

#: What stands where there is no value.
MISSING = "—"


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are set flush right.

    A column that is not ``chosen`` is one of many of a long table: formats that cannot unfold it leave it to the CSV.
    One that stands ``aside`` is left out where a page is as narrow as a phone.
    """

    header: str
    numeric: bool = True
    chosen: bool = True
    aside: bool = False


@dataclass(frozen=True)
class Table:
    """Columns and rows of plain text.

    Attributes:
        name: a slug, unique in its report; its files are ``tables/<name>.tex`` and ``tables/<name>.csv``.
        caption: what the table shows, and what all of its rows have in common; empty under a heading that says it.
        columns: C columns.
        rows: each of C texts.
        question: the fold it stands in (`mmgap.report.questions`); empty for that of its section.
        best: (row, column) of the cells that are set in bold.
        detail: the short report leaves it to the page and its CSV, as of every block that has this.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    question: str = ""
    best: frozenset[tuple[int, int]] = frozenset()
    detail: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.name!r}: a row of {len(row)} cells under {len(self.columns)} columns")


@dataclass(frozen=True)
class Heading:
    """A heading of level 2 to 4; the document's title is level 1."""

    text: str
    level: int = 2

    @property
    def anchor(self) -> str:
        """What links lead to."""
        return slug(self.text)[:80].strip("-")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; a ``strong`` one is what a reader in a hurry should see."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    texts: tuple[str, ...]
    detail: bool = False


@dataclass(frozen=True)
class Footnotes:
    """Numbered from ``start``: tables refer to them by number.

    The short report has those alone whose numbers are ``kept``: how a part was made and what it lacks.
    """

    texts: tuple[str, ...]
    start: int = 1
    kept: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A picture by its path relative to the document.

    ``alt`` says in few words what it is; ``vector`` is the same picture as SVG, where there is one; ``explored`` a JSON
    file from which a page draws it anew, see `mmgap.report.figures.page_plots`.
    """

    path: PurePosixPath
    caption: str
    alt: str
    vector: PurePosixPath | None = None
    explored: PurePosixPath | None = None

    @property
    def local(self) -> bool:
        """It shows what must not leave this machine."""
        return "local" in self.path.parts

    @property
    def moves(self) -> bool:
        """An animation, which paper cannot show."""
        return self.path.suffix == ".gif"


@dataclass(frozen=True)
class Gallery:
    """The pictures of one cell, side by side where the format can."""

    figures: tuple[Figure, ...]
    detail: bool = False


@dataclass(frozen=True)
class Links:
    """A line of (words, relative path); ``contents`` are links to the document's folds, too."""

    lead: str
    targets: tuple[tuple[str, str], ...]
    contents: bool = False

    def beside(self, own: str) -> list[tuple[str, str]]:
        """Return the targets but for the file that the line stands in."""
        return [(words, target) for words, target in self.targets if target != own]


@dataclass(frozen=True)
class Fold:
    """Blocks behind a heading of level 2 that a page shows when they are asked for.

    Attributes:
        anchor: what links lead to, unique in its report.
        title: the heading.
        blocks: what is behind it; no fold among them.
        open: whether a page shows it from the start.
        listed: whether the contents name it.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    open: bool = False
    listed: bool = True


Block: TypeAlias = Table | Heading | Paragraph | Bullets | Footnotes | Gallery | Links | Fold


@dataclass(frozen=True)
class Document:
    title: str
    language: str
    blocks: Sequence[Block]

    @property
    def flat(self) -> list[Block]:
        """All blocks in their order, folds as their headings and what follows."""
        return list(_flat(self.blocks))

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.flat if isinstance(block, Table)]

    @property
    def folds(self) -> list[Fold]:
        return [block for block in self.blocks if isinstance(block, Fold)]


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Fold):
            yield Heading(block.title)
            yield from block.blocks
        else:
            yield block


def under_headings(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks without headings that nothing stands under, as where a cell's arrays are gone."""
    kept: list[Block] = []
    for block in reversed(blocks):
        below = kept[-1] if kept else None
        if isinstance(block, Heading) and (
            below is None or (isinstance(below, Heading) and below.level <= block.level)
        ):
            continue
        kept.append(block)
    return kept[::-1]


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
