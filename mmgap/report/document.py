"""The report's text: a section for each experiment, what failed, how to read it, where it was made."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mmgap.analysis.groups import Group, groups
from mmgap.core.messages import counted
from mmgap.report.blocks import (
    MISSING,
    Block,
    Bullets,
    Column,
    Document,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Paragraph,
    Table,
    one_line,
)
from mmgap.report.footnotes import Notes
from mmgap.report.legend import GENERAL, legend
from mmgap.report.section import DerivedResult, Section, SectionMaterial
from mmgap.report.sections import sections_of
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
    links = Links(translated("The same report as", language), (("HTML", "report.html"), ("LaTeX", "report.tex")))
    blocks: list[Block] = [links]
    for section in sections_of(row["cell"]["experiment"] for row in rows):
        own = [row for row in rows if row["cell"]["experiment"] == section.experiment]
        finished = [row for row in own if row["status"] == "ok"]
        found = (results or {}).get(section.experiment, ())
        material = SectionMaterial(section.experiment, finished, found, galleries, language, Notes())
        blocks += _section(section, own, material)
    if not rows:
        blocks.append(Paragraph(translated("There are no rows to report: nothing has been measured yet.", language)))
    else:
        blocks += [Heading(translated("How to read the tables", language)), Bullets(tuple(_legend(rows, language)))]
        blocks += [Heading(translated("Where and when", language)), _provenance(rows, language)]
    return Document(title or translated("Modality gap report", language), language, blocks)


def rerun_words(row: Row) -> str:
    """Return the command that measures one cell again."""
    cell = row["cell"]
    words = ["pytest", "benchmarks", "-k", cell["experiment"], "--refresh", "failed"]
    for axis in AXES:
        if (value := cell.get(axis)) not in (None, "initial"):
            words += [f"--{axis}", str(value)]
    return shlex.join(words)


def _section(section: Section, rows: Sequence[Row], material: SectionMaterial) -> list[Block]:
    """One experiment: how many cells, the tables and their footnotes, what failed, the pictures."""
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
    blocks: list[Block] = [
        Heading(translated(section.title, language)),
        Paragraph(translated(cells, language)),
        *section.tables(material),
    ]
    if material.notes.texts:
        blocks.append(Footnotes(tuple(material.notes.texts)))
    broken = [row for row in rows if row["status"] != "ok"]
    if broken:
        entries = tuple(_not_ok(row, language) for row in broken)
        blocks += [Heading(translated("Cells without a result", language), 3), Bullets(entries)]
    for group in groups(material.rows):
        if gallery := material.gallery(group.rows[0]):
            blocks += [Heading(_name(group), 3), gallery]
    return blocks + section.ending(material)


def _name(group: Group) -> str:
    """A cell in words: its coordinates, then what else distinguishes it."""
    cell = group.cell
    parts = [str(cell[axis]) for axis in AXES if cell.get(axis)]
    return " · ".join([*parts, *(f"{name} = {value}" for name, value in cell["variant"].items())])


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
                found.setdefault(name, Counter())[_plain(value)] += 1
    span = times[0] if times[0] == times[-1] else f"{times[0]} – {times[-1]}"
    lines = [(translated("measured (UTC)", language), span)]
    for name, counter in found.items():
        only = len(counter) == 1
        lines += [(name, text if only else f"{text} ({count})") for text, count in counter.most_common()]
    columns = (
        Column(translated("what", language), numeric=False),
        Column(translated("value", language), numeric=False),
    )
    return Table("provenance", "", columns, tuple(lines))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(entry)}" for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return str(value)


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
