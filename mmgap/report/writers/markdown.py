"""The report as GitHub-flavoured Markdown; whatever a text holds, it is shown as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape as html_escape
from urllib.parse import quote

from mmgap.core.messages import counted
from mmgap.report.blocks import (
    Block,
    Bullets,
    Document,
    Figure,
    Fold,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Paragraph,
    Table,
    one_line,
    shorten,
)
from mmgap.report.shaped_tables import chosen, columns
from mmgap.report.translation import translated
from mmgap.report.writers.set_tables import set_table

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


#: What it does not lead to: itself.
_OWN = "report.md"

#: A line of a table is at most so long, and a table at most so many lines; the CSV beside it has all.
WIDE, LINES = 120, 24

#: More links than this are a list.
LISTED = 4

#: Letters of a cell's text and of a heading: the most, and fewer where a line would be too long otherwise.
LETTERS = (44, 36, 28, 20, 14)


def write(document: Document, root: str = "") -> str:
    """Return the whole document as Markdown; ``root`` leads from where it lies to the report's folder."""
    parts = [f"# {escape(document.title)}"]
    parts += [_block(block, document.language, root) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def table(block: Table) -> str:
    """Return one table in pipes; every cell is one line and its pipes are escaped."""
    return set_table(block, "pipe", escape)


def narrow_tables(block: Table) -> list[str]:
    """Return the table in pieces whose lines are at most `WIDE` long; each begins with what tells its rows apart.

    Long texts lose their middle; numbers are whole.
    """
    keys = _keys(block)
    for letters in LETTERS:
        short = _shortened(block, letters)
        others = [place for place in range(len(block.columns)) if place not in keys]
        if letters == LETTERS[-1] or all(_width(short, [*keys, place]) <= WIDE for place in others):
            break
    pieces: list[list[int]] = [[*keys]]
    for place in others:
        if len(pieces[-1]) > len(keys) and _width(short, [*pieces[-1], place]) > WIDE:
            pieces.append([*keys])
        pieces[-1].append(place)
    return [_compact(columns(short, piece)) for piece in pieces]


def _keys(block: Table) -> list[int]:
    """The first columns of words, as many as tell the rows apart."""
    words = [place for place, column in enumerate(block.columns) if not column.numeric] or [0]
    for count in range(1, len(words)):
        if len({tuple(row[place] for place in words[:count]) for row in block.rows}) == len(block.rows):
            return words[:count]
    return words


def _shortened(block: Table, letters: int) -> Table:
    heads = tuple(replace(column, header=shorten(one_line(column.header), letters)) for column in block.columns)
    rows = tuple(tuple(shorten(one_line(cell), letters) for cell in row) for row in block.rows)
    return replace(block, columns=heads, rows=rows)


def _width(block: Table, places: list[int]) -> int:
    return max(map(len, _compact(columns(block, places)).splitlines()))


def _compact(block: Table) -> str:
    """A table in pipes whose columns are no wider than they must be."""
    made = re.sub(r" {2,}", " ", table(block))
    return re.sub(r"(?m)^\|[:|-]+\|$", lambda line: re.sub(r"-{2,}", "--", line[0]), made)


def escape(text: str) -> str:
    r"""Return the text that Markdown and the HTML in it would take for markup, disarmed.

    >>> escape("a|b <i> *x* $y$ 0.85 [0.84, 0.86] [l](u)")
    'a\\|b &lt;i&gt; \\*x\\* \\$y\\$ 0.85 [0.84, 0.86] [l\\](u)'
    """
    text = re.sub(r"([\\`*|$~])", r"\\\1", one_line(text)).translate(_ENTITIES)
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)  # inside a word it marks nothing
    text = re.sub(r"^(#+|[+-])(?= |$)", r"\\\1", text)  # neither a heading nor a list
    text = re.sub(r"^(\d+)([.)])(?= |$)", r"\1\\\2", text)
    text = re.sub(r"^(?=\[)", r"\\", text)  # nor is it the definition of a link
    return re.sub(r"\](?=[(\[])", r"\\]", text)


def _block(block: Block, language: str, root: str) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {escape(block.text)}"
        case Paragraph():
            return f"**{escape(block.text)}**" if block.strong else escape(block.text)
        case Bullets():
            return "\n".join(f"- {escape(text)}" for text in block.texts)
        case Footnotes():
            return "\n".join(f"{number}. {escape(text)}" for number, text in enumerate(block.texts, block.start))
        case Table():
            return _table(block, language, root)
        case Gallery():
            return "\n\n".join(_figure(figure, language, root) for figure in block.figures)
        case Links():
            links = [
                f"[{escape(words)}]({quote(root + target, safe='/#')})"
                for words, target in block.targets
                if root + target != _OWN
            ]
            if len(links) > LISTED:
                return "\n".join([f"{escape(block.lead)}:\n", *(f"- {link}" for link in links)])
            return f"{escape(block.lead)}: {', '.join(links)}."
        case Fold():
            inside = [f"## {escape(block.title)}", *(_block(one, language, root) for one in block.blocks)]
            return f'<a id="{html_escape(block.anchor)}"></a>\n\n' + "\n\n".join(inside)


def _table(block: Table, language: str, root: str) -> str:
    """The chosen columns of a table that is short enough, and where the rest is."""
    parts = [escape(block.caption)] if block.caption else []
    some = chosen(block)
    if len(some.rows) <= LINES:
        parts += narrow_tables(some)
    if len(some.rows) > LINES or len(some.columns) < len(block.columns):
        more = translated(
            counted(
                "{n} row of {columns} columns",
                "{n} rows of {columns} columns",
                n=len(block.rows),
                columns=len(block.columns),
            ),
            language,
        )
        parts.append(
            f"[{escape(translated('The whole table as CSV', language))}]({root}tables/{quote(block.name)}.csv) ({more})"
        )
    return "\n\n".join(parts)


def _figure(figure: Figure, language: str, root: str) -> str:
    vector = f" ([{translated('as SVG', language)}]({root}{quote(str(figure.vector))}))" if figure.vector else ""
    return f"![{escape(figure.alt)}]({root}{quote(str(figure.path))})\n\n{escape(figure.caption)}{vector}"
