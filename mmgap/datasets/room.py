"""How many pixels are decoded at the same time: huge pictures wait for each other, small ones do not notice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Pixels in flight for all workers together: some 0.4 GB in RGB, two or three times that with a decoder's copies.
PIXELS = 1 << 27


class PixelRoom:
    """Room for ``pixels`` at a time, shared by threads; a picture that is larger than all of it is decoded alone.

    >>> room = PixelRoom(100)
    >>> with room.taken((10, 10)):
    ...     room.free
    0
    """

    def __init__(self, pixels: int = PIXELS) -> None:
        self.pixels = self.free = pixels
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: tuple[int, int]) -> Iterator[None]:
        """Wait until a picture of this (width, height) has room, and keep it for the body."""
        needed = min(size[0] * size[1], self.pixels)
        with self._changed:
            self._changed.wait_for(lambda: self.free >= needed)
            self.free -= needed
        try:
            yield
        finally:
            with self._changed:
                self.free += needed
                self._changed.notify_all()
