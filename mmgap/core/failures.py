"""What ends a command or a cell in one line: input that cannot be used, memory that is not there."""

from __future__ import annotations

from mmgap.core.messages import quoted
from mmgap.core.registry import UnknownNameError

#: A longer message is cut: it echoes what was given.
LONGEST = 2000

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

    >>> line(ValueError("a\\n  b")), line(EOFError())
    ('a b', 'EOFError')
    """
    words = quoted(" ".join(str(error).split()), LONGEST) or type(error).__name__
    return f"not enough memory: {words}" if is_memory(error) else words
