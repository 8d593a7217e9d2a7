"""Where vectors lie: the file or folder that a part of an argument names, and which array in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgap.core import paths
from mmgap.core.messages import quoted
from mmgap.core.shard_folders import read_shards
from mmgap.core.shard_numbers import holds_shards, shards_of
from mmgap.core.vector_content import Content, VectorFileError
from mmgap.core.vector_formats import SUFFIXES, read_arrays, supported
from mmgap.core.vector_names import owner_of, pair_of


@dataclass(frozen=True)
class VectorSource:
    """A file, a Lance data set or a folder of shards.

    Attributes:
        path: resolved.
        array: the one array or column of it that is meant; None where its name tells, or it is the only one.
    """

    path: Path
    array: str | None = None

    def __str__(self) -> str:
        return f"{self.path}{self._column}"

    @property
    def name(self) -> str:
        """The name without the folders, ``pairs.parquet:clip``."""
        return f"{self.path.name}{self._column}"

    @property
    def stem(self) -> str:
        """What it is called by its maker: the array's name, else the file's without its suffix."""
        return self.array or self.path.stem

    @property
    def _column(self) -> str:
        return "" if self.array is None else f":{self.array}"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of shards."""
        return self.path.is_dir() and self.path.suffix.lower() != ".lance"

    def supported(self) -> VectorSource:
        """Return itself. Raises `VectorFileError` for a file of another format, and says how to convert it."""
        if not self.is_folder:
            supported(self.path)
        return self

    def arrays(self, *, mapped: bool = False) -> dict[str, Content]:
        """Return its arrays by name, as `mmgap.core.vector_formats.read_arrays`; of a named one that alone, and an
        owner.

        Raises:
            VectorFileError: it cannot be read, or has no array of this name.
        """
        found = self._all(mapped)
        if self.array is None:
            return found
        if self.array not in found:
            named = ", ".join(quoted(name) for name in found if name) or "none with a name"
            raise VectorFileError(f"{quoted(self.path)}: has no array {quoted(self.array)!r}; it has {named}")
        owner = owner_of(found)
        for name in [name for name in found if name not in (self.array, owner)]:
            del found[name]
        return found

    def _all(self, mapped: bool) -> dict[str, Content]:
        if self.is_folder:
            return read_shards(self.path, self.array)
        return read_arrays(self.path, mapped=mapped, wanted=self.array)

    def digest(self) -> bytes:
        """Return the SHA-256 of what is read: the same wherever it lies; another for another array of one file."""
        if self.path.is_file() and self.array is None:
            return _file_digest(self.path)
        total = hashlib.sha256((self.array or "").encode())
        for name, file in self._files():
            total.update(name.encode() + b"\0" + _file_digest(file))
        return total.digest()

    def _files(self) -> list[tuple[str, Path]]:
        if self.path.is_file():
            return [("", self.path)]
        if self.path.suffix.lower() == ".lance":
            files = sorted(file for file in self.path.rglob("*") if file.is_file())
            return [(file.relative_to(self.path).as_posix(), file) for file in files]
        return [(f"{group.name} {k}", file) for group in shards_of(self.path) for k, file in group.files.items()]


def find_source(name: str) -> VectorSource | None:
    """Return what ``name`` means: a path here, or in ``MMGAP_DATA/vectors``, maybe with ``:ARRAY`` behind it; None
    where nothing is there.
    """
    if (path := _there(name)) is not None:
        return VectorSource(path)
    place, _, array = name.rpartition(":")
    if array and (path := _there(place)) is not None:
        return VectorSource(path, array)
    return None


def check_one_side(sources: Sequence[VectorSource], k: int, names: Iterable[str]) -> None:
    """Refuse to pass over half of a file: one that holds both modalities stands alone, or says which array is meant.

    Args:
        sources: the files of images and of texts.
        k: which of them holds vectors under ``names``.
        names: of what may be vectors in it.

    Raises:
        VectorFileError: they are of both modalities, and the other modality comes from another file.
    """
    this, other = sources[k], sources[1 - k]
    if this.array is not None or this.path == other.path or (pair := pair_of(names)) is None:
        return
    left, side = pair[1 - k], ("texts", "images")[k]
    raise VectorFileError(
        f"{quoted(this)}: also holds {side}, {quoted(left)!r}, and {quoted(other)} gives others: name one file alone,"
        f" or say which array is meant, {quoted(this.name)}:{quoted(pair[k])}"
    )


def is_vectors(name: str) -> bool:
    """Return whether ``name`` looks like saved vectors, rather than a data set: by its suffix, or as a folder of
    shards."""
    place = name.rpartition(":")[0]
    folder = paths.expanded(name)
    if any(Path(part).suffix.lower() in SUFFIXES for part in (name, place) if part):
        return True
    return paths.is_folder(folder) and holds_shards(folder)


def missing_source(name: str) -> paths.MissingDataError:
    """Return the error that says where ``name`` was looked for."""
    return paths.MissingDataError(
        f"vector file {quoted(name)!r} not found here ({Path.cwd()}) nor in {paths.data_dir() / 'vectors'}:"
        " give its path"
    )


def _there(name: str) -> Path | None:
    if not name:
        return None
    for path in (paths.expanded(name), paths.data_dir() / "vectors" / name):
        if paths.is_file(path) or paths.is_folder(path):
            return path.resolve()
    return None


def _file_digest(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
