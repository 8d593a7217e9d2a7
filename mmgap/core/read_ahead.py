"""Reading in a thread of its own, one piece ahead of whoever works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")


def read_ahead(read: Callable[[Asked], Found], pieces: Iterable[Asked]) -> Iterator[Found]:
    """Yield ``read`` of every piece in turn; the next one is read meanwhile.

    Raises:
        Exception: whatever ``read`` raises, where its piece would have come.

    >>> list(read_ahead(str.upper, ["a", "b"]))
    ['A', 'B']
    """
    with ThreadPoolExecutor(1, thread_name_prefix="mmgap-read") as reader:
        following: Future[Found] | None = None
        for piece in pieces:
            current, following = following, reader.submit(read, piece)
            if current is not None:
                yield current.result()
        if following is not None:
            yield following.result()
