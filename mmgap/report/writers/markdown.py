"""The report as GitHub-flavoured Markdown; whatever a text holds, it is shown as it is."""

from __future__ import annotations

import re
from urllib.parse import quote

from mmgap.report.blocks import (
    Block,
    Bullets,
    Document,
    Figure,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Paragraph,
    Table,
    one_line,
)
from mmgap.report.translation import translated
from mmgap.report.writers.set_tables import set_table

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write(document: Document) -> str:
    """Return the whole document as Markdown."""
    parts = [f"# {escape(document.title)}"]
    parts += [_block(block, document.language) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def table(block: Table) -> str:
    """Return one table in pipes; every cell is one line and its pipes are escaped."""
    return set_table(block, "pipe", escape)


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


def _block(block: Block, language: str) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {escape(block.text)}"
        case Paragraph():
            return escape(block.text)
        case Bullets():
            return "\n".join(f"- {escape(text)}" for text in block.texts)
        case Footnotes():
            return "\n".join(f"{number}. {escape(text)}" for number, text in enumerate(block.texts, block.start))
        case Table():
            return f"**{escape(block.caption)}**\n\n{table(block)}" if block.caption else table(block)
        case Gallery():
            return "\n\n".join(_figure(figure, language) for figure in block.figures)
        case Links():
            links = ", ".join(f"[{escape(words)}]({quote(target)})" for words, target in block.targets)
            return f"{escape(block.lead)}: {links}."


def _figure(figure: Figure, language: str) -> str:
    vector = f" ([{translated('as SVG', language)}]({quote(str(figure.vector))}))" if figure.vector else ""
    return f"![{escape(figure.alt)}]({quote(str(figure.path))})\n\n{escape(figure.caption)}{vector}"
