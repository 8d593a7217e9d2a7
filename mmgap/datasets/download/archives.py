"""Zip archives from the network, unpacked with distrust."""

from __future__ import annotations

import os
import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from humanize import naturalsize

from mmgap.core.progress import progress_bar
from mmgap.datasets.download.errors import FetchError, full_disk, require_space

#: More than this many times the size of the archive (and more than `HARMLESS` bytes) is a bomb.
RATIO = 100
HARMLESS = 1 << 24


def is_zip(path: Path) -> str | None:
    """Return what is wrong with ``path`` as a zip archive, or None."""
    return None if zipfile.is_zipfile(path) else "not a zip archive"


def unpack(archive: Path, folder: Path, wanted: re.Pattern[str]) -> int:
    """Write the members of ``archive`` whose whole name matches ``wanted`` under ``folder``; those there stay.

    Each file appears complete or not at all, so a second call goes on where a killed one stopped.

    Returns:
        How many files were written.

    Raises:
        FetchError: not a readable archive; a member with a path that leaves the folder, a link, a duplicate or an
            encrypted one; a bomb (`RATIO`); no room. Nothing is written then, unless damage shows only on reading.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _safe(opened.infolist(), archive, wanted)
            new = [member for member in members if not _there(folder / member.filename, member)]
            require_space(folder, sum(member.file_size for member in new), f"what {archive.name} holds")
            for member in progress_bar(new, desc=f"unpacking {archive.name}"):
                _write(opened, member, folder / member.filename)
            return len(new)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FetchError(f"{archive} is damaged ({error}): delete it and call again") from error


def _safe(members: list[zipfile.ZipInfo], archive: Path, wanted: re.Pattern[str]) -> list[zipfile.ZipInfo]:
    """The wanted files, after a look at all."""
    kept: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.filename
        if reason := _unsafe(member):
            raise FetchError(f"{archive} holds {name!r}, {reason}: it was not unpacked; delete it")
        if not member.is_dir() and wanted.fullmatch(name):
            if name in kept:
                raise FetchError(f"{archive} holds {name!r} twice: it was not unpacked; delete it")
            kept[name] = member
    total = sum(member.file_size for member in kept.values())
    if total > max(RATIO * archive.stat().st_size, HARMLESS):
        raise FetchError(
            f"{archive} ({naturalsize(archive.stat().st_size)}) would unpack to {naturalsize(total)}, like a zip bomb:"
            " it was not unpacked; delete it"
        )
    return list(kept.values())


def _unsafe(member: zipfile.ZipInfo) -> str | None:
    name = member.orig_filename
    path = PurePosixPath(name)
    if path.is_absolute() or PureWindowsPath(name).drive or "\\" in name or "\0" in name or ".." in path.parts:
        return "a path that may leave the folder"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link or device"
    return "which is encrypted" if member.flag_bits & 1 else None


def _there(path: Path, member: zipfile.ZipInfo) -> bool:
    return path.is_file() and path.stat().st_size == member.file_size


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with opened.open(member) as source, part.open("wb") as target:
                shutil.copyfileobj(source, target)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise full_disk(error, path) from error
