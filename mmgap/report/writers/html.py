"""The report as one HTML page that needs nothing beside it: pictures, style and scripts are in it.

Every text is escaped. Folds are ``<details>``. Tables sort, filter, hide columns and are copied by `page/report.js`
once their fold opens, with DataTables where itables is installed (`mmgap.report.writers.interactive_tables`). Drawings
of closed folds are packed, a quarter of their size, and unpacked by `page/folded.js`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from html import escape as _escape
from pathlib import Path
from urllib.parse import quote

from mmgap.core.messages import N_
from mmgap.report.blocks import (
    Block,
    Bullets,
    Column,
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
)
from mmgap.report.translation import translated
from mmgap.report.writers.inlined_pictures import picture_address
from mmgap.report.writers.interactive_pictures import BUDGET, explored, plotly
from mmgap.report.writers.interactive_tables import bundle
from mmgap.report.writers.packed_text import packed

#: Nothing is asked of any host: style, scripts and pictures come with the page.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:"

#: What a page does not lead to: itself.
_OWN = "report.html"

#: A table of more rows is held as data until its fold opens: a page of thousands of rows opens at once.
LONG = 200

#: The ends of an interval.
_INTERVAL = re.compile(r"\[([-−+]?[\d.]+), ([-−+]?[\d.]+)\]")

_PAGE = Path(__file__).with_name("page")

#: Hides from the first moment on what only those read whose browser runs no script.
_SCRIPTED = '<script>document.documentElement.classList.add("scripted")</script>\n'

#: What those read whose browser does not unpack pictures.
_FOLDED = N_(
    "Most pictures of this page are packed, and this browser does not run the script that unpacks them. They are in"
    " the folder “figures” of the report."
)

#: What the script says.
_WORDS = {
    "all": N_("all"),
    "columns": N_("Columns"),
    "filter": N_("Filter rows"),
    "info": N_("_START_ to _END_ of _TOTAL_ rows"),
    "none": N_("no rows"),
    "sort": N_("sort"),
    "copy": N_("Copy as"),
    "copied": N_("copied"),
    "refused": N_("this browser does not let pages copy"),
    "explore": N_("Explore"),
    "picture": N_("Back to the picture"),
    "shown": N_("Shown"),
}


def write(document: Document, folder: Path | None = None) -> str:
    """Return the whole document as HTML.

    Args:
        document: what it says.
        folder: where its pictures lie; those that are not there, and all without a folder, are linked to by their path.
    """
    return _Page(document, folder).text()


def table(block: Table) -> str:
    """Return one table; its cells are escaped."""
    heads = "".join(map(_head, block.columns))
    long = len(block.rows) > LONG
    body = "" if long else "".join(f"<tr>{_row(block, number)}</tr>\n" for number in range(len(block.rows)))
    name = escape(block.name)
    about = escape(block.caption or block.name)
    held = f'<script type="application/json" id="{name}--rows">{_json(_cells(block))}</script>' if long else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{about}">'
        f'<table class="report-table" id="{name}" aria-label="{about}"><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>{held}"
    )


def escape(text: str) -> str:
    """Return text, also inside a quoted attribute."""
    return _escape(one_line(text), quote=True)


class _Page:
    """One document on its way to HTML: anchors are told apart, pictures are read from its folder."""

    def __init__(self, document: Document, folder: Path | None) -> None:
        self.document, self.folder = document, folder
        self.anchors: Counter[str] = Counter()
        self.explored, self.folded = 0, False
        self.drawings: list[str] = []
        self.plotly = plotly() if any(isinstance(block, Gallery) for block in document.flat) else ""

    def text(self) -> str:
        document, title = self.document, escape(self.document.title)
        body = "\n".join(self.block(block) for block in document.blocks)
        script, style = bundle() if document.tables else ("", "")
        words = {name: translated(word, document.language) for name, word in _WORDS.items()}
        library = _held("datatables", script)
        scripts, untold = ["report.js"], ""
        if self.drawings:
            library += _held("pictures", packed(json.dumps(self.drawings).encode()))
            untold = f'{_SCRIPTED}<p class="caption unscripted">{escape(translated(_FOLDED, document.language))}</p>\n'
            scripts.append("folded.js")
        if self.explored:
            library += _held("plotly", self.plotly)
            scripts.append("pictures.js")
        if len(scripts) > 1:
            scripts.insert(0, "unpacked.js")
        own = "\n".join(f"<script>{_part(name)}</script>" for name in scripts)
        return (
            f'<!doctype html>\n<html lang="{escape(document.language)}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{style}</style>\n<style>{_part('report.css')}</style>\n</head>\n<body>\n<main>\n"
            f"<h1>{title}</h1>\n{untold}{body}\n</main>\n"
            f'<script type="application/json" id="words">{_json(words)}</script>\n{library}'
            f"{own}\n</body>\n</html>\n"
        )

    def block(self, block: Block) -> str:
        match block:
            case Heading():
                return f'<h{block.level} id="{self.anchor(block.anchor)}">{escape(block.text)}</h{block.level}>'
            case Paragraph():
                kind = ' class="strong"' if block.strong else ""
                return f"<p{kind}>{escape(block.text)}</p>"
            case Bullets():
                return _list("ul", block.texts)
            case Footnotes():
                return _list(f'ol start="{block.start}"', block.texts)
            case Table():
                caption = f'<p class="caption">{escape(block.caption)}</p>\n' if block.caption else ""
                return f"{caption}{table(block)}"
            case Gallery():
                figures = "\n".join(map(self.figure, block.figures))
                return f'<div class="gallery">{figures}</div>'
            case Links():
                links = ", ".join(
                    f'<a href="{quote(target)}">{escape(words)}</a>'
                    for words, target in block.targets
                    if target != _OWN
                )
                contents = self.contents() if block.contents else ""
                return f'<p class="caption">{escape(block.lead)}: {links}.</p>{contents}'
            case Fold():
                self.folded = not block.open
                inside = "\n".join(self.block(one) for one in block.blocks)
                self.folded = False
                name = self.anchor(block.anchor)
                return (
                    f'<details class="fold" id="{name}"{" open" if block.open else ""}>'
                    f"<summary><h2>{escape(block.title)}</h2></summary>\n{inside}\n</details>"
                )

    def anchor(self, wanted: str) -> str:
        """An id that no other place of the page has."""
        self.anchors[wanted] += 1
        return escape(wanted if self.anchors[wanted] == 1 else f"{wanted}-{self.anchors[wanted]}")

    def contents(self) -> str:
        entries = "".join(
            f'<li><a href="#{escape(fold.anchor)}">{escape(fold.title)}</a></li>'
            for fold in self.document.folds
            if fold.listed
        )
        return f'<nav aria-label="{escape(translated("Contents", self.document.language))}"><ul>{entries}</ul></nav>'

    def figure(self, figure: Figure) -> str:
        source, pixels = quote(str(figure.vector or figure.path)), figure.vector is None
        if self.folder is not None and (
            address := picture_address(
                self.folder / figure.path, self.folder / figure.vector if figure.vector else None
            )
        ):
            source, pixels = address, not address.startswith("data:image/svg")
        kind = (' class="pixels photo"' if figure.local else ' class="pixels"') if pixels else ""
        shown = f'src="{source}"'
        if self.folded and source.startswith("data:image/svg"):
            shown = f'data-picture="{len(self.drawings)}"'
            self.drawings.append(source)
        image = f'<img{kind} {shown} alt="{escape(figure.alt)}" loading="lazy" decoding="async">'
        name = self.anchor(figure.path.stem)
        caption = f"<figcaption>{escape(figure.caption)}</figcaption>"
        return f'<figure id="{name}">{image}{caption}{self.plot(figure)}</figure>'

    def plot(self, figure: Figure) -> str:
        """What the page's script draws of a picture when it is explored, as data."""
        if not self.plotly or self.folder is None or figure.explored is None:
            return ""
        data = explored(self.folder / figure.explored)
        if not data or self.explored + len(data) > BUDGET:
            return ""
        self.explored += len(data)
        return f'<script type="application/json" data-explores>{_inert(data)}</script>'


