"""How fast a server is asked: requests per second over all threads, and the pause it asks for."""

from __future__ import annotations

import math
import threading
import time
from email.utils import parsedate_to_datetime

from mmgap.datasets.download.errors import StoppedError


class Pace:
    """Gives each request its moment, ``1 / rate`` seconds after the one before, whichever thread asks.

    Args:
        rate: requests per second, above 0.
        stopped: set, it ends every wait with `StoppedError`.
    """

    def __init__(self, rate: float, stopped: threading.Event) -> None:
        if not (math.isfinite(rate) and rate > 0):
            raise ValueError(f"rate must be a number of requests per second above 0, got {rate}")
        self._gap = 1 / rate
        self._next = 0.0
        self._lock = threading.Lock()
        self._stopped = stopped

    def wait(self) -> None:
        """Return when the caller may send its request."""
        with self._lock:
            moment = max(time.monotonic(), self._next)
            self._next = moment + self._gap
        self.sleep(moment - time.monotonic())

    def hold(self, seconds: float) -> None:
        """No thread starts a request for so many seconds."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Sleep, unless stopped."""
        if self._stopped.wait(max(seconds, 0)):
            raise StoppedError("stopped; call again to go on")


def retry_after(value: str | None) -> float:
    """Seconds that a ``Retry-After`` header asks for: a number or an HTTP date (RFC 9110, 10.2.3); else 0.

    >>> retry_after("7"), retry_after(None), retry_after("soon")
    (7.0, 0.0, 0.0)
    """
    if value is None:
        return 0.0
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0
