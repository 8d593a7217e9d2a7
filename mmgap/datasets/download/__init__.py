"""Data sets from their portals: ``fetch("arasaac")``, ``fetch("coco")``; licence first, resumable, polite."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core import paths
from mmgap.core.atomic import require_folder_place
from mmgap.core.locks import locked
from mmgap.core.progress import say
from mmgap.datasets.download.errors import FetchError, NotThereError, OfflineError, WrongContentError
from mmgap.datasets.download.notice import FILE as NOTICE

if TYPE_CHECKING:
    from mmgap.datasets.download.client import Downloader, Fetched

#: What can be fetched; each is a module of this package with a function ``download``.
SOURCES = {"arasaac": "arasaac_portal", "coco": "coco_archives"}


def source_of(spec: str) -> str | None:
    """Return the source that brings the dataset ``spec``, or None where none does.

    >>> source_of("arasaac-es:both"), source_of("coco"), source_of("folder:/photos")
    ('arasaac', 'coco', None)
    """
    name = spec.partition(":")[0]
    return next((source for source in SOURCES if name == source or name.startswith(f"{source}-")), None)


def fetch(name: str, *, folder: Path | None = None, tell: Callable[[str], None] | None = None, **options: Any) -> Path:
    """`download`, told line by line on stderr; returns the folder. Single files that failed are in the last lines.

    Raises: as `download`.
    """
    tell = tell or say
    found = download(name, folder=folder, tell=tell, **options)
    tell(found.summary())
    return found.folder


def download(
    name: str,
    *,
    folder: Path | None = None,
    tell: Callable[[str], None] | None = None,
    rate: float = 10.0,
    client: Downloader | None = None,
    **options: Any,
) -> Fetched:
    """Bring a data set to this machine; go on where an earlier call stopped, and fetch nothing twice.

    The licence is said first, and lies in ``LICENCE.txt`` beside the data. A call that brings nothing leaves no folder,
    so that the data set still counts as missing. Calls for the same folder wait for one another.

    Args:
        name: one of `SOURCES`, or a dataset that comes from one (``"arasaac-es"``).
        folder: where to; default: the place where the dataset is looked for, ``MMGAP_DATA/<source>``.
        tell: takes each line; default: stderr.
        rate: requests per second at most.
        client: a downloader of one's own, instead of ``rate``; it is closed at the end.
        **options: of `mmgap.datasets.download.arasaac_portal.download` or
        `mmgap.datasets.download.coco_archives.download`.

    Raises:
        ValueError: an unknown name, option or value.
        OSError: nothing can be written into the folder.
        OfflineError: the portal cannot be reached.
        FetchError: it can, but what is asked for cannot be had; the message says what to do.
    """
    from mmgap.datasets.download.client import Downloader

    source = source_of(name)
    if source is None:
        raise ValueError(f"{name!r} cannot be fetched; choose from {', '.join(SOURCES)}")
    run = importlib.import_module(f"mmgap.datasets.download.{SOURCES[source]}").download
    known = [p.name for p in inspect.signature(run).parameters.values() if p.kind is p.KEYWORD_ONLY]
    if unknown := sorted(set(options) - set(known)):
        raise ValueError(f"{source} has no option {', '.join(unknown)}; it has {', '.join(known)}")
    target = require_folder_place(paths.expanded(folder or paths.data_dir() / source))
    with client or Downloader(rate=rate) as downloader:
        lock = paths.cache_dir() / f"fetch-{hashlib.sha256(str(target.resolve()).encode()).hexdigest()[:16]}.lock"
        with locked(lock):
            try:
                found: Fetched = run(target, downloader, tell or say, **options)
            finally:
                if target.is_dir() and not any(target.iterdir()):
                    target.rmdir()
    return found


def fetch_missing(spec: str) -> None:
    """Bring the data set of ``spec`` if it is not here, or go on with a call that was interrupted.

    A copy that was put there by other means is left as it is; so is a spec with a folder of its own. Where a part is
    here already and the portal fails, a warning says so: what there is can be used.

    Raises: as `download`, where nothing is here.
    """
    from mmgap.datasets.arasaac import own_folder

    source = source_of(spec)
    folder = paths.data_dir() / str(source)
    if source is None or own_folder(spec.partition(":")[2]) is not None:
        return
    here = folder.is_dir()
    if not here or (folder / NOTICE).is_file():
        try:
            fetch(source)
        except FetchError as error:
            if not here:
                raise
            warnings.warn(f"{source} could not be completed, what is in {folder} is used: {error}", stacklevel=2)


__all__ = [
    "SOURCES",
    "FetchError",
    "NotThereError",
    "OfflineError",
    "WrongContentError",
    "download",
    "fetch",
    "fetch_missing",
    "source_of",
]
