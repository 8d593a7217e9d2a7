"""What reports beside the rows found before, taken along to a report that is written elsewhere.

Arrays of single items stay on the machine that measured them. What was derived from them, and the pictures that were
drawn of them, may lie beside rows that came from somewhere else, and is all that is left there.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable
from pathlib import Path

from mmgap.core.atomic import whole_file


def take_derived(sources: Iterable[Path], folder: Path, kept_in: Iterable[str]) -> None:
    """Copy the derived results (``training/…json``, ``spaces/…json`` …) that a report's folder has not.

    Args:
        sources: folders of rows; the first that has a file is asked.
        folder: of the report.
        kept_in: names of the folders in which results are kept, as `mmgap.report.section.Section` has them.
    """
    for source, name in itertools.product(sources, filter(None, kept_in)):
        for path in sorted((source / name).rglob("*.json")):
            take_file(source, path.relative_to(source), folder)


def take_file(source: Path, within: Path, folder: Path) -> bool:
    """Copy a file with its times unless the report's folder has it; return whether it is there now."""
    target = folder / within
    if target.exists():
        return True
    if not (source / within).is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as temporary:
        shutil.copy2(source / within, temporary)
    return True
