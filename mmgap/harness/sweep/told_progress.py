"""What a sweep shows meanwhile: on a terminal a line below all others, elsewhere a plain line a minute."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mmgap.core.progress import progress_bar

#: Seconds between two looks.
LOOK = 1.0


class ToldProgress:
    """Lines as they come, and how far the sweep is.

    Args:
        bar: the line below, drawn on a terminal alone.
        every: seconds between two plain lines elsewhere.
    """

    def __init__(self, bar: Any, every: float) -> None:
        self.bar, self.every = bar, every
        self._over, self._screen = threading.Event(), threading.Lock()

    def say(self, line: str) -> None:
        """Show a line above the one that stays."""
        with self._screen:
            self.bar.write(line, file=sys.stdout)
            sys.stdout.flush()

    def follow(self, words: Callable[[], str]) -> None:
        """Say from now on what ``words`` returns."""
        threading.Thread(target=self._look, args=(words,), name="mmgap-sweep", daemon=True).start()

    def end(self) -> None:
        self._over.set()

    def _look(self, words: Callable[[], str]) -> None:
        said = time.monotonic()
        while not self._over.wait(LOOK):
            if not self.bar.disable:
                self.bar.set_description_str(words())
            elif time.monotonic() - said >= self.every:
                said = time.monotonic()
                self.say(f"mmgap: {words()}")


@contextmanager
def told_progress(every: float) -> Iterator[ToldProgress]:
    """Show the progress of a sweep within the block."""
    with progress_bar(total=0, delay=1e-9, bar_format="{desc}") as bar:
        told = ToldProgress(bar, every)
        try:
            yield told
        finally:
            told.end()
