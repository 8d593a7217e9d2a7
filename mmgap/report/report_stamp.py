"""Of what a report was made: its rows, the code and the options, as one digest beside it; equal, nothing is new."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

from mmgap.core.cache import canonical_json, key_digest
from mmgap.core.registry import entry_points_of
from mmgap.rows.row import Row

#: File of a report's folder that holds the digest.
STAMP = "rows.sha256"

#: What a report's folder holds whatever the rows are.
FILES = ("report.html", "report.md", "report.tex")

#: Entry points of other packages that change a report.
_GROUPS = ("mmgap.sections", "mmgap.figures", "mmgap.metrics")


def stamp(rows: Iterable[Row], language: str, title: str | None, local: bool, labels: tuple[str, ...] = ()) -> str:
    """Return the digest of what a report is made of.

    Args:
        rows: as they are shown.
        language, title, local, labels: as of `mmgap.report.write_report`.
    """
    shown = [hashlib.sha256(canonical_json(row).encode()).hexdigest() for row in rows]
    return key_digest({"code": _code(), "rows": shown, "options": [language, title, local, labels]})


def has_stamp(folder: Path, expected: str) -> bool:
    """Return whether the report in a folder is there, and is of what this digest stands for."""
    path = folder / STAMP
    whole = all((folder / name).is_file() for name in FILES)
    return whole and path.is_file() and path.read_text(errors="replace") == expected


@functools.cache
def _code() -> str:
    """All of mmgap's own code and words, and which packages bring sections, figures and metrics."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".po", ".css", ".js") and path.is_file():
            digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    for group in _GROUPS:
        for point in sorted(entry_points_of(group)):
            made = point.dist
            digest.update(f"{point}\0{made.version if made is not None else ''}".encode())
    return digest.hexdigest()
