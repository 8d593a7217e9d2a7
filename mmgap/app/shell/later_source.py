"""A source that is opened when something of it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from mmgap.app.shell.source import Source, open_source


class LaterSource(Source):
    """A source whose data set and encoder are loaded at the first question, so that pages without them are not kept.

    Args:
        opened: gives the source; called once.

    >>> LaterSource(lambda: open_source("glyphs-en", "tiny-random")).title
    'tiny-random × glyphs-en'
    """

    def __init__(self, opened: Callable[[], Source] = open_source) -> None:
        self._opened = opened
        self._lock, self._made = threading.RLock(), dict[str, Any]()

    def __getattr__(self, name: str) -> Any:
        if name not in ("dataset", "encoder", "spec"):
            raise AttributeError(name)
        source = self._once("source", self._opened)
        self.dataset, self.encoder, self.spec = source.dataset, source.encoder, source.spec  # no lock from now on
        return getattr(source, name)
