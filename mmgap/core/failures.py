"""What ends a command or a cell in one line: input that cannot be used, memory that is not there."""

from __future__ import annotations

import errno
import os

from mmgap.core.messages import quoted
from mmgap.core.registry import UnknownNameError

#: A longer message is cut: it echoes what was given.
LONGEST = 2000

#: What is wrong with a path that the system refuses, and the cure; its own words name neither.
_REFUSED = {
    errno.EEXIST: "a file is there, where a folder is meant: name another place",
    errno.ENOTDIR: "a part of this path is a file, no folder: name another place",
    errno.EISDIR: "is a folder: name a file in it",
    errno.ENOENT: "no such file or folder, and none can be made there: look at the path, or name another place",
    errno.EACCES: "you may not read or write there: change its permissions, or name another place",
    errno.EPERM: "you may not read or write there: change its permissions, or name another place",
    errno.EROFS: "its disk can only be read: name another place",
    errno.ENOSPC: "its disk is full: make room, or name another place",
    errno.EDQUOT: "your share of its disk is used up: make room, or name another place",
    errno.EFBIG: "is larger than its disk, or a limit of yours, allows: name another place",
    errno.ELOOP: "is a link that leads to itself: remove it, or name another place",
    errno.ENAMETOOLONG: "the name is too long for this disk: name a shorter one",
}

_INPUT = (UnknownNameError, OSError, ValueError, EOFError, RecursionError)


def is_input(error: BaseException) -> bool:
    """Return whether an error says that what was given cannot be used, rather than that mmgap is wrong.

    >>> is_input(FileNotFoundError("photos: no such folder")), is_input(TypeError("unsupported operand"))
    (True, False)
    """
    return isinstance(error, _INPUT) or type(error).__name__ == "SafetensorError"


def is_memory(error: BaseException) -> bool:
    """Return whether there was not enough memory: Python's, NumPy's, torch's on either device.

    >>> is_memory(MemoryError()), is_memory(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    (True, True)
    """
    words = str(error).lower()
    told = isinstance(error, RuntimeError) and ("out of memory" in words or "can't allocate memory" in words)
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or told


def line(error: BaseException) -> str:
    """Return the error on one line of bearable length: its words, or its class where it has none.

    A path that the system refuses is named with what is wrong with it and the cure.

    >>> line(ValueError("a\\n  b")), line(EOFError())
    ('a b', 'EOFError')
    >>> line(IsADirectoryError(errno.EISDIR, "Is a directory", "photos"))
    'photos: is a folder: name a file in it'
    """
    said = _refused_path(error) if isinstance(error, OSError) else str(error)
    words = quoted(" ".join(said.split()), LONGEST) or type(error).__name__
    return f"not enough memory: {words}" if is_memory(error) else words


def _refused_path(error: OSError) -> str:
    cure = _REFUSED.get(error.errno or 0)
    if error.errno == errno.EEXIST and isinstance(error.filename, str) and os.path.islink(error.filename):
        cure = f"is a link to {os.path.realpath(error.filename)}, which is not there: make it, or name another place"
    return str(error) if cure is None or error.filename is None else f"{error.filename}: {cure}"
