"""The report's text: what its studies answer, then a fold for each question with what every experiment says of it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmgap.analysis.groups import Group, groups
from mmgap.analysis.study_answers import Study
from mmgap.analysis.training_families import unusual
from mmgap.core.messages import counted
from mmgap.report.answers import opening
from mmgap.report.blocks import (
    MISSING,
    Block,
    Bullets,
    Column,
    Document,
    Fold,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Paragraph,
    Table,
    one_line,
    under_headings,
)
from mmgap.report.footnotes import Notes
from mmgap.report.legend import GENERAL, legend
from mmgap.report.metric_table import coordinate
from mmgap.report.questions import QUESTIONS
from mmgap.report.section import DerivedResult, Section, SectionMaterial
from mmgap.report.sections import sections_of
from mmgap.report.shaped_tables import shaped
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.cell import AXES
from mmgap.rows.row import Row, cell_slug


def build(
    rows: Sequence[Row],
    galleries: Mapping[str, Gallery],
    language: str,
    title: str | None = None,
    results: Mapping[str, Sequence[DerivedResult]] | None = None,
) -> Document:
    """Return the document of these rows.

    Args:
        rows: one a cell.
        galleries: key of a row, or of several → its pictures.
        language: "en" or "es".
        title: None takes the language's own.
        results: experiment → what its section's analysis found.
    """
    files = (("HTML", "report.html"), ("LaTeX", "report.tex"), ("Markdown", "report.md"))
    links = Links(translated("The same report as", language), files, contents=True)
    if not rows:
        nothing = Paragraph(translated("There are no rows to report: nothing has been measured yet.", language))
        return Document(title or translated("Modality gap report", language), language, [links, nothing])
    answered: list[tuple[Study, Gallery | None]] = []
    folds: dict[str, list[Block]] = {question: [] for question in QUESTIONS}
    for section in sections_of(row["cell"]["experiment"] for row in rows):
        own = [row for row in rows if row["cell"]["experiment"] == section.experiment]
        found = (results or {}).get(section.experiment, ())
        material = material_of(section, own, found, galleries, language)
        told = section.answer(material)
        answered += [(study, material.frontier(study)) for study in told]
        for question, blocks in _placed(section, own, material, answered=bool(told)).items():
            folds[question] += blocks
    folds["trust"][:0] = [
        Heading(translated("How to read the tables", language), 3),
        Bullets(tuple(_legend(rows, language)), detail=True),
        Heading(translated("Where and when", language), 3),
        _provenance(rows, language),
    ]
    blocks = opening(answered, links, language)
    for question, asked in QUESTIONS.items():
        if inside := under_headings(folds[question]):
            blocks.append(Fold(question, translated(asked, language), tuple(inside)))
    shaped = [_shaped(block, language) for block in blocks]
    return Document(title or translated("Modality gap report", language), language, shaped)


def material_of(
    section: Section,
    rows: Sequence[Row],
    results: Sequence[DerivedResult],
    galleries: Mapping[str, Gallery],
    language: str,
) -> SectionMaterial:
    """Return what a section is made from: its finished rows, and what was found in them."""
    finished = [row for row in rows if row["status"] == "ok"]
    return SectionMaterial(section.experiment, finished, results, galleries, language, Notes())


def rerun_words(row: Row) -> str:
    """Return the command that measures one cell again."""
    cell = row["cell"]
    words = ["pytest", "benchmarks", "-k", cell["experiment"], "--refresh", "failed"]
    for axis in AXES:
        if (value := cell.get(axis)) not in (None, "initial"):
            words += [f"--{axis}", str(value)]
    return shlex.join(words)


def _placed(
    section: Section, rows: Sequence[Row], material: SectionMaterial, *, answered: bool
) -> dict[str, list[Block]]:
    """The blocks of one experiment by the question they help to answer, each part under the experiment's title.

    Where its studies have answers, which have a table each, its own tables are details.
    """
    language = material.language
    found: dict[str, list[Block]] = {}
    for block in [*section.tables(material), *section.ending(material)]:
        asked = block.question if isinstance(block, Table) and block.question else section.question
        found.setdefault(asked, []).append(
            replace(block, detail=True) if answered and isinstance(block, Table) else block
        )
    for group in groups(material.rows):
        if gallery := material.gallery(group.rows[0]):
            name = _name(group, language)  # a section of one cell alone needs none
            asked = section.pictures or section.question
            found.setdefault(asked, []).extend([*([Heading(name, 3)] if name else []), gallery])
    found.setdefault("trust", []).extend(_account(rows, material))
    title = Heading(translated(section.title, language), 3)
    return {question: [title, *map(_deeper, blocks)] for question, blocks in found.items()}


def _account(rows: Sequence[Row], material: SectionMaterial) -> list[Block]:
    """How many cells there are, the notes on them, and what has no result."""
    language = material.language
    counts = Counter(row["status"] for row in rows)
    what = ", ".join(f"{count} {term(status, language)}" for status, count in counts.most_common())
    time = duration(sum(_seconds(row["time"]) for row in rows))
    cells = counted(
        "{n} cell: {what}; {time} of computing.",
        "{n} cells: {what}; {time} of computing.",
        n=len(rows),
        what=what,
        time=time,
    )
    blocks: list[Block] = [Paragraph(translated(cells, language))]
    if material.notes.texts:
        blocks.append(Footnotes(tuple(material.notes.texts), kept=frozenset(material.notes.own)))
    broken = [row for row in rows if row["status"] != "ok"]
    if broken:
        entries = tuple(_not_ok(row, language) for row in broken)
        blocks += [Heading(translated("Cells without a result", language), 3), Bullets(entries)]
    return blocks


def _deeper(block: Block) -> Block:
    """A heading of a section stands below the section's title, which stands below the question."""
    return replace(block, level=4) if isinstance(block, Heading) else block


