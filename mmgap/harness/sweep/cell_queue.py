"""Which cells go where next: an encoder stays where it is, until others would wait for nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

#: How often a cell that took its process with it, or that another process held, is tried.
TRIES = 3


class CellQueue:
    """The cells that wait, for the threads that look after a place each.

    A group (the cells of an encoder) belongs to the place that took it first: its models and vectors are there. A place
    without a group of its own takes one that nobody has, then half of what is left of the longest.

    Args:
        groups: node ids by encoder.
        most: cells that a place takes at a time.

    >>> queue = CellQueue({"a": ["a1", "a2", "a3", "a4"], "b": ["b1"]}, most=2)
    >>> queue.take("north"), queue.take("south"), queue.take("south")
    (['a1', 'a2'], ['b1'], ['a3'])
    """

    def __init__(self, groups: Mapping[str, Sequence[str]], most: int) -> None:
        self.most = most
        self._group = {nodeid: name for name, nodeids in groups.items() for nodeid in nodeids}
        self._waiting = {name: list(nodeids) for name, nodeids in groups.items()}
        self._home: dict[str, str] = {}
        self._out: set[str] = set()
        self._tries: dict[str, int] = {}
        self._stopped = False
        self._changed = threading.Condition()

    def take(self, place: str, *, wait: bool = True) -> list[str]:
        """Return the next cells for a place; none when all is done or stopped.

        Where all that is left is out, it may still come back, and is waited for unless ``wait`` is False.
        """
        with self._changed:
            while not self._stopped:
                if (name := self._next(place)) is not None:
                    waiting = self._waiting[name]
                    count = min(self.most, -(-len(waiting) // 2) if self._home.get(name, place) != place else self.most)
                    taken, self._waiting[name] = waiting[:count], waiting[count:]
                    self._home.setdefault(name, place)
                    self._out |= set(taken)
                    return taken
                if not (self._out and wait):
                    break
                self._changed.wait()
            return []

    def done(self, nodeid: str) -> None:
        """A cell has its outcome."""
        with self._changed:
            self._out.discard(nodeid)
            self._changed.notify_all()

    def back(self, nodeids: Iterable[str], *, place_lost: str = "") -> None:
        """Cells without an outcome wait again; the groups of a place that is lost are anybody's."""
        with self._changed:
            for nodeid in reversed([one for one in nodeids if one in self._out]):
                self._out.discard(nodeid)
                self._waiting[self._group[nodeid]].insert(0, nodeid)
            for name in [name for name, home in self._home.items() if home == place_lost]:
                del self._home[name]
            self._changed.notify_all()

    def try_again(self, nodeid: str) -> bool:
        """Return whether a cell that came to nothing may be tried once more, and count that it did."""
        with self._changed:
            self._tries[nodeid] = self._tries.get(nodeid, 0) + 1
            return self._tries[nodeid] < TRIES

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def over(self) -> bool:
        """Whether nothing waits and nothing is out, or it was stopped."""
        with self._changed:
            return self._stopped or not (self._out or any(self._waiting.values()))

    def _next(self, place: str) -> str | None:
        waiting = [name for name, nodeids in self._waiting.items() if nodeids]
        own = [name for name in waiting if self._home.get(name) == place]
        free = [name for name in waiting if name not in self._home]
        return next(iter(own or free), max(waiting, key=lambda name: len(self._waiting[name]), default=None))
