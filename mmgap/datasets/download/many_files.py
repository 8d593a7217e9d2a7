"""Many small files: a pool of threads, one record's failure its own, and an end when the server fails altogether."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from mmgap.core.progress import progress_bar
from mmgap.datasets.download.client import Downloader
from mmgap.datasets.download.errors import FetchError, NotThereError, OfflineError, StoppedError

#: So many failures in a row (missing files apart) mean that the server has a bad day.
IN_A_ROW = 20
#: So many failures are named in a summary.
NAMED = 10


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
        """The counts in a line, then one line for each of the first failures.

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
