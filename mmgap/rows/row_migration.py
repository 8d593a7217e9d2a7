"""Rows of older measuring code, written under the names of today's metrics; no other row is ever overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmgap.core.atomic import write_atomic
from mmgap.core.messages import counted
from mmgap.rows.row import Row, RowError, migrated, read_row, row_bytes, row_files


@dataclass(frozen=True)
class Move:
    """A row that is to be rewritten: as it was read, as it will be, and where."""

    old: Row
    new: Row
    target: Path

    def words(self) -> str:
        """Return what happens to its metrics."""
        vanished = len(self.old["metrics"].keys() - self.new["metrics"].keys())
        appeared = len(self.new["metrics"]) - len(self.old["metrics"])
        return f"{counted('{n} metric', '{n} metrics', n=vanished)} renamed, {appeared} added"


def planned(folder: Path, out: Path) -> tuple[list[Move], int, list[str]]:
    """Return what there is to write, how many rows stay as they are, and why some are not written.

    Unreadable files are none of the three.
    """
    moves, left, refused = [], 0, []
    for path in row_files(folder):
        try:
            row = read_row(path)
        except RowError:
            continue
        move = Move(row, migrated(row), out / path.name)
        if move.new is row or row["status"] == "running":  # a running row belongs to the process that began it
            left += 1
            continue
        try:
            done = _there(move)
            row_bytes(move.new)
        except ValueError as error:
            refused.append(f"{path} is not rewritten: {error}")
            continue
        if done:
            left += 1
        else:
            moves.append(move)
    return moves, left, refused


def write(move: Move) -> None:
    """Write the whole row or nothing.

    Raises:
        ValueError: something else has come to its place.
    """
    if not _there(move):
        write_atomic(move.target, row_bytes(move.new))


def _there(move: Move) -> bool:
    """Whether the row lies in its place already. Raises `ValueError` where something else does."""
    if not move.target.exists():
        return False
    known = read_row(move.target)
    if known not in (move.old, move.new):
        raise ValueError(f"{move.target} holds another row, which is not overwritten")
    return known == move.new
