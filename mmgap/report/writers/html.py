"""The report as one HTML page without scripts; every text is escaped."""

from __future__ import annotations

from html import escape as _escape
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
from mmgap.report.writers.set_tables import set_table

_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1.5rem; }
h1, h2, h3 { line-height: 1.2; font-weight: 600; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
.wide { overflow-x: auto; margin: .5rem 0 2rem; }
.caption { font-weight: 600; margin: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9em; }
thead th { border-bottom: 1.5px solid; border-top: 2px solid; vertical-align: bottom; }
tbody tr:last-child td { border-bottom: 2px solid; }
tbody tr:nth-child(even) { background: #8881; }
th, td { padding: .25rem .7rem; white-space: nowrap; }
.gallery { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; flex: 1 1 26rem; max-width: 44rem; }
figure img { width: 100%; background: #fff; border-radius: 4px; }
figcaption { font-size: .9em; }
"""


def write(document: Document) -> str:
    """Return the whole document as HTML."""
    title = escape(document.title)
    body = "\n".join(_block(block) for block in document.blocks)
    return (
        f'<!doctype html>\n<html lang="{escape(document.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def table(block: Table) -> str:
    """Return one table; tabulate escapes its cells."""
    return set_table(block, "html", one_line)


def escape(text: str) -> str:
    """Return text, also inside a quoted attribute."""
    return _escape(one_line(text), quote=True)


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            return f"<p>{escape(block.text)}</p>"
        case Bullets():
            return _list("ul", block.texts)
        case Footnotes():
            return _list(f'ol start="{block.start}"', block.texts)
        case Table():
            caption = f'<p class="caption">{escape(block.caption)}</p>\n' if block.caption else ""
            return f'{caption}<div class="wide">{table(block)}</div>'
        case Gallery():
            return '<div class="gallery">' + "\n".join(_figure(figure) for figure in block.figures) + "</div>"
        case Links():
            links = ", ".join(f'<a href="{quote(target)}">{escape(words)}</a>' for words, target in block.targets)
            return f"<p>{escape(block.lead)}: {links}.</p>"


def _list(tag: str, texts: tuple[str, ...]) -> str:
    entries = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<{tag}>{entries}</{tag.split()[0]}>"


def _figure(figure: Figure) -> str:
    source = quote(str(figure.vector or figure.path))
    caption = escape(figure.caption)
    image = f'<a href="{source}"><img src="{source}" alt="{escape(figure.alt)}" loading="lazy"></a>'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"
