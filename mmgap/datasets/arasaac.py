"""ARASAAC pictograms with their keywords, English or Spanish, in the schema of the portal's API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from mmgap.core.messages import N_
from mmgap.core.paths import MissingDataError, dataset_dir, expanded
from mmgap.datasets.arasaac_files import pictogram_files, read_metadata
from mmgap.datasets.base import Dataset, digest
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.keywords import PROMPTS, keyword_caption, options, skipped_note, unique_keywords
from mmgap.datasets.splits import hashed_split, linked_groups

LICENCE = (
    "CC BY-NC-SA 4.0; pictograms by Sergio Palao, ARASAAC (https://arasaac.org), property of the Government of Aragon"
)
OPTIONS = ("both", "keywords=first")


def english(argument: str | None = None, *, split: str) -> Dataset:
    """Return ``arasaac-en``: see `load`."""
    return load("en", argument, split=split)


def spanish(argument: str | None = None, *, split: str) -> Dataset:
    """Return ``arasaac-es``: see `load`."""
    return load("es", argument, split=split)


def load(language: str, argument: str | None = None, *, split: str) -> Dataset:
    """ARASAAC from ``arasaac/`` in the data folder: ``metadata_en.json``, ``metadata_es.json``, ``images/<_id>.png``.

    A metadata file is a list of API records or a dict of them keyed by id; of a record only ``_id`` and ``keywords``
    are needed. `mmgap.datasets.arasaac_files` says which other names are understood.
    The caption is the prompt and all keywords. A pictogram has the same split in both languages, with
    every option: pictograms that share a first keyword in either language stay together (`linked_groups`), so no
    caption crosses a split. The category is the record's first category, else its first tag.

    Args:
        language: ``"en"`` or ``"es"``.
        argument: options with a comma between them: ``keywords=first`` (only the first keyword in the caption, fair
            where one language has a single keyword), ``both`` (only pictograms that have keywords in both languages).
        split: one of `SPLITS`.

    Raises:
        MissingDataError: the folder is not on this machine.
        DatasetError: a metadata file is missing or not JSON, or an unknown option.
    """
    folder, rest = _place(argument or "")
    name, given = options(f"arasaac-{language}", rest, OPTIONS)
    records = {
        t: read_metadata(
            folder, t, needed=t == language or "both" in given, alone=t == language and "both" not in given
        )
        for t in PROMPTS
    }
    own, skipped = _keyed(records[language])
    other, _ = _keyed(records["es" if language == "en" else "en"])
    files, here = pictogram_files(folder)
    splits = _splits(own, other)
    kept = []
    for identifier, record in own.items():
        if identifier not in files:
            skipped.append((identifier, N_("no image file")))
        elif "both" not in given or identifier in other:
            kept.append((identifier, record))
    chosen = [(i, r) for i, r in kept if split in ("all", splits[i])]
    return Dataset(
        name=name,
        split=split,
        revision=digest([records, here]),
        image_ids=tuple(i for i, _ in chosen),
        images=ImageFiles(
            tuple(str(files[i]) for i, _ in chosen), tuple(str(files[i]) for i in files if i in own or i in other)
        ),
        captions=tuple(keyword_caption(_words(r), language, first="keywords=first" in given) for _, r in chosen),
        owner=np.arange(len(chosen)),
        language=language,
        licence=LICENCE,
        categories=tuple(_category(r) for _, r in chosen),
        prompt=PROMPTS[language],
        notes=(*_notes(own, given), *skipped_note(skipped)),
        skipped=tuple(skipped),
        labels={kind: tuple(_labels(r, kind) for _, r in chosen) for kind in ("categories", "tags", "synsets")},
    )


def own_folder(argument: str) -> Path | None:
    """Return the folder that an argument names beside its options; None where the data folder's copy is meant."""
    path = ",".join(part for part in argument.split(",") if part.strip() not in OPTIONS).strip()
    folder = expanded(path)
    return folder if "/" in path or "\\" in path or (path and os.path.isdir(folder)) else None


def _place(argument: str) -> tuple[Path, str]:
    """The folder, and the options without its path."""
    folder = own_folder(argument)
    if folder is None:
        return dataset_dir("arasaac", fetch="arasaac"), argument
    if not os.path.isdir(folder):
        raise MissingDataError(f"arasaac: {folder} is not a folder: give the path of pictograms and their metadata")
    return folder.resolve(), ",".join(part for part in argument.split(",") if part.strip() in OPTIONS)


def _keyed(records: list[Any]) -> tuple[dict[str, dict[str, Any]], list[tuple[str, str]]]:
    """Usable records by id, and (id or position, reason) of the others."""
    kept: dict[str, dict[str, Any]] = {}
    skipped = []
    for position, record in enumerate(records):
        identifier = record.get("_id") if isinstance(record, dict) else None
        text = str(identifier)
        if isinstance(identifier, bool) or not isinstance(identifier, int | str) or not text.isalnum():
            skipped.append((f"record {position}", N_("no usable _id")))
        elif not _words(record):
            skipped.append((text, N_("no keyword")))
        elif text in kept:
            skipped.append((text, N_("the _id appears a second time")))
        else:
            kept[text] = record
    return kept, skipped


def _words(record: dict[str, Any]) -> list[str]:
    keywords = record.get("keywords")
    return (
        unique_keywords(k.get("keyword") for k in keywords if isinstance(k, dict)) if isinstance(keywords, list) else []
    )


def _splits(own: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The split of each pictogram, the same whichever of the two languages asks."""
    both = [f"{i}" for i in sorted(own.keys() | other.keys())]
    keys = [[_words(records[i])[0].casefold() for records in (own, other) if i in records] for i in both]
    return {i: hashed_split(group) for i, group in zip(both, linked_groups(keys), strict=True)}


def _labels(record: dict[str, Any], kind: str) -> tuple[str, ...]:
    values = record.get(kind)
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _category(record: dict[str, Any]) -> str | None:
    return next(iter((*_labels(record, "categories"), *_labels(record, "tags"))), None)


def _notes(records: dict[str, dict[str, Any]], given: frozenset[str]) -> list[str]:
    notes = []
    if any("_mmgap" in record for record in records.values()):
        notes.append(
            N_(
                "ARASAAC's English–Spanish link in this copy is reconstructed, not official: Spanish has one keyword"
                " per pictogram (its file name), English 1 to 9, some of them wrong; ids of 900001 and above are not"
                " ARASAAC's."
            )
        )
    if "both" in given:
        notes.append(N_("Only pictograms with keywords in both languages: favours words that translate directly."))
    if "keywords=first" in given:
        notes.append(N_("Captions hold the first keyword only."))
    return notes
