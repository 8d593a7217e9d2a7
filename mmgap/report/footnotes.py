"""The footnotes of a report's section."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.report.blocks import one_line
from mmgap.report.recognised_notes import recognised
from mmgap.report.translation import translated


class Notes:
    """Footnotes of a section: equal ones are kept once and numbered in the order they are met."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.own: set[int] = set()

    def note(self, message: str, language: str, /, **values: object) -> None:
        """Add a footnote of the section itself, its values in place; others come with rows."""
        self.own.add(int(self.numbers([translated(message, language, **values)])))

    def numbers(self, texts: Iterable[str], language: str = "en") -> str:
        """Return the numbers of these footnotes in a language, ``"1, 3"``; empty where there are none."""
        met: set[int] = set()
        for text in (one_line(translated(recognised(text), language)) for text in texts):
            if text not in self.texts:
                self.texts.append(text)
            met.add(self.texts.index(text) + 1)
        return ", ".join(map(str, sorted(met)))
