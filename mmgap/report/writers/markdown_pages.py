"""The report as Markdown that a forge shows at once: a long one keeps its answer, and leads to its parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mmgap.core.messages import N_
from mmgap.report.blocks import Block, Document, Fold, Links
from mmgap.report.translation import translated
from mmgap.report.writers import markdown

#: A report of more letters is divided; of its questions those of more letters than a part have a page of their own.
LONGEST, PART = 60_000, 6_000

#: Where the parts are, and the way back from there.
FOLDER, BACK = "parts", "../"


def pages(document: Document) -> dict[str, str]:
    """Return file name → Markdown: ``report.md`` and, of a report of more than `LONGEST` letters, ``parts/*.md``.

    Parts are the folds of all studies but the one that is open, and of the questions with long answers. Nothing stands
    twice, and nothing is left out.
    """
    whole = markdown.write(document)
    if len(whole) <= LONGEST:
        return {"report.md": whole}
    made: dict[str, str] = {}
    blocks: list[Block] = []
    studies: list[tuple[str, str]] = []
    for block in document.blocks:
        if not isinstance(block, Fold) or block.open:
            blocks.append(block)
            continue
        text, name = _part(block, document), f"{FOLDER}/{block.anchor}.md"
        if not block.listed:
            studies.append((block.title, name))
            made[name] = text
        elif len(text) > PART:
            blocks.append(replace(block, blocks=(_link(N_("On a page of its own"), block.title, name, document),)))
            made[name] = text
        else:
            blocks.append(block)
    first = next((n for n, block in enumerate(blocks) if isinstance(block, Fold) and block.listed), len(blocks))
    if studies:
        blocks.insert(first, Links(translated("Each other study", document.language), tuple(studies)))
    return {"report.md": markdown.write(replace(document, blocks=blocks)), **made}


def earlier_pages(folder: Path) -> Iterator[Path]:
    """Yield the parts that an earlier report left in a report's folder; other files there are somebody's own."""
    for path in sorted((folder / FOLDER).glob("*.md")):
        if f"]({BACK}report.md)" in path.read_text(encoding="utf-8", errors="replace"):
            yield path


def _part(fold: Fold, document: Document) -> str:
    """A fold as a page of its own, which leads back."""
    back = _link(N_("Part of"), document.title, "report.md", document)
    return markdown.write(Document(fold.title, document.language, [back, *fold.blocks]), BACK)


def _link(lead: str, words: str, target: str, document: Document) -> Links:
    return Links(translated(lead, document.language), ((words, target),))
