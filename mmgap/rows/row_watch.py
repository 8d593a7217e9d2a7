"""What changes in a folder of rows, look by look, by the size and the time of its files. The standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmgap.rows.row import Row, read_rows, row_files


@dataclass(frozen=True)
class RowChange:
    """What became of a file since the last look.

    Attributes:
        path: of the file.
        kind: "row" of one that is new or written anew, "unread" of one that holds no row, "gone" of one that is no
            more.
        row: that it holds.
        reason: why it cannot be read.
    """

    path: Path
    kind: Literal["row", "unread", "gone"]
    row: Row | None = None
    reason: str = ""


class RowWatch:
    """Looks at a folder of rows now and then, and reads what is new there; the folder may be absent still.

    Args:
        folder: of the rows.

    Attributes:
        rows: what was read at the last look, by file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[Path, Row] = {}
        self._seen: dict[Path, tuple[int, int, int]] = {}

    def look(self) -> list[RowChange]:
        """Return what changed since the last look, the oldest change first; all there is, at the first.

        Raises:
            NotADirectoryError: there is a file instead of the folder.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise NotADirectoryError(f"{self.folder}: a file, not a folder of rows")
        now = {path: state for path in row_files(self.folder) if (state := _state(path)) is not None}
        gone = [RowChange(path, "gone") for path in self._seen if path not in now]
        new = sorted((path for path, state in now.items() if self._seen.get(path) != state), key=now.__getitem__)
        self._seen = now
        for change in gone:
            self.rows.pop(change.path, None)
        return [*gone, *map(self._read, new)]

    def _read(self, path: Path) -> RowChange:
        self.rows.pop(path, None)
        try:
            found, refused = read_rows(path)
        except FileNotFoundError as error:  # it went away meanwhile, which the next look says
            return RowChange(path, "unread", reason=str(error))
        if not found:
            return RowChange(path, "unread", reason=refused[0] if refused else f"{path}: holds no row")
        self.rows[path] = found[0]
        return RowChange(path, "row", found[0])


def _state(path: Path) -> tuple[int, int, int] | None:
    """When it was written, its size and its number; None where it went away meanwhile."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
