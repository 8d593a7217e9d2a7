"""Rows of a run, wherever they are: a folder, one file, a revision of a git repository, which is only read, or results
of mteb."""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mmgap.core.messages import quoted, reason
from mmgap.rows.mteb_results import mteb_rows
from mmgap.rows.row import Row, latest, migrated, read_rows

#: Where a revision keeps its rows, in a repository of mmgap's layout.
PUBLISHED = "reports/published"

#: Seconds that git may take.
_PATIENCE = 120


class SourceError(ValueError):
    """There are no rows where they were looked for; the message says where that was."""


@dataclass(frozen=True)
class Run:
    """The rows of one run.

    Attributes:
        name: as it was given.
        rows: the newest of each cell, metrics under today's names.
        refused: why each file that should hold a row could not be read.
    """

    name: str
    rows: tuple[Row, ...]
    refused: tuple[str, ...]

    @property
    def read_from(self) -> list[str]:
        """What rows were read from that mmgap did not write, as ``mteb 2.26.24``, each once."""
        return sorted({str(row["provenance"]["read_from"]) for row in self.rows if "read_from" in row["provenance"]})


def read_run(name: str, folder: str = PUBLISHED) -> Run:
    """Return the rows of a folder or a file of this name, else of a revision of the repository around this folder.

    Args:
        name: a path, of rows or else of results of mteb; or a branch, tag or commit, as ``main`` or
            ``main:other/folder``.
        folder: where a revision keeps its rows, unless the name says it.

    Raises:
        SourceError: neither is there, or it holds no row.
    """
    path = Path(name)
    if path.exists():
        rows, refused = read_rows(path)
        if not rows and (found := mteb_rows(path))[0]:
            rows, refused = found
    else:
        revision, _, inside = name.partition(":")
        rows, refused = _of_revision(revision, inside or folder)
    if not rows:
        told = f" ({refused[0]})" if refused else ""
        raise SourceError(f"{quoted(name)}: no row of results is in there{told}")
    return Run(name, tuple(migrated(row) for row in latest(rows)), tuple(refused))


def _of_revision(revision: str, folder: str) -> tuple[list[Row], list[str]]:
    """The rows of a revision, as `read_rows` gives them; git writes them out, and changes nothing."""
    try:
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceError(
            f"{quoted(revision)}: no such file or folder, nor a branch, tag or commit of a repository around"
            f" {Path.cwd()} ({_said(error)})"
        ) from error
    try:
        archive = _git("archive", "--format=tar", commit, "--", folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceError(
            f"{quoted(revision)}: has no folder {quoted(folder)} ({_said(error)}); name it as {quoted(revision)}:FOLDER"
        ) from error
    with TemporaryDirectory() as beside, tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(beside, filter="data")
        rows, refused = read_rows(Path(beside) / folder)
        return rows, [words.replace(f"{beside}/", f"{revision}:") for words in refused]


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], capture_output=True, timeout=_PATIENCE, check=True).stdout


def _said(error: BaseException) -> str:
    """What git itself said, in a line."""
    words = getattr(error, "stderr", b"") or b""
    return quoted(words.decode(errors="replace").strip().splitlines()[0]) if words.strip() else reason(error)
