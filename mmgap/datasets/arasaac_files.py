"""Where a copy of ARASAAC keeps its pictograms and its metadata: the portal's names, and those of other copies."""

from __future__ import annotations

import re
from os.path import splitext
from pathlib import Path
from typing import Any

from mmgap.datasets.base import DatasetError
from mmgap.datasets.images import SUFFIXES
from mmgap.datasets.keywords import file_sizes, read_json

#: Sub-folders that pictograms may lie in, the first that exists; else the folder itself.
IMAGE_FOLDERS = ("images", "pictograms")

#: Names of a language's list, the first that exists; else the only JSON file there is.
METADATA = ("metadata_{}.json", "arasaac_{}.json", "pictograms_{}.json", "{}.json")

_NAME = re.compile(r"(?P<id>[A-Za-z0-9]+)(?:_(?P<width>\d+))?")


def pictogram_files(folder: Path) -> tuple[dict[str, Path], dict[str, int]]:
    """Return (id → file, file name → size in bytes) of the pictograms below ``folder``.

    A file is named ``<id>.png`` or, as the portal's downloads are, ``<id>_500.png``; of several the plain one
    counts, then the widest.
    """
    place = next((folder / name for name in IMAGE_FOLDERS if (folder / name).is_dir()), folder)
    sizes = {name: size for name, size in file_sizes(place).items() if splitext(name)[1].lower() in SUFFIXES}
    found: dict[str, tuple[float, str]] = {}
    for name in sizes:
        if match := _NAME.fullmatch(splitext(name)[0]):
            rank = float(match["width"] or "inf")
            if match["id"] not in found or rank > found[match["id"]][0]:
                found[match["id"]] = rank, name
    return {identifier: place / name for identifier, (_, name) in found.items()}, sizes


def read_metadata(folder: Path, language: str, *, needed: bool, alone: bool) -> list[Any]:
    """Return the records of one language as a list; a dict keyed by id lends its keys to records without an ``_id``.

    Args:
        folder: of the copy.
        language: ``"en"`` or ``"es"``.
        needed: whether it is an error that there are none.
        alone: whether the only JSON file there is, of whatever name, is that language's.

    Raises:
        DatasetError: the list is needed and missing, is not JSON, or has another shape.
    """
    file = _metadata_file(folder, language, alone)
    if file is None:
        if needed:
            raise DatasetError(
                f"arasaac: {folder / METADATA[0].format(language)} is missing; it is the portal's list of pictograms"
                f" in that language: mmgap data fetch arasaac --language {language}"
            )
        return []
    records = read_json(file, "arasaac")
    if isinstance(records, dict):
        return [{"_id": key, **record} if isinstance(record, dict) else record for key, record in records.items()]
    if not isinstance(records, list):
        raise DatasetError(f"arasaac: {file} must hold a list of records or a dict keyed by id")
    return records


def _metadata_file(folder: Path, language: str, alone: bool) -> Path | None:
    named = (folder / name.format(language) for name in METADATA)
    if (file := next((file for file in named if file.is_file()), None)) is not None:
        return file
    every = sorted(folder.glob("*.json"))
    other = {name.format(tongue) for name in METADATA for tongue in ("en", "es") if tongue != language}
    return every[0] if alone and len(every) == 1 and every[0].name not in other else None
