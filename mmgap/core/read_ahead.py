"""Reading in threads of its own, some pieces ahead of whoever works on them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Asked = TypeVar("Asked")
Found = TypeVar("Found")


def read_ahead(read: Callable[[Asked], Found], pieces: Iterable[Asked], *, readers: int = 1) -> Iterator[Found]:
    """Yield ``read`` of every piece in turn; the next ones, as many as there are readers, are read meanwhile.

    Args:
        read: runs in a thread; in several at once where there are several readers.
        pieces: what it is asked for.
        readers: threads, at least 1.

    Raises:
        Exception: whatever ``read`` raises, where its piece would have come.

    >>> list(read_ahead(str.upper, ["a", "b"]))
    ['A', 'B']
    """
    with ThreadPoolExecutor(readers, thread_name_prefix="mmgap-read") as pool:
        following: deque[Future[Found]] = deque()
        for piece in pieces:
            following.append(pool.submit(read, piece))
            if len(following) > readers:
                yield following.popleft().result()
        while following:
            yield following.popleft().result()
