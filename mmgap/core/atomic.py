"""Files and folders that appear as a whole or not at all, and what a killed process left of those it was writing.

What is being written lies beside its place as ``.<name>.<host>-<process>.<random>.tmp``; whoever writes into a folder
next removes the ones whose process is dead. A symbolic link stays one: what it leads to is written. The standard
library only.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmgap.core.processes import alive

#: Seconds after which a temporary file is removed whose process cannot be asked: another host's, an earlier mmgap's.
OLD = 24 * 3600

#: What the system says of a write that finds no room.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_MARK = re.compile(r"\..+?\.(?:(?P<host>[0-9a-f]{8})-(?P<process>\d+)\.)?[0-9a-f]+\.tmp")

#: Folders that this process has looked through.
_SWEPT: set[str] = set()


def write_atomic(path: Path, content: bytes) -> None:
    """Write the whole file or nothing; a symbolic link stays, and the file that it leads to is written.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary file to write, which takes the place of ``path`` when the block ends well.

    Readable by whom the user's umask says. Where ``path`` is a symbolic link, the file that it leads to is written.

    Raises:
        OSError: it cannot be written; it names ``path``, not the temporary file. A device or a pipe is refused, as a
            file would take its place, and so is a link into a folder that is not there.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole_file(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("all of it")
    >>> [file.name for file in folder.iterdir()]
    ['a.txt']
    """
    target = _place(path)
    temporary = _beside(target)
    try:
        temporary.open("xb").close()
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and _is_of(error, temporary):
            error.filename, error.filename2 = str(path), None
        raise


def require_file_place(path: Path) -> Path:
    """Return ``path`` itself, where a file can be written, before the work is done that fills it; nothing is made.

    Raises:
        OSError: it cannot be; as `whole_file`, but that a disk is full shows when it is written.

    >>> require_file_place(Path("a.txt")).name
    'a.txt'
    """
    target = _place(path)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    require_folder_place(target.parent)
    return path


def require_folder_place(folder: Path) -> Path:
    """Return ``folder`` itself, a folder that files may be put into, or that can be made; nothing is made yet.

    Raises:
        OSError: it is not; the error names the part of the path that is none.

    >>> require_folder_place(Path("reports") / "rows").name
    'rows'
    """
    there = next(part for part in (folder, *folder.absolute().parents) if os.path.lexists(part))
    if not there.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))
    return folder


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder to fill, which takes the place of ``path`` when the block ends well.

    A folder that was there before is moved aside first and removed last: a kill between the two leaves no ``path``.
    Where ``path`` is a symbolic link, the folder that it leads to is the one.

    Raises:
        OSError: it cannot be written; a link into a folder that is not there.
    """
    path = _linked(path.absolute())
    temporary, before = _beside(path), _beside(path)
    temporary.mkdir()
    try:
        yield temporary
        if path.is_dir():
            os.replace(path, before)
        os.replace(temporary, path)
    finally:
        for left in (temporary, before):
            if left.is_dir():
                shutil.rmtree(left)


def _is_of(error: OSError, temporary: Path) -> bool:
    """Whether an error is of the file that was being written: it names it, or names none and says there is no room."""
    return error.errno in _NO_ROOM if error.filename is None else Path(error.filename) == temporary


def require_writable(folder: Path) -> Path:
    """Return the folder itself, made if it is not there.

    Raises:
        OSError: nothing can be written into it; the message names it and the reason.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = _beside(folder / "probe")
        try:
            probe.write_bytes(b"\0" * 4096)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        nowhere = next((part for part in (folder, *folder.parents) if part.is_symlink() and not part.exists()), None)
        why = error.strerror or error if nowhere is None else f"{nowhere} is a link to a place that is not there"
        raise OSError(f"nothing can be written into {folder}: {why}") from error
    return folder


def remove_orphans(folder: Path) -> list[Path]:
    """Remove the temporary files and folders that dead processes left in ``folder``; those removed.

    A process of this host is asked; what is of another one, or of an earlier mmgap, is removed when it is a day old.
    """
    removed = []
    for path in sorted(folder.glob(".*.tmp")):
        if (mark := _MARK.fullmatch(path.name)) is None or not _abandoned(path, mark):
            continue
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError:  # somebody else removed it, or may: it is not this process's
            continue
        removed.append(path)
    return removed


def _place(path: Path) -> Path:
    """The file that is written for ``path``. Raises `OSError` for a device or a pipe, and as `_linked`."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise FileExistsError(f"{path}: is a device or a pipe, which a file would replace: name another place")
    return _linked(path)


def _linked(path: Path) -> Path:
    """The place that is written: ``path``, or what it leads to where it is a symbolic link.

    Raises:
        OSError: a link that leads to itself, or into a folder that is not there.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{path}: is a link to {target}, and there is no folder {target.parent}: make it first")
    return target


def _beside(path: Path) -> Path:
    """A name for what will be ``path``; what dead processes left beside it is removed on the first occasion."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if (place := str(path.parent.absolute())) not in _SWEPT:
        _SWEPT.add(place)
        remove_orphans(path.parent)
    return path.with_name(f".{path.name[:140]}.{_host()}-{os.getpid()}.{uuid.uuid4().hex[:12]}.tmp")


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _abandoned(path: Path, mark: re.Match[str]) -> bool:
    if mark["host"] == _host() and os.name == "posix":
        return not alive(int(mark["process"]))
    try:
        return time.time() - path.stat().st_mtime > OLD
    except FileNotFoundError:
        return False
