"""The footnotes of a report's section."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.report.blocks import one_line


class Notes:
    """Footnotes of a section: equal ones are kept once and numbered in the order they are met."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def numbers(self, texts: Iterable[str]) -> str:
        """Return the numbers of these footnotes, ``"1, 3"``; empty where there are none."""
        met: set[int] = set()
        for text in map(one_line, texts):
            if text not in self.texts:
                self.texts.append(text)
            met.add(self.texts.index(text) + 1)
        return ", ".join(map(str, sorted(met)))
