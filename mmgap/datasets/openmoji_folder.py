"""A folder with OpenMoji's pictures and the keywords of Unicode CLDR in English and Spanish."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mmgap.core.messages import N_
from mmgap.core.paths import dataset_dir
from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.keywords import (
    PROMPTS,
    file_sizes,
    keyword_caption,
    options,
    read_json,
    skipped_note,
    unique_keywords,
)
from mmgap.datasets.splits import hashed_split, linked_groups

LICENCE = "CC BY-SA 4.0, OpenMoji (https://openmoji.org); keywords: Unicode CLDR, Unicode License v3"
NOTES = (
    N_(
        "OpenMoji drawn at 256×256 in 64 colours on white; skin tones and emoji without keywords in both languages are"
        " left out."
    ),
)


def load(language: str, argument: str | None = None, *, split: str) -> Dataset:
    """Return ``openmoji-LANG:folder``, from ``openmoji/`` in the data folder.

    It holds ``metadata.json`` (a list of ``{id, image, keywords_en, keywords_es, category}``) and its images. Captions,
    splits and the option ``keywords=first`` as in `mmgap.datasets.arasaac.load`.

    Raises:
        MissingDataError: the folder is not on this machine.
        DatasetError: the metadata is missing or not such a list, an unknown option, or a language that the folder does
            not have.
    """
    _, given = options(f"openmoji-{language}:folder", argument, ("keywords=first",))
    name = ",".join([f"openmoji-{language}:folder", *sorted(given)])
    if language not in PROMPTS:
        raise DatasetError(
            f"{name}: the folder has keywords in {' and '.join(PROMPTS)} only; openmoji-{language} is the package"
        )
    folder = dataset_dir("openmoji")
    records = _read(folder / "metadata.json")
    kept: dict[str, dict[str, Any]] = {}
    skipped = []
    for position, record in enumerate(records):
        identifier, reason = _judge(record, folder, language)
        if reason is None and identifier in kept:
            reason = N_("the id appears a second time")
        if reason is None:
            kept[identifier] = record
        else:
            skipped.append((identifier or f"record {position}", reason))
    keys = [[word[0].casefold() for tongue in PROMPTS if (word := _words(r, tongue))] for r in kept.values()]
    groups = dict(zip(kept, linked_groups(keys), strict=True))
    chosen = [(i, r) for i, r in kept.items() if split in ("all", hashed_split(groups[i]))]
    return Dataset(
        name=name,
        split=split,
        revision=digest([records, file_sizes(folder / "images")]),
        image_ids=tuple(i for i, _ in chosen),
        images=ImageFiles(_paths(folder, [r for _, r in chosen]), _paths(folder, kept.values())),
        captions=tuple(keyword_caption(_words(r, language), language, first=bool(given)) for _, r in chosen),
        owner=np.arange(len(chosen)),
        language=language,
        licence=LICENCE,
        categories=tuple(c if isinstance(c := r.get("category"), str) else None for _, r in chosen),
        prompt=PROMPTS[language],
        notes=(*NOTES, *([N_("Captions hold the first keyword only.")] if given else []), *skipped_note(skipped)),
        skipped=tuple(skipped),
    )


def _read(file: Path) -> list[Any]:
    if not file.is_file():
        raise DatasetError(f"openmoji: {file} is missing")
    records = read_json(file, "openmoji")
    if not isinstance(records, list):
        raise DatasetError(f"openmoji: {file} must hold a list of records")
    return records


def _paths(folder: Path, records: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(folder / record["image"]) for record in records)


def _judge(record: Any, folder: Path, language: str) -> tuple[str, str | None]:
    """(id, None) of a usable record, (id or "", reason) of another."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        return "", "no id"
    image = record.get("image")
    if not isinstance(image, str) or PurePosixPath(image).is_absolute() or ".." in PurePosixPath(image).parts:
        return record["id"], "no image path inside the folder"
    if not _words(record, language):
        return record["id"], f"no {language} keyword"
    return record["id"], None if os.path.isfile(folder / image) else N_("no image file")


def _words(record: dict[str, Any], language: str) -> list[str]:
    words = record.get(f"keywords_{language}")
    return unique_keywords(words) if isinstance(words, list) else []
