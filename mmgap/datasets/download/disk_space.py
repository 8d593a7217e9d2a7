"""Is there room on the disk?"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from mmgap.datasets.download.errors import FetchError

CURE = "free some, or put the data elsewhere with --folder DIR or MMGAP_DATA"


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raise `FetchError` unless ``needed`` bytes are free where ``folder`` is or will be."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise FetchError(
            f"{what} needs {readable(needed)} in {folder}, but only {readable(free)} are free there: {CURE}"
        )


def full_disk(error: OSError, path: Path) -> FetchError:
    """The error of a write that failed, in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FetchError(f"no room left on the disk for {path}: {CURE}")
    return FetchError(f"cannot write {path}: {error.strerror or error}")


def readable(size: float) -> str:
    """Bytes in words.

    >>> readable(815585330), readable(512)
    ('815.6 MB', '512 B')
    """
    units = iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    while size >= 1000 and unit != "GB":
        size, unit = size / 1000, next(units)
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
