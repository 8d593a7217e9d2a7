"""Text files of somebody's folder: opened as carefully as pictures, decoded so that one bad byte costs its record."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from mmgap.core.messages import N_
from mmgap.datasets.base import DatasetError
from mmgap.datasets.images import PASSING, shown

#: Bytes of a captions file that are read, and of a text beside a picture.
MOST, MOST_BESIDE = 1 << 30, 1 << 20

#: What a byte becomes that does not belong to the file's encoding: no character, so that no text has it.
MARK = "\ufdd0"

#: Why a link to a file elsewhere is not followed.
LINK_OUT = "it is a link that leaves the folder"

_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextFileError(DatasetError):
    """A text file that cannot be opened; the message names it, ``reason`` is the message without it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {shown(path)}: {reason}")
        self.reason = reason


def content(path: Path, root: Path | None = None, *, most: int = MOST) -> bytes:
    """Return the bytes of a regular file that lies in ``root``.

    Raises:
        TextFileError: a link out of ``root``, no regular file (a pipe would be waited for), more than ``most`` bytes,
            or one that may not be read.
        OSError: the machine's trouble, not the file's.
    """
    if root is not None and path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        raise TextFileError(path, LINK_OUT)
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise TextFileError(path, "it is no regular file")
            if status.st_size > most:
                sizes = f"{status.st_size / 1e6:,.1f} MB, and at most {most / 1e6:,.1f} MB are read"
                raise TextFileError(path, f"it has {sizes}: split it into several files")
            return file.read(most)
    except OSError as error:
        if error.errno in PASSING:
            raise
        raise TextFileError(path, N_("no such file") if isinstance(error, FileNotFoundError) else str(error)) from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def decoded(data: bytes) -> str:
    """Return the text in UTF-8, UTF-16 or UTF-32, with or without a byte-order mark, else in Windows-1252, as
    spreadsheets write.

    A byte that does not belong becomes `MARK`: what is read from its line is then left out, and the others are as
    they should be.

    >>> decoded(b"ni\\xc3\\xb1o, caf\\xe9") == "niño, caf" + MARK
    True
    >>> decoded(b"ni\\xf1o, caf\\xe9")
    'niño, café'
    """
    for mark, name in _MARKED:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if name := _two_bytes_each(data):
        return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", errors="surrogateescape")
    bad = sum("\udc80" <= letter <= "\udcff" for letter in text)
    good = sum(letter > "\x7f" for letter in text) - bad
    if good * 10 < bad or not good:  # hardly any text of Windows-1252 has a valid sequence of UTF-8 in it
        return data.decode("cp1252", errors="replace").replace("\ufffd", MARK)
    return text.translate({0xDC00 + byte: MARK for byte in range(0x80, 0x100)})


def utf8(data: bytes) -> str:
    """Return the text that must be UTF-8, with or without a byte-order mark, its lines ending in ``\\n``.

    Raises:
        ValueError: a byte that is not; the message names its line.
    """
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} has the byte 0x{data[error.start]:02x}, which is not UTF-8") from error


def _two_bytes_each(data: bytes) -> str:
    """The UTF-16 that a text without a mark is in: its ASCII half is zeros, all on one side."""
    some = data[: 1 << 16]
    zeros = some[1::2].count(0), some[::2].count(0)
    if sum(zeros) * 10 < len(some) or max(zeros) < 4 * min(zeros) or not some:
        return ""
    return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"
