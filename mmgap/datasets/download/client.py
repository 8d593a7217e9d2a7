"""The one downloader: paced, patient, resuming, checking; for one file, and for many in a pool of threads."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential, wait_random

from mmgap.core.progress import progress_bar
from mmgap.datasets.download.errors import FetchError, NotThereError, OfflineError, StoppedError, WrongContentError
from mmgap.datasets.download.transfer import Interrupted, Pace, Partial, Transfer, Wrong

#: First wait between two tries in seconds (it doubles, with jitter, up to `LONGEST`), and how often one tries.
BACKOFF = 1.0
LONGEST = 60.0
TRIES = 6
#: Tries where no connection comes about: being offline should be said soon.
CONNECTS = 3
#: After so many new bytes the tries count afresh: a long file may break more often than a short one.
STRIDE = 1 << 20
#: So many failures in a row (missing files apart) mean that the server has a bad day.
IN_A_ROW = 20
#: So many failures are named in a summary.
NAMED = 10


class _Advanced(Exception):
    """A try that failed after it had brought the file a good deal further."""


class Downloader:
    """Fetches files over HTTP; one for all threads.

    Dropped connections, time-outs, bodies shorter than announced, 429 and 5xx are tried again with exponential
    back-off and jitter; ``Retry-After`` holds every thread. A broken file goes on where it stopped, also in another
    process, if the server still has the same version of it; else it starts again. Only complete files that passed
    their checks bear their name.

    Args:
        rate: requests per second, over all threads.
        threads: files at a time in `mmgap.datasets.download.client.get_all`.
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
            max_redirects=5,
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
        bar: Any = progress_bar(desc=part.path.name, total=size, unit="B", unit_scale=True, disable=not show)
        transfer = Transfer(self._http, self._pace, self._stopped, url, part, size, limit, bar)
        best = part.size()

        def one_try() -> None:
            nonlocal best
            try:
                transfer.once()
            except Interrupted as error:
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
                except Wrong as error:
                    return str(error)
                except Interrupted as error:
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
            sleep=self._pace.sleep, stop=enough, wait=wait, retry=retry_if_exception_type(Interrupted), reraise=True
        )


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


@dataclass(frozen=True)
class Fetched:
    """What a call did: files fetched, files that were there, and (name, reason) of each failure."""

    folder: Path
    new: int = 0
    present: int = 0
    failed: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: Fetched) -> Fetched:
        return Fetched(self.folder, self.new + other.new, self.present + other.present, (*self.failed, *other.failed))

    def summary(self) -> str:
        """Return the counts in a line, then one line for each of the first failures.

        >>> print(Fetched(Path("data/arasaac"), new=2, failed=(("7", "not there (404 Not Found)"),)).summary())
        data/arasaac: fetched 2, already there 0, failed 1
          7: not there (404 Not Found)
        """
        lines = [f"{self.folder}: fetched {self.new}, already there {self.present}, failed {len(self.failed)}"]
        lines += [f"  {name}: {reason}" for name, reason in self.failed[:NAMED]]
        if len(self.failed) > NAMED:
            lines.append(f"  … and {len(self.failed) - NAMED} more")
        return "\n".join(lines)


@dataclass(frozen=True)
class Job:
    """One file of many: what a failure is called by, where from, where to."""

    name: str
    url: str
    path: Path


def get_all(
    downloader: Downloader,
    jobs: Iterable[Job],
    folder: Path,
    what: str,
    *,
    check: Callable[[Path], str | None] | None = None,
    limit: int = 1 << 26,
) -> Fetched:
    """Fetch every job's file that is not there yet, ``downloader.threads`` at a time.

    Raises:
        OfflineError: no connection comes about; the rest is not tried.
        FetchError: `IN_A_ROW` failures in a row that are not missing files.
    """
    jobs = list(jobs)
    missing = [job for job in jobs if not (job.path.exists() and job.path.stat().st_size)]
    failed: list[tuple[str, str]] = []
    row = 0
    with ThreadPoolExecutor(downloader.threads) as pool:
        running: dict[Future[bool], Job] = {
            pool.submit(downloader.get, job.url, job.path, check=check, limit=limit): job for job in missing
        }
        try:
            for done in progress_bar(as_completed(running), desc=what, total=len(missing)):
                try:
                    done.result()
                    row = 0
                except (OfflineError, StoppedError):
                    raise
                except FetchError as error:
                    failed.append((running[done].name, str(error)))
                    row = row if isinstance(error, NotThereError) else row + 1
                    if row >= IN_A_ROW:
                        raise FetchError(
                            f"{row} requests in a row failed, the last one with: {error}."
                            f" What was fetched is kept in {folder}; call again later to go on"
                        ) from error
        except BaseException:
            downloader.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    position = {job.name: number for number, job in enumerate(jobs)}
    failed.sort(key=lambda failure: position[failure[0]])
    return Fetched(folder, len(missing) - len(failed), len(jobs) - len(missing), tuple(failed))
