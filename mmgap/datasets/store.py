"""Prepared pictures on disk: one uint8 memory map for all pictures of a data set, with a checksum for every row.

A store is a folder of the cache::

    <label>-224-crop-<key>/
      images.npy       (N, 224, 224, 3) uint8, row r = manifest["files"][r]
      rows.npy         (N,) of state and CRC-32, written as the work goes on: what a resumed run reads
      manifest.json    written last: a store without it is unfinished; sealed, with the SHA-256 of rows.npy
      <data set>-<split>-….json   the captions of a data set that reads from here

`mmgap.datasets.preparing` makes them.
"""

from __future__ import annotations

import os
import warnings
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np

from mmgap.core import paths
from mmgap.core.cache import key_digest
from mmgap.core.checked_json import JsonError
from mmgap.core.integrity import CacheWarning, DamagedError, open_npy, read_sealed_json
from mmgap.datasets.base import DatasetError
from mmgap.datasets.images import ImageFileError, open_rgb, shown
from mmgap.datasets.resizing import Preparation
from mmgap.rows.row import slug

#: Part of every key; raised when the layout changes.
FORMAT = 2

#: What is known of a row: nothing yet, a picture lies in it, its file cannot be read.
UNSEEN, READY, BROKEN = 0, 1, 2

ROW = np.dtype([("state", "u1"), ("crc", "<u4")])


#: Bytes of the largest manifest that is read: some millions of file names.
_LARGEST = 1 << 30


class Manifest(TypedDict):
    """What ``manifest.json`` says."""

    format: int
    preparation: dict[str, Any]
    pictures: int  # that lie in the store
    files: list[str]  # row by row
    broken: dict[str, str]  # row → why its file could not be read
    rows: NotRequired[str]  # SHA-256 of rows.npy; an earlier mmgap recorded none


class StoreError(DatasetError):
    """A store that cannot be made or read; the message names its folder and the cure."""


def checksum(picture: np.ndarray) -> int:
    """CRC-32 of a picture's bytes."""
    return zlib.crc32(np.ascontiguousarray(picture).data)


def identity(files: Sequence[str]) -> tuple[str, list[tuple[str, int, int, int]]]:
    """Return (root, (path below it, size, times of change) of each file): what makes two collections the same one.

    The second time is the file system's own: a new content, a new permission or another file under an old name and
    date moves it. A file that is not there has size −1.
    """
    root = common_root(files)
    facts = []
    for file in files:
        try:
            status = os.stat(file)
            size, modified, changed = status.st_size, status.st_mtime_ns, status.st_ctime_ns
        except OSError:
            size, modified, changed = -1, 0, 0
        facts.append((size, modified, changed))
    return shown(root), [(name, *fact) for name, fact in zip(names_below(root, files), facts, strict=True)]


def names_below(root: str, files: Sequence[str]) -> list[str]:
    """Return each file's path below ``root`` with forward slashes; bytes that are not UTF-8 are written as
    ``\\xf6``."""
    return [shown(os.path.relpath(file, root)).replace(os.sep, "/") for file in files]


def common_root(files: Sequence[str]) -> str:
    """Return the folder that all files lie below."""
    return os.path.commonpath([os.path.dirname(file) for file in files])


