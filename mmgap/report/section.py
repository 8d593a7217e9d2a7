"""The part of a report that is about one experiment: its title, its tables and its figures, in one entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mmgap.analysis.row_items import key_of
from mmgap.analysis.study_answers import Study
from mmgap.core.cache import Cache
from mmgap.report.blocks import Block, Gallery, Heading, Paragraph
from mmgap.report.footnotes import Notes
from mmgap.report.tables import tables
from mmgap.rows.row import Row


class DerivedResult(Protocol):
    """What an analysis found in several rows, kept as JSON beside the report."""

    @property
    def compared(self) -> Sequence[tuple[Row, ...]]:
        """Rows that figures show against each other or side by side."""

    def write(self, folder: Path) -> object:
        """Write its files below the report's folder."""


@dataclass(frozen=True)
class SectionMaterial:
    """What the blocks of a section are made from.

    Attributes:
        experiment: whose section it is.
        rows: its finished rows.
        results: what the section's analysis found in them.
        galleries: key of a row, or of several (`mmgap.analysis.row_items.key_of`) → its figures.
        language: "en" or "es".
        notes: footnotes are added to it.
    """

    experiment: str
    rows: Sequence[Row]
    results: Sequence[Any]
    galleries: Mapping[str, Gallery]
    language: str
    notes: Notes

    def gallery(self, *rows: Row) -> Gallery | None:
        """Return the figures of a row, or of several together."""
        return self.galleries.get(key_of(*rows))

    def opened(self, title: str, verdicts: Iterable[str], rows: Iterable[Row]) -> list[Block]:
        """Return what a part opens with: a heading, its verdicts, the figures of rows together."""
        gallery = self.gallery(*rows)
        return [Heading(title, 3), *map(Paragraph, verdicts), *([gallery] if gallery else [])]

    def frontier(self, study: Study) -> Gallery | None:
        """Return the picture of a study's answer."""
        return self.galleries.get(study.stem)


def metric_tables(material: SectionMaterial) -> list[Block]:
    """Return the tables by families of metrics: what an experiment has whose section names no other."""
    return [*tables(material.experiment, material.rows, material.language, material.notes)]


def _nothing(*_: Any) -> list[Any]:
    return []


@dataclass(frozen=True)
class Section:
    """Everything that a report says of one experiment, but for the rows that failed.

    Attributes:
        experiment: its name, as ``@pytest.mark.experiment`` has it.
        title: its heading, in English.
        order: sections stand by it, then by the experiment's name.
        figures: names of its figures (`mmgap.report.figures.figure_entries`), of one cell each or of several.
        results: (finished rows, folder of the report, cache) → what an analysis says of them.
        folder: below the report's, where the results are kept; empty where none are.
        answer: what its studies answer: sentences, a compact table and a picture each; they open the report.
        tables: its blocks. They stand under ``question``, tables that name another question under that.
        ending: the blocks behind the figures of the cells.
        question: the fold (`mmgap.report.questions`) that its blocks stand in.
        pictures: the fold that the figures of its cells stand in; empty for the same.

    >>> Section("width", "How wide the vectors are", figures=("map",)).order
    100
    """

    experiment: str
    title: str
    order: int = 100
    figures: tuple[str, ...] = ()
    results: Callable[[Sequence[Row], Path, Cache], Sequence[DerivedResult]] = _nothing
    folder: str = ""
    answer: Callable[[SectionMaterial], Sequence[Study]] = _nothing
    tables: Callable[[SectionMaterial], list[Block]] = metric_tables
    ending: Callable[[SectionMaterial], list[Block]] = _nothing
    question: str = "others"
    pictures: str = ""
