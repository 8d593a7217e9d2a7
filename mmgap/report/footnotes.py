"""The footnotes of a report's section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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

    def missing(self, what: str, gone: Sequence[str], problems: Iterable[str], language: str) -> None:
        """Add what is missing of a comparison: whose arrays are gone, and why others were not compared."""
        if gone:
            self.note(
                "{family}: the arrays of {losses} are no longer in the cache, so that changes are"
                " missing: measure again with --refresh all.",
                language,
                family=what,
                losses=", ".join(gone),
            )
        for why in problems:
            self.note("{family}: not compared: {why}.", language, family=what, why=why)

    def numbers(self, texts: Iterable[str], language: str = "en") -> str:
        """Return the numbers of these footnotes in a language, ``"1, 3"``; empty where there are none."""
        met: set[int] = set()
        for text in (one_line(translated(recognised(text), language)) for text in texts):
            if text not in self.texts:
                self.texts.append(text)
            met.add(self.texts.index(text) + 1)
        return ", ".join(map(str, sorted(met)))
