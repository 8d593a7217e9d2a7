"""What can go wrong between a portal and the disk, a full disk among it; every message names the thing and the cure."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from humanize import naturalsize

CURE = "free some, or put the data elsewhere with --folder DIR or MMGAP_DATA"


class FetchError(OSError):
    """Something could not be fetched, or what came is not what was promised."""


class NotThereError(FetchError):
    """The server has no such file (404, 410): asking again does not help."""


class WrongContentError(FetchError):
    """What came, twice, is not what was promised: size, digest or kind of file."""


class OfflineError(FetchError):
    """The host cannot be reached at all."""


class StoppedError(FetchError):
    """The download was called off; what arrived so far is kept."""


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raise `FetchError` unless ``needed`` bytes are free where ``folder`` is or will be."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise FetchError(
            f"{what} needs {naturalsize(needed)} in {folder}, but only {naturalsize(free)} are free there: {CURE}"
        )


def full_disk(error: OSError, path: Path) -> FetchError:
    """Return the error of a write that failed, in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FetchError(f"no room left on the disk for {path}: {CURE}")
    return FetchError(f"cannot write {path}: {error.strerror or error}")
