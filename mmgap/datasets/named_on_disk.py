"""What is meant by the name of a data set that is a path on disk."""

from __future__ import annotations

from mmgap.core.messages import quoted
from mmgap.core.paths import expanded, is_folder


def named_on_disk(name: str) -> str | None:
    """Return how what lies at ``name`` is named as a data set, in words; None where nothing lies there.

    >>> named_on_disk("no such folder") is None, named_on_disk(".")
    (True, 'it is a folder; the pictures in it are named folder:.')
    """
    from mmgap.core.vector_sources import is_vectors

    first = name.partition(",")[0]
    if first and is_vectors(first):
        return f"files of vectors are named vectors:{quoted(name if ',' in name else f'{name},TEXTS')}"
    if first and is_folder(expanded(name)):
        return f"it is a folder; the pictures in it are named folder:{quoted(name)}"
    return None
