"""One process at a time, by a lock file that is gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; others wait.

    It is removed before it is released: who has opened it by then finds out that it has no name any more, and tries
    again (filelock does so from version 4 on). Windows removes no file that is open, and it stays.

    Raises:
        OSError: it cannot be made.
    """
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        try:
            yield
        finally:
            if os.name == "posix":
                path.unlink(missing_ok=True)


def remove_unheld(path: Path) -> None:
    """Remove the lock file that a killed process left; one that is held stays, and nobody waits for it."""
    if not path.exists():
        return
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except (Timeout, OSError):  # it is held, or somebody else's
        return
