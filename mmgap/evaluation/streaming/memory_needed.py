"""Whether vectors fit in memory, told by the size of their files before any of them is read."""

from __future__ import annotations

from mmgap.core.vector_files import locate

#: Bytes in memory for a byte on disk: vectors as saved, and their unit rows, which float16 has twice as wide.
_TIMES = 3.5
#: Files below are always measured in memory, whoever asks for how little.
SMALL = 1 << 20


def memory_needed(argument: str) -> int:
    """Return about how many bytes `mmgap.measure` takes for the vectors that ``argument`` names.

    Raises:
        MissingDataError, VectorFileError: as `mmgap.core.vector_files.locate`.
    """
    total = 0
    for source in locate(argument)[:2]:
        files = [source.path] if source.path.is_file() else source.path.rglob("*")
        total += sum(file.stat().st_size for file in files if file.is_file())
    return int(_TIMES * total)