def _shaped(block: Block, language: str) -> Block:
    match block:
        case Table():
            return shaped(block, language)
        case Fold():
            return replace(block, blocks=tuple(_shaped(one, language) for one in block.blocks))
    return block


def _name(group: Group, language: str) -> str:
    """A cell in words: its coordinates, then what else distinguishes it from the usual one."""
    cell = group.cell
    parts = [coordinate(cell, axis, language) for axis in AXES if cell.get(axis)]
    others = [f"{term(name, language)} = {coordinate(cell, name, language)}" for name, _ in unusual(cell)]
    return " · ".join([*parts, *others])


def _not_ok(row: Row, language: str) -> str:
    status, cell = term(row["status"], language), cell_slug(row["cell"])
    return f"{cell} ({status}) {_error(row, language)} — {translated('to run it again', language)}: {rerun_words(row)}"


def _error(row: Row, language: str) -> str:
    if row["error"] is None:
        return translated("the process died before the cell ended", language) if row["status"] == "running" else MISSING
    message = one_line(f"{row['error']['type']}: {row['error']['message']}")
    return message if len(message) <= 240 else f"{message[:239]}…"


def _legend(rows: Sequence[Row], language: str) -> list[str]:
    metrics = {name: m["higher_is_better"] for row in rows for name, m in row["metrics"].items()}
    return legend(metrics.items(), language) + [translated(text, language) for text in GENERAL]


def _provenance(rows: Sequence[Row], language: str) -> Table:
    """What the rows say of the place they come from, each thing once with all its values."""
    times = sorted(row["started_at"] for row in rows)
    found: dict[str, Counter[str]] = {}
    for row in rows:
        for name, value in row["provenance"].items():
            if name not in ("pid", "host", "locked", "items_lost"):
                found.setdefault(name, Counter())[_plain(value, language)] += 1
    span = times[0] if times[0] == times[-1] else f"{times[0]} – {times[-1]}"
    lines = [(translated("measured (UTC)", language), span)]
    for name, counter in found.items():
        only = len(counter) == 1
        shown = term(name, language)
        lines += [(shown, text if only else f"{text} ({count})") for text, count in counter.most_common()]
    columns = (
        Column(translated("what", language), numeric=False),
        Column(translated("value", language), numeric=False),
    )
    return Table("provenance", "", columns, tuple(lines))


def _plain(value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(entry, language)}" for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(entry, language) for entry in value)
    return term(str(value), language) if isinstance(value, bool) else str(value)


def _seconds(time: Mapping[str, float]) -> float:
    return time["total"] if "total" in time else sum(time.values())


def duration(seconds: float) -> str:
    """Return the seconds as a reader counts them.

    >>> duration(7.25), duration(250), duration(7300)
    ('7.2 s', '4 min 10 s', '2 h 1 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
