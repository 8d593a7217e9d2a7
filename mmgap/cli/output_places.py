"""Where commands write: looked at before the work whose result goes there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmgap.core.atomic import require_file_place
from mmgap.core.messages import quoted

#: How the name of a page ends.
PAGES = (".html", ".htm")


def require_output(option: str, path: Path, suffixes: Sequence[str], what: str = "a page") -> Path:
    """Return ``path`` itself, a file that can be written and whose name says what it is.

    Args:
        option: that names it, ``"--export"``.
        path: of the file.
        suffixes: how its name may end, the usual one first.
        what: it is.

    Raises:
        ValueError: another ending.
        OSError: nothing can be written there.

    >>> require_output("--output", Path("card.png"), PAGES)
    Traceback (most recent call last):
    ValueError: --output card.png: a page ends in .html: give it such a name
    """
    if path.suffix.lower() not in suffixes:
        ends = " or ".join(ending for ending in suffixes if ending != ".htm")
        raise ValueError(f"{option} {quoted(path)}: {what} ends in {ends}: give it such a name")
    return require_file_place(path)
