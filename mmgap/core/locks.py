"""One process at a time, by a lock file that is gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock


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
    lock = FileLock(path)
    lock.acquire()
    try:
        yield
    finally:
        let_go(lock)


def let_go(lock: BaseFileLock) -> None:
    """Remove the file of a lock that is held, and release it."""
    try:
        if os.name == "posix":
            Path(lock.lock_file).unlink(missing_ok=True)
    finally:
        lock.release()


def remove_unheld(path: Path, *others: Path) -> None:
    """Remove the lock file that a killed process left, and what else it would have removed.

    What is held stays as it is, and nobody waits for it.
    """
    if not any(left.exists() for left in (path, *others)):
        return
    from filelock import FileLock, Timeout

    try:
        with FileLock(path, timeout=0):
            for left in (*others, path):
                left.unlink(missing_ok=True)
    except (Timeout, OSError, NotImplementedError):  # it is held, somebody else's, or of a file system without locks
        return