@dataclass(frozen=True, eq=False)
class Store:
    """The prepared pictures of one collection of files.

    Attributes:
        folder: of the store.
        files: absolute paths of the collection; row r belongs to ``files[r]``.
        preparation: what every picture went through.
    """

    folder: Path
    files: tuple[str, ...]
    preparation: Preparation

    @classmethod
    def of(cls, files: Iterable[str], preparation: Preparation, label: str, root: Path | None = None) -> Store:
        """Return the store of these files, made or not.

        Args:
            files: the pictures, in any order.
            preparation: size and resize mode.
            label: what the folder's name begins with.
            root: folder of all stores; None takes the cache's.
        """
        import PIL

        ordered = tuple(sorted(set(files)))
        place, facts = identity(ordered)
        key = {
            "format": FORMAT,
            "place": place,
            "files": facts,
            "preparation": preparation.to_dict(),
            "pillow": PIL.__version__.split(".")[0],
        }
        name = f"{slug(label)[:60]}-{preparation.size}-{preparation.resize}-{key_digest(key)[:16]}"
        return cls((root or paths.cache_dir() / "prepared") / name, ordered, preparation)

    @property
    def images_file(self) -> Path:
        return self.folder / "images.npy"

    @property
    def rows_file(self) -> Path:
        return self.folder / "rows.npy"

    @property
    def manifest_file(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def finished(self) -> bool:
        """Whether every file has been looked at."""
        return self.manifest_file.is_file()

    @cached_property
    def manifest(self) -> Manifest:
        """Format, preparation, counts, files, and the reason for each file that could not be read.

        Raises:
            StoreError: it is not there, damaged, or another store's.
        """
        try:
            content: Manifest = read_sealed_json(self.manifest_file, Manifest, limit=_LARGEST)
        except (DamagedError, JsonError) as error:
            raise StoreError(f"{error}; {self._cure}") from error
        rows = {str(row) for row in range(len(self.files))}
        if len(content["files"]) != len(self.files) or not content["broken"].keys() <= rows:
            raise StoreError(f"{self.manifest_file} does not belong to this store; {self._cure}")
        return content

    def damage(self) -> str | None:
        """Return what is wrong with a finished store, but for single pictures; None where nothing is."""
        try:
            self.manifest, self.checksums, self.array  # noqa: B018 - each is read and checked
        except StoreError as error:
            return str(error).removesuffix(f"; {self._cure}")
        return None

    def forget(self) -> None:
        """Forget what was read of the files: they are made again."""
        for name in ("manifest", "checksums", "array", "broken"):
            self.__dict__.pop(name, None)

    @cached_property
    def position(self) -> dict[str, int]:
        """File → row."""
        return {file: row for row, file in enumerate(self.files)}

    @cached_property
    def broken(self) -> dict[str, str]:
        """File → why it could not be read."""
        return {self.files[int(row)]: reason for row, reason in self.manifest["broken"].items()}

    @cached_property
    def array(self) -> np.ndarray:
        """(N, size, size, 3) uint8, read from disk as it is used.

        Raises:
            StoreError: it is not there, or not as large as the manifest says.
        """
        wanted = (len(self.files), self.preparation.size, self.preparation.size, 3)
        array = self._opened(self.images_file)
        if array.shape != wanted or array.dtype != np.uint8:
            raise StoreError(f"{self.images_file} is {array.dtype}{array.shape}, expected uint8{wanted}; {self._cure}")
        return array

    @cached_property
    def checksums(self) -> np.ndarray:
        """(N,) CRC-32 of each row.

        Raises:
            StoreError: they are not there, not those of this store, or damaged.
        """
        rows = self._opened(self.rows_file, self.manifest.get("rows"))
        if rows.dtype != ROW or rows.shape != (len(self.files),):
            raise StoreError(f"{self.rows_file} does not belong to this store; {self._cure}")
        return np.array(rows["crc"])

    def read(self, row: int) -> np.ndarray:
        """Return (size, size, 3) uint8 of one row; a damaged one is made again from its file, with a `CacheWarning`.

        Raises:
            StoreError: it is damaged, and its file does not give the same picture any more.
        """
        picture = np.array(self.array[row])
        return picture if checksum(picture) == self.checksums[row] else self._made_again(row)

    def _made_again(self, row: int) -> np.ndarray:
        damage = f"{self.images_file}: row {row} ({shown(self.files[row])}) is damaged"
        try:
            picture = self.preparation(open_rgb(self.files[row]))
        except ImageFileError as error:
            raise StoreError(f"{damage}, and its file cannot be read ({error.reason}); {self._cure}") from error
        if checksum(picture) != self.checksums[row]:
            raise StoreError(f"{damage}, and its file gives another picture; {self._cure}")
        told = "made again from its file"
        try:
            array = open_npy(self.images_file, "r+")
            array[row] = picture
        except DamagedError as error:
            told = f"read from its file: it cannot be put right ({error})"
        warnings.warn(f"{damage}, and {told}", CacheWarning, stacklevel=4)
        return picture

    def _opened(self, file: Path, expected: str | None = None) -> np.ndarray:
        try:
            return open_npy(file, expected=expected)
        except DamagedError as error:
            raise StoreError(f"{error}; {self._cure}") from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the memory map itself; a copy of it would be all the pictures."""
        return type(self), (self.folder, self.files, self.preparation)

    @property
    def _cure(self) -> str:
        return f"delete {self.folder} and it is made again"
