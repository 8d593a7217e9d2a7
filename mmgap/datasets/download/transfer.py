"""One try at one file: what a server can answer, and what of it is worth another try."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import httpx2

from mmgap.core.progress import say
from mmgap.datasets.download.disk_space import full_disk, readable, require_space
from mmgap.datasets.download.errors import FetchError, NotThereError, StoppedError
from mmgap.datasets.download.pace import Pace, retry_after
from mmgap.datasets.download.partial import Partial, total_of

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
            raise Wrong(f"the server offers more than {readable(most)}")
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
                        raise Wrong(f"the server sends more than {readable(most)}")
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
