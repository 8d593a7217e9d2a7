"""Progress bars and log lines on the terminal although pytest captures output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def visible(config: pytest.Config) -> Iterator[None]:
    """Let the block write to the terminal, where there is one: long work inside a test shows how far it is.

    Elsewhere (a file, a pipe, a worker of xdist) output stays captured.
    """
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None or hasattr(config, "workerinput"):
        yield
        return
    with capture.global_and_fixture_disabled():
        if sys.stderr.isatty():
            yield
            return
    yield
