"""The report: rows in, Markdown, LaTeX, HTML and pictures out. It reads rows and their arrays, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgap.cache import Cache
    from mmgap.row import Row


def write_report(
    rows: Iterable[Row],
    folder: Path | str,
    *,
    language: str = "en",
    title: str | None = None,
    cache: Cache | None = None,
) -> Path:
    """Write ``report.md``, ``report.tex`` (with ``tables/*.tex``), ``report.html`` and ``figures/`` into ``folder``.

    Each file is replaced as a whole; a picture that lies there already is not drawn again.

    Args:
        rows: rows of any experiments; of each cell the newest is shown.
        folder: made where it is absent.
        language: of headings and labels, "en" or "es".
        title: of the document; None takes the language's own.
        cache: where the rows' per-item arrays lie; None takes the user's. A row whose arrays are gone keeps the
            pictures that were drawn before.

    Returns:
        The path of ``report.md``.

    Raises:
        ValueError: an unknown language.
    """
    from mmgap.cache import Cache, write_atomic
    from mmgap.report import html, latex, markdown
    from mmgap.report.document import build
    from mmgap.report.pictures import galleries
    from mmgap.row import cell_slug, latest

    folder = Path(folder)
    shown = sorted(latest(rows), key=lambda row: (row["cell"]["experiment"], cell_slug(row["cell"])))
    finished = [row for row in shown if row["status"] == "ok"]
    document = build(shown, galleries(finished, folder, language, cache or Cache()), language, title)
    for table in document.tables:
        for name, content in latex.table_files(table).items():
            write_atomic(folder / "tables" / name, content.encode())
    for name, writer in (("report.html", html), ("report.tex", latex), ("report.md", markdown)):
        write_atomic(folder / name, writer.write(document).encode())
    return folder / "report.md"


__all__ = ["write_report"]
