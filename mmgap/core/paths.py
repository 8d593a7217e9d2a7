"""Where data sets, weights and the cache are looked for: an environment variable, else the user's cache folder.

The plugin's ``--data`` and ``--weights`` set the variables, so that xdist workers agree with their controller.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


class MissingDataError(FileNotFoundError):
    """Data or weights that are not on this machine; the message names the place looked at and the cure."""


def data_dir() -> Path:
    """Return the folder of the data sets, one sub-folder each: ``MMGAP_DATA``."""
    return _folder("MMGAP_DATA", "data")


def weights_dir() -> Path:
    """Return the folder of local model weights, one sub-folder each: ``MMGAP_WEIGHTS``."""
    return _folder("MMGAP_WEIGHTS", "weights")


def cache_dir() -> Path:
    """Return the folder of everything that can be computed again (vectors, prepared images, items): ``MMGAP_CACHE``."""
    return _folder("MMGAP_CACHE", "cache")


def dataset_dir(name: str, *, fetch: str | None = None) -> Path:
    """Return the folder of one data set. Raises `MissingDataError` where it is absent.

    ``fetch`` is what ``mmgap data fetch`` calls it, where that can bring it: the error says so.
    """
    cure = f"mmgap data fetch {fetch} (or pytest … --fetch) downloads it; or " if fetch else ""
    return _present(data_dir() / name, "data set", "MMGAP_DATA", "--data", cure)


def weights_path(name: str) -> Path:
    """Return the folder of one set of local weights. Raises `MissingDataError` where it is absent."""
    return _present(weights_dir() / name, "weights", "MMGAP_WEIGHTS", "--weights")


def is_folder(path: Path) -> bool:
    """Return whether it is one; no, too, for what no folder can be called: too long, say."""
    return _there(path, Path.is_dir)


def is_file(path: Path) -> bool:
    """Return whether it is a file; as `is_folder`."""
    return _there(path, Path.is_file)


def expanded(path: str | Path) -> Path:
    """Return ``path`` with ``~`` as the home folder; where there is no user of that name, it is a name like any other.

    >>> expanded("~nobody of that name/photos").parts[0]
    '~nobody of that name'
    """
    return Path(os.path.expanduser(path))


def _there(path: Path, look: Callable[[Path], bool]) -> bool:
    try:
        return look(path)
    except (OSError, ValueError):
        return False


def existing_folder(path: Path, option: str = "") -> Path:
    """Return ``path`` itself, a folder that is there; ``option`` is said before its name.

    Raises:
        NotADirectoryError: nothing is there, or a file.
    """
    if not is_folder(path):
        what = "is a file, and a folder is meant" if path.exists() else "no such folder"
        raise NotADirectoryError(f"{option} {path}: {what}".strip())
    return path


def new_folder(path: Path) -> Path:
    """Return ``path``, where nothing is or an empty folder; else `FileExistsError`."""
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise FileExistsError(f"{path} is there already: name another folder, or remove it")
    return path


def _present(folder: Path, what: str, variable: str, option: str, cure: str = "") -> Path:
    if not folder.is_dir():
        raise MissingDataError(
            f"{what} {folder.name!r} not found in {folder.parent}: {cure}put them there,"
            f" or point {option} DIR or {variable} at the folder that holds {folder.name}/"
        )
    return folder


def _folder(variable: str, name: str) -> Path:
    if value := os.environ.get(variable):
        return expanded(value).resolve()
    import platformdirs

    return Path(platformdirs.user_cache_dir("mmgap")) / name
