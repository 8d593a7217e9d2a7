"""The items that a reader asks a report to label. The standard library only: options are checked with it."""

from __future__ import annotations

from collections.abc import Iterable

#: A picture has room for so many.
MOST = 40


def checked_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels, each once and in the order of their letters.

    Raises:
        ValueError: an empty one, or more than a picture has room for.

    >>> checked_labels(["b", "a", "b"])
    ('a', 'b')
    """
    found = tuple(sorted(set(labels)))
    if "" in found:
        raise ValueError("a label is the id of an item, and this one is empty")
    if len(found) > MOST:
        raise ValueError(f"{len(found)} labels, but a picture has room for {MOST}: name fewer items")
    return found
