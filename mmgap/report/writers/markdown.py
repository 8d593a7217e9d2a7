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


#: A line of a table is at most so long, and a table at most so many lines; the CSV beside it has all.
WIDE, LINES = 120, 24

#: Of a cell's text and of a heading, where a table would be too wide otherwise.
LETTERS = 34


def write(document: Document) -> str:
    """Return the whole document as Markdown."""
    parts = [f"# {escape(document.title)}"]
    parts += [_block(block, document) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def table(block: Table) -> str:
    """Return one table in pipes; every cell is one line and its pipes are escaped."""
    return set_table(block, "pipe", escape)


def narrow_tables(block: Table) -> list[str]:
    """Return the table in as many pieces side by side as lines of `WIDE` need; each begins with the first column.

    Texts longer than `LETTERS` lose their middle; numbers are whole.
    """
    short = replace(
        block,
        columns=tuple(replace(column, header=shorten(one_line(column.header), LETTERS)) for column in block.columns),
        rows=tuple(tuple(shorten(one_line(cell), LETTERS) for cell in row) for row in block.rows),
    )
    if len(short.columns) < 2:
        return [_compact(short)]
    pieces, start = [], 1
    while True:
        end = start + 1
        while end < len(short.columns) and _width(columns(short, [0, *range(start, end + 1)])) <= WIDE:
            end += 1
        pieces.append(_compact(columns(short, [0, *range(start, end)])))
        if end >= len(short.columns):
            return pieces
        start = end


def _width(block: Table) -> int:
    return max(map(len, _compact(block).splitlines()))


def _compact(block: Table) -> str:
    """A table in pipes whose columns are no wider than they must be."""
    return re.sub(r"(?m)(?<=[^ ]) {2,}(?=\|)", " ", re.sub(r"(?m)(?<=\|) {2,}(?=[^ ])", " ", table(block)))


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


def _block(block: Block, document: Document) -> str:
    language = document.language
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
            return _table(block, language)
        case Gallery():
            return "\n\n".join(_figure(figure, language) for figure in block.figures)
        case Links():
            links = ", ".join(f"[{escape(words)}]({quote(target)})" for words, target in block.targets)
            return f"{escape(block.lead)}: {links}."
        case Fold():
            inside = [f"## {escape(block.title)}", *(_block(one, document) for one in block.blocks)]
            return f'<a id="{html_escape(block.anchor)}"></a>\n\n' + "\n\n".join(inside)


def _table(block: Table, language: str) -> str:
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
            f"[{escape(translated('The whole table as CSV', language))}](tables/{quote(block.name)}.csv) ({more})"
        )
    return "\n\n".join(parts)


def _figure(figure: Figure, language: str) -> str:
    vector = f" ([{translated('as SVG', language)}]({quote(str(figure.vector))}))" if figure.vector else ""
    return f"![{escape(figure.alt)}]({quote(str(figure.path))})\n\n{escape(figure.caption)}{vector}"
