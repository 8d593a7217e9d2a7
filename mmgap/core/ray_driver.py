"""This process as the driver of a Ray cluster, and as it was before once it has left."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmgap.core.optional_libraries import optional_library


@contextmanager
def ray_driver(address: str | None, *, logging_level: int | str, **options: Any) -> Iterator[Any]:
    """Yield Ray, connected; a connection that is there already is used and stays.

    Ray changes the process that calls it, and leaves that so: the debugger that ``breakpoint()`` starts (in every
    process begun from here, too), what SIGTERM does and how errors end. All are put back.

    Args:
        address: of a cluster; without one, Ray is started on this machine.
        logging_level: from which Ray's own messages are shown.
        options: of `ray.init`.

    Raises:
        NoLibraryError: Ray is not installed.
        ConnectionError: no cluster is there.
    """
    before, hook, ends = dict(os.environ), sys.excepthook, signal.getsignal(signal.SIGTERM)
    ray = optional_library("ray", "cluster")
    connects = not ray.is_initialized()
    try:
        try:
            if connects:
                where = {} if address is None else {"address": address}
                ray.init(**where, log_to_driver=False, logging_level=logging_level, **options)
        finally:  # what a connection that failed changed is put back, too
            changed = _changed_since(before)
        yield ray
    finally:
        if connects:
            ray.shutdown()
        for name in changed:
            os.environ.pop(name, None)
        os.environ.update({name: before[name] for name in changed if name in before})
        sys.excepthook = hook
        if threading.current_thread() is threading.main_thread() and ends is not None:  # None: not set from Python
            signal.signal(signal.SIGTERM, ends)


def _changed_since(before: Mapping[str, str]) -> set[str]:
    """The environment variables that are not as they were; Ray's own stay, as its next connection needs them."""
    names = {name for name in {*os.environ, *before} if os.environ.get(name) != before.get(name)}
    return {name for name in names if not name.startswith("RAY_")}
