"""The one downloader: paced, patient, resuming, checking."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential, wait_random
from tqdm import tqdm

from mmgap.fetch.errors import FetchError, NotThereError, OfflineError, StoppedError, WrongContentError
from mmgap.fetch.pace import Pace, retry_after
from mmgap.fetch.partial import Partial, total_of
from mmgap.fetch.space import full_disk, readable, require_space

#: First wait between two tries in seconds (it doubles, with jitter, up to `LONGEST`), and how often one tries.
BACKOFF = 1.0
LONGEST = 60.0
TRIES = 6
#: Tries where no connection comes about: being offline should be said soon.
CONNECTS = 3
#: A server that asks for a longer pause than this many seconds is called again another day.
PATIENCE = 300.0
#: After so many new bytes the tries count afresh: a long file may break more often than a short one.
STRIDE = 1 << 20


class _Interrupted(FetchError):
    """A try that failed in a way that another may not."""

    def __init__(self, reason: str, *, pause: float = 0.0, connected: bool = True) -> None:
        super().__init__(reason)
        self.pause = pause
        self.connected = connected


class _Advanced(Exception):
    """A try that failed after it had brought the file a good deal further."""


class _Wrong(Exception):
    """What came is not what was promised."""


class Downloader:
    """Fetches files over HTTP; one for all threads.

    Dropped connections, time-outs, bodies shorter than announced, 429 and 5xx are tried again with exponential
    back-off and jitter; ``Retry-After`` holds every thread. A broken file goes on where it stopped, also in another
    process, if the server still has the same version of it; else it starts again. Only complete files that passed
    their checks bear their name.

    Args:
        rate: requests per second, over all threads.
        threads: files at a time in `mmgap.fetch.many.get_all`.
        tries: tries per file without progress.
        backoff: first wait between two tries, in seconds; default `BACKOFF`.
        timeout: seconds without an answer or without a byte.

    >>> with Downloader(rate=2) as downloader:
    ...     downloader.threads
    4
    """

    def __init__(
        self,
        *,
        rate: float = 10.0,
        threads: int = 4,
        tries: int = TRIES,
        backoff: float | None = None,
        timeout: float = 30.0,
    ) -> None:
        from mmgap import __version__

        self._stopped = threading.Event()
        self._pace = Pace(rate, self._stopped)
        self.threads = threads
        self._tries = tries
        first = BACKOFF if backoff is None else backoff
        self._backoff = wait_exponential(multiplier=first, max=LONGEST) + wait_random(0, first)
        self._http = httpx2.Client(
            headers={"User-Agent": f"mmgap/{__version__}", "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(timeout, pool=None),
            follow_redirects=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._http.close()

    def stop(self) -> None:
        """End all waits and transfers with `StoppedError`; what arrived is kept."""
        self._stopped.set()

    def get(
        self,
        url: str,
        path: Path,
        *,
        size: int | None = None,
        sha256: str | None = None,
        check: Callable[[Path], str | None] | None = None,
        limit: int = 1 << 36,
        show: bool = False,
    ) -> bool:
        """Fetch ``url`` to ``path`` unless it is there; True if something was fetched.

        Args:
            url: where from.
            path: where to; until it is complete it is called ``<path>.part``.
            size: bytes it must have.
            sha256: hexadecimal digest it must have; a file that is there already is held against it, too.
            check: says what is wrong with a finished file, or None.
            limit: more bytes than this are refused.
            show: a progress bar of its own.

        Raises:
            NotThereError: 404 or 410.
            OfflineError: no connection comes about.
            WrongContentError: twice not what was promised.
            FetchError: no room, refused, or given up after all tries.
        """
        if path.exists() and path.stat().st_size:
            if fault := _digest_fault(path, sha256):
                raise FetchError(f"{path} is there, but {fault}: delete it and call again")
            return False
        part = Partial(path)
        for _ in range(2):
            fault = self._receive(url, part, size, limit, show) or _fault(part.file, size, sha256, check)
            if fault is None:
                part.finish()
                return True
            part.discard()
        raise WrongContentError(f"{url}: {fault}; it was deleted and fetched once more, with the same result")

    def _receive(self, url: str, part: Partial, size: int | None, limit: int, show: bool) -> str | None:
        """All bytes of ``url`` in the part file; or what is wrong with them."""
        bar: Any = tqdm(
            desc=part.path.name, total=size, unit="B", unit_scale=True, delay=2, leave=False, disable=not show
        )
        best = part.size()

        def one_try() -> None:
            nonlocal best
            try:
                self._try(url, part, size, limit, bar)
            except _Interrupted as error:
                if error.connected and part.size() >= best + STRIDE:
                    best = part.size()
                    raise _Advanced from error
                raise

        with bar:
            while True:
                try:
                    self._retrying()(one_try)
                    return None
                except _Advanced:
                    continue
                except _Wrong as error:
                    return str(error)
                except _Interrupted as error:
                    if error.connected:
                        raise FetchError(
                            f"{url}: {error}; given up for now, what arrived is kept: call again to go on"
                        ) from error
                    host = httpx2.URL(url).host
                    raise OfflineError(
                        f"{host} cannot be reached ({error}): is there a network? By hand: save {url}"
                        f" as {part.path} and call again, or name a mirror with --base-url"
                    ) from error

    def _retrying(self) -> Retrying:
        def enough(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            connected = getattr(error, "connected", True)
            return state.attempt_number >= (self._tries if connected else min(CONNECTS, self._tries))

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(self._backoff(state), getattr(error, "pause", 0.0))

        return Retrying(
            sleep=self._pace.sleep, stop=enough, wait=wait, retry=retry_if_exception_type(_Interrupted), reraise=True
        )

    def _try(self, url: str, part: Partial, size: int | None, limit: int, bar: Any) -> None:
        if size is not None and part.size() == size:
            return
        self._pace.wait()
        try:
            with self._http.stream("GET", url, headers=part.headers(url)) as response:
                if self._whole_already(response, part):
                    return
                self._judge(url, response)
                self._store(url, response, part, size, limit, bar)
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.TooManyRedirects) as error:
            raise FetchError(f"{url}: {error or type(error).__name__}") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise _Interrupted(_words(error), connected=False) from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _Interrupted(_words(error)) from error

    def _whole_already(self, response: httpx2.Response, part: Partial) -> bool:
        """416: everything was here before the last kill, or what is here does not fit any more."""
        if response.status_code != 416:
            return False
        if total_of(response) == part.size() > 0:
            return True
        part.discard()
        raise _Interrupted("the rest of the file was refused (416)")

    def _judge(self, url: str, response: httpx2.Response) -> None:
        status = response.status_code
        if status in (200, 206):
            return
        what = f"{status} {response.reason_phrase}".strip()
        if status in (404, 410):
            raise NotThereError(f"{url}: not there ({what})")
        if status not in (408, 425, 429) and status < 500:
            raise FetchError(f"{url}: the server answers {what}")
        pause = retry_after(response.headers.get("retry-after"))
        if pause > PATIENCE:
            raise FetchError(f"{url}: the server answers {what} and asks for a pause of {pause:.0f} s: call again then")
        self._pace.hold(pause)
        raise _Interrupted(f"the server answers {what}", pause=pause)

    def _store(
        self, url: str, response: httpx2.Response, part: Partial, size: int | None, limit: int, bar: Any
    ) -> None:
        total = total_of(response)
        if size is not None and total not in (None, size):
            raise _Wrong(f"the server offers {total:,} bytes where {size:,} were expected")
        most = limit if size is None else size
        if (total or 0) > most:
            raise _Wrong(f"the server offers more than {readable(most)}")
        require_space(part.path.parent, (total or 0) - part.size(), part.path.name)
        try:
            stream = part.open(url, response)
            if stream is None:
                part.discard()
                raise _Interrupted("the rest that was sent is of another version")
            with stream:
                bar.total = total
                bar.update(stream.tell() - bar.n)
                for chunk in response.iter_bytes():
                    if stream.tell() + len(chunk) > most:
                        raise _Wrong(f"the server sends more than {readable(most)}")
                    if self._stopped.is_set():
                        raise StoppedError("stopped; call again to go on")
                    stream.write(chunk)
                    bar.update(len(chunk))
        except FetchError:
            raise
        except OSError as error:
            raise full_disk(error, part.file) from error


def _fault(file: Path, size: int | None, sha256: str | None, check: Callable[[Path], str | None] | None) -> str | None:
    if size is not None and file.stat().st_size != size:
        return f"{file.stat().st_size:,} bytes came where {size:,} were expected"
    return _digest_fault(file, sha256) or (check(file) if check else None)


def _digest_fault(file: Path, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    return None if found == sha256.lower() else f"its SHA-256 is {found}, not {sha256}"


def _words(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__