def _part(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


def _held(name: str, text: str) -> str:
    """Text that the page's script asks for by its name; nothing where there is none."""
    return f'<script type="text/plain" id="{name}">{text}</script>\n' if text else ""


def _head(column: Column) -> str:
    hidden = "" if column.chosen else ' data-chosen="no"'
    header = escape(column.header)
    return f'<th scope="col" class="{_kind(column)}" data-head="{header}"{hidden}>{header}</th>'


def _cells(block: Table) -> list[list[str]]:
    return [[_cell(block, number, place) for place in range(len(block.columns))] for number in range(len(block.rows))]


def _row(block: Table, number: int) -> str:
    cells = []
    for place, column in enumerate(block.columns):
        tag = 'th scope="row"' if place == 0 else "td"
        cells.append(f'<{tag} class="{_kind(column)}">{_cell(block, number, place)}</{tag.split()[0]}>')
    return "".join(cells)


def _cell(block: Table, number: int, place: int) -> str:
    """A cell's text; where it takes two lines, an interval stays on one."""
    text = _INTERVAL.sub("[\\1,\u00a0\\2]", escape(block.rows[number][place]))
    return f"<strong>{text}</strong>" if (number, place) in block.best else text


def _kind(column: Column) -> str:
    return ("number" if column.numeric else "words") + " aside" * column.aside


def _json(content: object) -> str:
    """JSON that ends no script element."""
    return _inert(json.dumps(content, ensure_ascii=False))


def _inert(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _list(tag: str, texts: tuple[str, ...]) -> str:
    entries = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<{tag}>{entries}</{tag.split()[0]}>"
