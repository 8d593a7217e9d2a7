"""JSON files out of packages as ``npm pack`` writes them: nothing is unpacked, and nothing of them is run."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmgap.core.messages import quoted
from mmgap.core.paths import MissingDataError
from mmgap.datasets.base import DatasetError
from mmgap.datasets.keywords import parse_json

#: Bytes of the largest file that is read.
LARGEST = 1 << 27

_TOP = "package/"  # the folder in which npm puts everything


def package_file(folder: Path, package: str, cure: str) -> Path:
    """Return the file of a package, the newest where there are several.

    Args:
        folder: where they lie.
        package: its name to npm, ``"@iconify-json/noto"``.
        cure: the command that brings it, for the error.

    Raises:
        MissingDataError: it is not there.
    """
    stem = package.removeprefix("@").replace("/", "-")
    found = [path for path in folder.glob(f"{stem}-*.tgz") if re.fullmatch(r"\d+(\.\d+)*", _version(path, stem))]
    if not found:
        raise MissingDataError(f"{package} is not in {folder}: in that folder, {cure}")
    return max(found, key=lambda path: [int(part) for part in _version(path, stem).split(".")])


def read_members(file: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return the content of JSON files of a package by their names below its top.

    Raises:
        DatasetError: the file is damaged, or one of them is absent, too large or no JSON.
    """
    found: dict[str, Any] = {}
    try:
        with tarfile.open(file, "r:gz") as archive:
            for member in archive:
                name = member.name.removeprefix(_TOP)
                if name not in names or not member.isfile():
                    continue
                if member.size > LARGEST:
                    raise DatasetError(f"{file}: {name} has {member.size} bytes, more than any such file should have")
                stream = archive.extractfile(member)
                assert stream is not None
                found[name] = parse_json(stream.read().decode("utf-8"))
    except (tarfile.TarError, EOFError, OSError, ValueError, RecursionError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{file} cannot be read as a package of npm ({quoted(error)}): bring it again") from error
    if absent := [name for name in names if name not in found]:
        raise DatasetError(f"{file} lacks {absent[0]}: it is not the package that was expected")
    return found


def _version(path: Path, stem: str) -> str:
    return path.name.removeprefix(f"{stem}-").removesuffix(".tgz")
