"""The report: rows in, Markdown, LaTeX, HTML and pictures out. It reads rows and their arrays, and runs nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmgap.analysis.study_answers import Study
    from mmgap.core.cache import Cache
    from mmgap.rows.row import Row


def write_report(
    rows: Iterable[Row],
    folder: Path | str,
    *,
    language: str = "en",
    title: str | None = None,
    cache: Cache | None = None,
    local: bool = False,
    labels: Collection[str] = (),
    if_new: bool = False,
    beside: Collection[Path] = (),
) -> Path:
    """Write ``report.html``, ``report.md``, ``report.tex``, ``tables/`` (LaTeX and CSV) and ``figures/``.

    ``report.html`` is whole by itself: its pictures are in it, and it asks for no other file. Where there is much to
    say, ``report.md`` leads to ``parts/``.

    Each file is replaced as a whole; a picture that is newer than its row is not drawn again. What analyses find in
    several rows is written as JSON: ``practices/<dataset>/{preclip,clip,comparison}.json`` of the practices,
    ``training/<encoder>-<dataset>-….json`` of training.

    Args:
        rows: rows of any experiments; of each cell the newest is shown.
        folder: made where it is absent.
        language: of headings and labels, "en" or "es".
        title: of the document; None takes the language's own.
        cache: where the rows' per-item arrays lie; None takes the user's. A row whose arrays are gone keeps the
            pictures that were drawn before.
        local: a report for this machine's eyes alone: with thumbnails of the data set's pictures.
        labels: ids of items that stand by name on maps and heat-maps; `unshown_labels` says which no picture shows.
        if_new: leave the report that is there alone where nothing is new: `is_current`.
        beside: folders where the rows lie: what was derived or drawn there before is taken where arrays are gone.

    Returns:
        The path of ``report.md``.

    Raises:
        ValueError: an unknown language; an empty label, or more of them than a picture has room for.
    """
    from mmgap.core.cache import Cache, write_atomic
    from mmgap.report.asked_items import checked_labels
    from mmgap.report.document import build
    from mmgap.report.earlier_findings import take_derived
    from mmgap.report.figures.answer_galleries import frontiers
    from mmgap.report.figures.galleries import galleries
    from mmgap.report.report_stamp import STAMP, has_stamp, stamp
    from mmgap.report.sections import sections_of
    from mmgap.report.short_form import shortened
    from mmgap.report.writers import csv, html, latex, markdown_pages

    folder, cache = Path(folder), cache or Cache()
    shown, labels = _shown(rows), checked_labels(labels)
    made_of = stamp(shown, language, title, local, labels)
    if if_new and has_stamp(folder, made_of):
        return folder / "report.md"
    finished = [row for row in shown if row["status"] == "ok"]
    sections = sections_of(row["cell"]["experiment"] for row in finished)
    take_derived(beside, folder, [section.folder for section in sections])
    results = {
        section.experiment: section.results(
            [row for row in finished if row["cell"]["experiment"] == section.experiment], folder, cache
        )
        for section in sections
    }
    everything = [result for found in results.values() for result in found]
    for result in everything:
        result.write(folder)
    compared = [together for result in everything for together in result.compared]
    pictures = galleries(
        finished, folder, language, cache, compared=compared, local=local, labels=labels, earlier=beside
    )
    pictures |= frontiers(_studies(shown, results, language), folder, language)
    document = build(shown, pictures, language, title, results)
    for table in document.tables:
        for name, content in (latex.table_files(table) | csv.table_files(table, language)).items():
            write_atomic(folder / "tables" / name, content.encode())
    write_atomic(folder / "report.html", html.write(document, folder).encode())
    write_atomic(folder / "report.tex", latex.write(document).encode())
    parts = markdown_pages.pages(shortened(document))
    for old in markdown_pages.earlier_pages(folder):
        if old.relative_to(folder).as_posix() not in parts:
            old.unlink()
    for name, content in parts.items():
        write_atomic(folder / name, content.encode())
    write_atomic(folder / STAMP, made_of.encode())
    return folder / "report.md"


def is_current(
    rows: Iterable[Row],
    folder: Path | str,
    *,
    language: str = "en",
    title: str | None = None,
    local: bool = False,
    labels: Collection[str] = (),
) -> bool:
    """Return whether the report in a folder is there, and of these very rows, this code and these options.

    Arguments as those of `write_report`. Whether the rows' arrays are in the cache by now is not looked at.
    """
    from mmgap.report.asked_items import checked_labels
    from mmgap.report.report_stamp import has_stamp, stamp

    return has_stamp(Path(folder), stamp(_shown(rows), language, title, local, checked_labels(labels)))


def unshown_labels(
    rows: Iterable[Row], labels: Collection[str], *, language: str = "en", cache: Cache | None = None
) -> list[str]:
    """Return one sentence for each label that no picture of the rows' report shows, with ids that are much like it.

    Arguments as those of `write_report`, and its errors.
    """
    from mmgap.core.cache import Cache
    from mmgap.report.asked_items import checked_labels
    from mmgap.report.figures.labelled_items import unshown

    finished = [row for row in _shown(rows) if row["status"] == "ok"]
    return unshown(finished, checked_labels(labels), cache or Cache(), language)


def _shown(rows: Iterable[Row]) -> list[Row]:
    """The newest row of each cell under today's names, in the order of the report."""
    from mmgap.rows.row import cell_slug, latest, migrated

    return sorted(map(migrated, latest(rows)), key=lambda row: (row["cell"]["experiment"], cell_slug(row["cell"])))


def _studies(rows: list[Row], results: dict[str, Any], language: str) -> list[Study]:
    """What all sections answer."""
    from mmgap.report.document import material_of
    from mmgap.report.sections import sections_of

    found: list[Study] = []
    for section in sections_of(results):
        own = [row for row in rows if row["cell"]["experiment"] == section.experiment]
        found += section.answer(material_of(section, own, results[section.experiment], {}, language))
    return found


__all__ = ["is_current", "unshown_labels", "write_report"]
