"""This process as the driver of a Ray cluster, and as it was before once it has left."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmgap.core.optional_libraries import optional_library

#: Seconds in which a cluster answers.
CONNECT = 5.0


class NoClusterError(ConnectionError):
    """Nobody answers at the address of a cluster, or it is none; the message names it."""


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
        NoClusterError: nobody answers at the address.
        ConnectionError: who answers there is no cluster.
    """
    if address is not None:
        _require_reachable(address)
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


def _require_reachable(address: str) -> None:
    """Raise `NoClusterError` where nobody answers at an address, or it is none: Ray itself would try for ever."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not (host and port.isdigit()) or "/" in host:
        raise NoClusterError(
            f"--ray {address}: give HOST:PORT as ray start prints it, or auto on a machine of the cluster"
        )
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT).close()
    except (OSError, OverflowError) as error:
        raise NoClusterError(
            f"no Ray cluster at {address}: {error}; start one, ray start --head, or look at the address"
        ) from error


def _changed_since(before: Mapping[str, str]) -> set[str]:
    """The environment variables that are not as they were; Ray's own stay, as its next connection needs them."""
    names = {name for name in {*os.environ, *before} if os.environ.get(name) != before.get(name)}
    return {name for name in names if not name.startswith("RAY_")}
