"""One try at one file: when it is asked for, what of it is here, what the server can answer, what is worth another."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

import httpx2
from humanize import naturalsize

from mmgap.core.checked_json import JsonError, conform, read_json
from mmgap.core.progress import say
from mmgap.datasets.download.errors import (
    FetchError,
    NotThereError,
    StoppedError,
    full_disk,
    require_space,
)

#: A server that asks for a longer pause than this many seconds is called again another day.
PATIENCE = 300.0
#: A pause that is longer is said.
SAID = 5.0


class Interrupted(FetchError):
    """A try that failed in a way that another may not.

    Args:
        reason: in words.
        pause: seconds that the server asks for.
        connected: whether there was a connection at all.
    """

    def __init__(self, reason: str, *, pause: float = 0.0, connected: bool = True) -> None:
        super().__init__(reason)
        self.pause = pause
        self.connected = connected


class Wrong(Exception):
    """What came is not what was promised."""


@dataclass(frozen=True)
class Transfer:
    """A file that is to come from ``url`` into ``part``: ``size`` bytes if known, at most ``limit``."""

    http: httpx2.Client
    pace: Pace
    stopped: threading.Event
    url: str
    part: Partial
    size: int | None
    limit: int
    bar: Any

    def once(self) -> None:
        """Ask for what is missing and append it.

        Raises:
            Interrupted: another try may help.
            Wrong: size or limit do not fit.
            NotThereError: 404 or 410.
            FetchError: refused, no room, no address, stopped.
        """
        if self.size is not None and self.part.size() == self.size:
            return
        self.pace.wait()
        try:
            with self.http.stream("GET", self.url, headers=self.part.headers(self.url)) as response:
                if self._whole_already(response):
                    return
                self._judge(response)
                self._store(response)
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.TooManyRedirects) as error:
            raise FetchError(f"{self.url}: {error or type(error).__name__}") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise Interrupted(_words(error), connected=False) from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise Interrupted(_words(error)) from error

    def _whole_already(self, response: httpx2.Response) -> bool:
        """416: everything was here before the last kill, or what is here does not fit any more."""
        if response.status_code != 416:
            return False
        if total_of(response) == self.part.size() > 0:
            return True
        self.part.discard()
        raise Interrupted("the rest of the file was refused (416)")

    def _judge(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status in (200, 206):
            return
        what = f"{status} {response.reason_phrase}".strip()
        if status in (404, 410):
            raise NotThereError(f"{self.url}: not there ({what})")
        if status not in (408, 425, 429) and status < 500:
            raise FetchError(f"{self.url}: the server answers {what}")
        pause = retry_after(response.headers.get("retry-after"))
        if pause > PATIENCE:
            asked = f"answers {what} and asks for a pause of {pause:.0f} s"
            raise FetchError(f"{self.url}: the server {asked}: call again then")
        self.pace.hold(pause)
        if pause >= SAID:
            say(f"{httpx2.URL(self.url).host} asks for a pause of {pause:.0f} s")
        raise Interrupted(f"the server answers {what}", pause=pause)

    def _store(self, response: httpx2.Response) -> None:
        total = total_of(response)
        if self.size is not None and total not in (None, self.size):
            raise Wrong(f"the server offers {total:,} bytes where {self.size:,} were expected")
        most = self.limit if self.size is None else self.size
        if (total or 0) > most:
            raise Wrong(f"the server offers more than {naturalsize(most)}")
        require_space(self.part.path.parent, (total or 0) - self.part.size(), self.part.path.name)
        try:
            stream = self.part.open(self.url, response)
            if stream is None:
                self.part.discard()
                raise Interrupted("the rest that was sent is of another version")
            with stream:
                self.bar.total = total
                self.bar.update(stream.tell() - self.bar.n)
                for chunk in response.iter_bytes():
                    if stream.tell() + len(chunk) > most:
                        raise Wrong(f"the server sends more than {naturalsize(most)}")
                    if self.stopped.is_set():
                        raise StoppedError("stopped; call again to go on")
                    stream.write(chunk)
                    self.bar.update(len(chunk))
            if self.part.size() < (total or 0):
                raise Interrupted(f"{self.part.size():,} of {total:,} bytes came")
        except FetchError:
            raise
        except OSError as error:
            raise full_disk(error, self.part.file) from error


def _words(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__


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
        """Let no thread start a request for so many seconds."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Sleep, unless stopped."""
        if self._stopped.wait(max(seconds, 0)):
            raise StoppedError("stopped; call again to go on")


def retry_after(value: str | None) -> float:
    """Return the seconds that a ``Retry-After`` header asks for: a number or an HTTP date (RFC 9110, 10.2.3); else 0.

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


class Partial:
    """``path`` while it is incomplete.

    The bytes lie in ``<path>.part``; ``<path>.part.json`` names the address, the version (strong ETag, else
    Last-Modified) and the full size they came from. Both survive a kill. A server that names no version must at least
    offer the same size again; that the parts fit is for the check of the finished file to say.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.with_name(path.name + ".part")
        self._state = path.with_name(path.name + ".part.json")

    def size(self) -> int:
        """Return the bytes that arrived so far."""
        return self.file.stat().st_size if self.file.exists() else 0

    def headers(self, url: str) -> dict[str, str]:
        """Return ``Range`` and ``If-Range`` that ask for the rest (RFC 9110, 13.1.5 and 14.2); empty: ask for
        everything."""
        have, state = self.size(), self._state_of(url)
        if not have or not (state.get("version") or state.get("total")):
            return {}
        version = {"If-Range": state["version"]} if state.get("version") else {}
        return {"Range": f"bytes={have}-", **version}

    def open(self, url: str, response: httpx2.Response) -> IO[bytes] | None:
        """Return the file to append the body of ``response`` to; None if that is not the rest of what is here."""
        if response.status_code == 206:
            start = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
            then, now = self._state_of(url), _state(url, response)
            same = all(now[key] is None or now[key] == then.get(key) for key in now)
            return self.file.open("ab") if start == str(self.size()) and same else None
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._state.write_text(json.dumps(_state(url, response)), encoding="utf-8")
        return self.file.open("wb")

    def finish(self) -> None:
        """Give the complete file its name."""
        os.replace(self.file, self.path)
        self._state.unlink(missing_ok=True)

    def discard(self) -> None:
        """Start from nothing."""
        self.file.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def _state_of(self, url: str) -> dict[str, Any]:
        """What is known of the bytes that are here; empty if they came from elsewhere."""
        try:
            state = conform(read_json(self._state), dict[str, Any], self._state.name)
            return state if state["url"] == url else {}
        except (JsonError, KeyError):
            return {}


def _state(url: str, response: httpx2.Response) -> dict[str, Any]:
    return {"url": url, "version": _version(response), "total": total_of(response)}


def _version(response: httpx2.Response) -> str | None:
    """What identifies the bytes: a strong ETag, else Last-Modified; None for a compressed body or neither."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    etag: str | None = response.headers.get("etag")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("last-modified")


def total_of(response: httpx2.Response) -> int | None:
    """Return the size of the whole file, where the response tells it."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    total = response.headers.get("content-range", "").partition("/")[2] or response.headers.get("content-length", "")
    return int(total) if total.isascii() and total.isdigit() else None
