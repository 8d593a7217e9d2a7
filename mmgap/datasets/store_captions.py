"""The captions of a data set beside its prepared pictures."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

from mmgap.core.integrity import CacheWarning, DamagedError, check_file, write_sealed_json
from mmgap.datasets.base import Dataset, digest
from mmgap.datasets.store import Store
from mmgap.rows.row import slug

log = logging.getLogger(__name__)


def write_captions(store: Store, dataset: Dataset, rows: Sequence[int]) -> Path:
    """Write the captions of a data set beside its pictures: with ``images.npy`` all that another program needs.

    Args:
        store: finished.
        dataset: whose image ``i`` lies in ``rows[i]``.
        rows: of the store.

    Returns:
        The JSON file: name, split, revision, language, licence, prompt, and of each image its row, id, category and
        captions. One that was written before stays, if it is whole; one that cannot be written is told in the log.
    """
    stem = f"{slug(dataset.name)[:60]}-{dataset.split}-{dataset.caption_policy}"
    file = store.folder / f"{stem}-{digest([dataset.fingerprint()])[:12]}.json"
    if _whole(file):
        return file
    texts: list[list[str]] = [[] for _ in dataset.image_ids]
    for owner, caption in zip(dataset.owner, dataset.captions, strict=True):
        texts[int(owner)].append(caption)
    about = {
        "dataset": dataset.name,
        "split": dataset.split,
        "revision": dataset.revision,
        "language": dataset.language,
        "licence": dataset.licence,
        "prompt": dataset.prompt,
        "notes": list(dataset.notes),
        "images": [
            {"row": row, "id": identifier, "category": category, "captions": captions}
            for row, identifier, category, captions in zip(
                rows, dataset.image_ids, dataset.categories, texts, strict=True
            )
        ],
    }
    try:
        write_sealed_json(file, about)
    except OSError as error:  # a finished store that belongs to somebody else can be read all the same
        log.warning("%s could not be kept: %s", file, error)
    return file


def _whole(file: Path) -> bool:
    """Whether it is there and as it was written; one without a seal, of an earlier mmgap, is written again."""
    try:
        return file.exists() and check_file(file)
    except DamagedError as error:
        warnings.warn(f"{error}: it is written again", CacheWarning, stacklevel=3)
        return False
