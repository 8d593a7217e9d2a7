"""Datasets by name: ``load("glyphs-en", split="test")``; each lives in one file and is added by one line here."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import lru_cache
from typing import Any

from mmgap.core.registry import Registry
from mmgap.datasets.base import SPLITS, Chosen, Dataset, DatasetError
from mmgap.datasets.emoji_languages import BY_NPM, BY_PIP
from mmgap.datasets.keywords import skipped_note
from mmgap.datasets.named_on_disk import named_on_disk

log = logging.getLogger(__name__)

#: Factories ``(argument, *, split) -> Dataset``; ``argument`` is what stands behind the colon of the spec, or None.
#: Raise an entry's version (``version=2``) when its captions or pictures change. ``joint`` comes from a floor above, by
#: an entry point in pyproject.toml.
registry: Registry[Any] = Registry("dataset", group="mmgap.datasets", meant=named_on_disk)
registry.lazy("glyphs-en", "mmgap.datasets.glyphs:english")
registry.lazy("glyphs-es", "mmgap.datasets.glyphs:spanish")
registry.lazy("arasaac-en", "mmgap.datasets.arasaac:english")
registry.lazy("arasaac-es", "mmgap.datasets.arasaac:spanish")
registry.lazy("coco", "mmgap.datasets.coco:load")
registry.lazy("flickr8k", "mmgap.datasets.flickr8k:load")
for _language in BY_PIP:  # version 1 in English and Spanish was the copy in the data folder, see mmgap.rows.older_names
    _own = {"version": 2} if _language in ("en", "es") else {"shown": ()}
    registry.lazy(f"openmoji-{_language}", f"mmgap.datasets.openmoji:languages.{_language}", **_own)
for _language in BY_NPM:
    registry.lazy(f"emoji-{_language}", f"mmgap.datasets.emoji:languages.{_language}", shown=())
registry.lazy("folder", "mmgap.datasets.folder:load", shown=())
registry.lazy("vectors", "mmgap.datasets.saved_vectors:load", shown=())


def load(spec: str, *, split: str = "test", captions: str = "all") -> Dataset:
    """Return the dataset that ``spec`` names.

    Args:
        spec: ``"glyphs-en"``, ``"arasaac-es"``, ``"folder:/photos"``, ``"vectors:images.npy,texts.npy"`` …
        split: ``"train"``, ``"validation"``, ``"test"`` or ``"all"``.
        captions: ``"first"`` keeps caption 0 of each image, ``"all"`` keeps every one.

    Raises:
        UnknownNameError: no such dataset.
        MissingDataError: it is not on this machine.
        DatasetError: it is there but cannot be read.

    >>> load("glyphs-en", split="validation").language
    'en'
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if captions not in ("first", "all"):
        raise ValueError(f"captions must be 'first' or 'all', got {captions!r}")
    factory, argument = registry.resolve(spec)
    dataset: Dataset = factory(argument, split=split)
    images = dataset.images
    while isinstance(images, Chosen):
        images = images.images
    identity = registry.identity(spec, type(dataset), type(images))
    if identity != dataset.identity:
        dataset = replace(dataset, identity=identity)
    _tell(dataset.name, skipped_note(dataset.skipped))
    return dataset.first_captions() if captions == "first" else dataset


@lru_cache(maxsize=1024)
def _tell(name: str, notes: tuple[str, ...]) -> None:
    """Say in the log what was left out, once."""
    for note in notes:
        log.warning("%s: %s", name, note)


__all__ = ["SPLITS", "Dataset", "DatasetError", "load", "registry"]
