"""The rows that a command reads: of the folders it is given, or of those of a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmgap.cli.one_line_errors import warn
from mmgap.core.paths import existing_folder
from mmgap.rows.row import Row, read_rows

#: Where rows lie in a project: those of its own runs, and those published with it.
USUAL = (Path("reports/rows"), Path("reports/published"))


def rows_of(named: Sequence[Path] | None) -> tuple[list[Path], list[Row]]:
    """Return the folders that were read and their rows; a file that holds no row is a warning.

    Args:
        named: by ``--rows``; without any, those of `USUAL` that there are.

    Raises:
        NotADirectoryError: a folder that was named is none.
        FileNotFoundError: there is no row.
    """
    for folder in named or []:
        existing_folder(folder, "--rows")
    folders = list(named or [folder for folder in USUAL if folder.is_dir()])
    found: list[Row] = []
    for folder in folders:
        readable, refused = read_rows(folder)
        found += readable
        for reason in refused:
            warn(reason)
    if not found:
        looked = ", ".join(map(str, named or USUAL))
        raise FileNotFoundError(f"no rows in {looked}: measure something first (pytest benchmarks), or name --rows")
    return folders, found
