"""The right to measure a cell: one process has it at a time, and its row is nobody else's to replace.

A claim is a lock file beside the row, held until the cell ends; the operating system lets go of a dead process's.
Imported in every pytest session of the environment, so at start the standard library only.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap.core.locks import let_go, remove_unheld
from mmgap.core.processes import alive, started
from mmgap.rows.row import NewerRowError, Row, RowError, read_row, row_path, write_row

if TYPE_CHECKING:
    from filelock import BaseFileLock


#: How the message of such an error begins.
CLAIMED = "another process is measuring this cell"


class ClaimedError(RuntimeError):
    """Another process is measuring the cell; the message says which, where that is known."""


@dataclass
class Claim:
    """A cell that this process is measuring.

    Attributes:
        folder: of the rows.
        row: what becomes of it, "running" until it is complete.
        lock: held until the cell ends; None where the file system knows no locks.
    """

    folder: Path
    row: Row
    lock: BaseFileLock | None

    @classmethod
    def of(cls, folder: Path, row: Row) -> Claim:
        """Claim a cell.

        Raises:
            ClaimedError: another process has it.
        """
        path = row_path(folder, row)
        claim = cls(folder, row, _lock(path))
        if _lives_without_lock(path):
            claim.release()
            raise _claimed(path)
        return claim

    @property
    def path(self) -> Path:
        """Where the row lies."""
        return row_path(self.folder, self.row)

    def begin(self) -> None:
        """Leave a running row, which is what a kill leaves; an earlier result stays until its successor is complete.

        Raises:
            OSError: it cannot be written.
        """
        self.row["provenance"] = {"pid": os.getpid(), "host": _host(), "locked": self.lock is not None}
        if self._there() in (None, "running"):
            write_row(self.folder, self.row)

    def complete(self) -> bool:
        """Write what the cell gave, and let go; False where a failure leaves an earlier good result in its place.

        Raises:
            OSError: it cannot be written.
        """
        try:
            if self.row["status"] != "ok" and self._there() == "ok":
                return False
            write_row(self.folder, self.row)
            return True
        finally:
            self.release()

    def withdraw(self) -> None:
        """Remove the running row that `begin` left, no other, and let go."""
        try:
            if self._there() == "running":
                self.path.unlink(missing_ok=True)
        finally:
            self.release()

    def release(self) -> None:
        """Let others have the cell."""
        if self.lock is not None and self.lock.is_locked:
            let_go(self.lock)

    def _there(self) -> str | None:
        """The status of the row on disk: None where there is none or a torn one, "newer" of a newer mmgap."""
        try:
            return read_row(self.path)["status"]
        except NewerRowError:
            return "newer"
        except RowError:
            return None


def sweep(folder: Path) -> None:
    """Remove the lock files of processes that died when their rows were complete: nobody claims those cells again."""
    for path in folder.glob(".*.json.lock"):
        if path.with_name(path.name.removeprefix(".").removesuffix(".lock")).exists():
            remove_unheld(path)


def _lock(path: Path) -> BaseFileLock | None:
    """The lock of a row; None where nothing can be written, or nothing can be locked.

    Raises:
        ClaimedError: another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise _claimed(path) from None
    except (OSError, NotImplementedError):
        return None
    return lock


def measures_now(path: Path, row: Row) -> bool:
    """Return whether a running row's process still measures its cell.

    A process of this host is asked; of another host's the lock file tells, which a killed one leaves behind, too.
    """
    if row["status"] != "running":
        return False
    if row["provenance"].get("host", _host()) != _host():
        return bool(row["provenance"].get("locked")) and path.with_name(f".{path.name}.lock").exists()
    return _process_lives(row)


def _lives_without_lock(path: Path) -> bool:
    """Whether a running row is of another living process of this host that had no lock to tell so."""
    try:
        row = read_row(path)
    except RowError:
        return False
    about = row["provenance"]
    if row["status"] != "running" or about.get("locked") or about.get("host", _host()) != _host():
        return False
    return about.get("pid") != os.getpid() and _process_lives(row)


def _process_lives(row: Row) -> bool:
    """Whether the process of this host that began a row is alive, and no other that got its number since."""
    process = row["provenance"].get("pid")
    if not isinstance(process, int) or process == 0 or not alive(process):
        return False
    since, began = started(process), _seconds(row["started_at"])
    return since is None or began is None or since <= began + 1


def _seconds(when: str) -> float | None:
    try:
        return datetime.fromisoformat(when).timestamp()
    except ValueError:
        return None


def _host() -> str:
    return socket.gethostname()


def _claimed(path: Path) -> ClaimedError:
    """Names the process behind a running row, where there is one."""
    whose = ""
    with suppress(RowError):
        row = read_row(path)
        about = row["provenance"]
        if row["status"] == "running":
            host = about.get("host", "an unknown host")
            whose = f" (process {about.get('pid', '?')} on {host}, since {row['started_at']})"
    return ClaimedError(f"{CLAIMED}{whose}; its row is not touched")
