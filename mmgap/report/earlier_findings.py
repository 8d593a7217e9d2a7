"""What reports beside the rows found before, taken along to a report that is written elsewhere.

Arrays of single items stay on the machine that measured them. What was derived from them, and the pictures that were
drawn of them, may lie beside rows that came from somewhere else, and is all that is left there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

#: Beside the rows, but no findings of several rows: pictures are taken one by one, tables are written anew.
_NOT_DERIVED = ("figures", "tables", "parts")


def take_derived(sources: Iterable[Path], folder: Path) -> None:
    """Copy the derived results (``training/…json``, ``spaces/…json`` …) that a report's folder has not.

    Args:
        sources: folders of rows; the first that has a file is asked.
        folder: of the report.
    """
    for source in sources:
        for path in sorted(source.glob("*/**/*.json")):
            within = path.relative_to(source)
            if within.parts[0] not in _NOT_DERIVED:
                take_file(source, within, folder)


def take_file(source: Path, within: Path, folder: Path) -> bool:
    """Copy a file with its times unless the report's folder has it; return whether it is there now."""
    target = folder / within
    if target.exists():
        return True
    if not (source / within).is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source / within, target)
    return True
