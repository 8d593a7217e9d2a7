"""The short report: answers, verdicts and main tables; what blocks call a detail is counted, with a link to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mmgap.core.messages import counted
from mmgap.report.blocks import (
    Block,
    Bullets,
    Document,
    Fold,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Table,
    under_headings,
)
from mmgap.report.translation import translated

#: A part with more tables left out has a link to their folder.
NAMED = 4


def shortened(document: Document) -> Document:
    """Return the document without details: in each part of a fold, a line leads to its tables as CSV and to the page.

    Nothing is lost: the page and the LaTeX have all blocks, and ``tables/`` every table.
    """
    return replace(document, blocks=[_short(block, document.language) for block in document.blocks])


def _short(block: Block, language: str) -> Block:
    if not isinstance(block, Fold):
        return block
    made: list[Block] = []
    for part in _parts(block.blocks):
        left = _LeftOut()
        kept = under_headings([kept for one in part for kept in left.without(one)])
        line = left.line(block.anchor, language)
        made += [*(kept or part[:1] * bool(line)), *line]
    return replace(block, blocks=tuple(made))


def _parts(blocks: Sequence[Block]) -> list[list[Block]]:
    """The blocks under each heading of the highest level in a fold."""
    parts: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, Heading) and block.level == 3:
            parts.append([])
        parts[-1].append(block)
    return parts


@dataclass
class _LeftOut:
    """What a part leaves out."""

    tables: list[Table] = field(default_factory=list)
    pictures: int = 0
    notes: int = 0

    def without(self, block: Block) -> list[Block]:
        """Return what stays of a block."""
        match block:
            case Footnotes():
                kept = tuple(text for number, text in enumerate(block.texts, block.start) if number in block.kept)
                self.notes += len(block.texts) - len(kept)
                return [Bullets(kept)] if kept else []
            case Table(detail=True):
                self.tables.append(block)
            case Gallery(detail=True):
                self.pictures += len(block.figures)
            case Bullets(detail=True):
                self.notes += len(block.texts)
            case _:
                return [block]
        return []

    def line(self, anchor: str, language: str) -> list[Block]:
        """Return the line that leads to it; none where nothing was left out."""
        page = f"report.html#{anchor}"
        targets = [(table.name, f"tables/{table.name}.csv") for table in self.tables]
        if len(targets) > NAMED:
            words = counted("{n} table as CSV", "{n} tables as CSV", n=len(targets))
            targets = [(translated(words, language), "tables/")]
        for words, count in (
            (counted("{n} picture", "{n} pictures", n=self.pictures), self.pictures),
            (counted("{n} note", "{n} notes", n=self.notes), self.notes),
        ):
            targets += [(translated(words, language), page)] * (count > 0)
        return [Links(translated("Further", language), tuple(targets))] if targets else []
