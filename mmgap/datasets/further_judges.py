"""What further judges found to match: ECCV Caption's positives of COCO's captions, verified by machines and people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mmgap.core.packages import package_folder
from mmgap.core.paths import MissingDataError
from mmgap.datasets.base import Dataset, digest
from mmgap.datasets.keywords import read_json

#: Fewer queries of a direction are not measured.
LEAST = 100

NAME = "ECCV Caption"
LICENCE = "MIT, NAVER Corp. (Chun et al. 2022, https://arxiv.org/abs/2204.03359), by the package eccv-caption"


@dataclass(frozen=True)
class Judged:
    """Which items match the queries that were judged, of those that a data set has.

    Attributes:
        t2i: row of a caption → rows of its images.
        i2t: row of an image → rows of its captions.
    """

    t2i: Mapping[int, tuple[int, ...]]
    i2t: Mapping[int, tuple[int, ...]]

    def fingerprint(self) -> dict[str, Any]:
        """Return what of it changes a result; empty where neither direction is measured."""
        enough = max(len(self.t2i), len(self.i2t)) >= LEAST
        return {"judged": digest([sorted(self.t2i.items()), sorted(self.i2t.items())])} if enough else {}


def judged(dataset: Dataset) -> Judged | None:
    """Return what ECCV Caption says of a data set; None where it has no captions of COCO, or the package is absent.

    Positives that the data set does not have are left out, and so is a query without any other.

    Raises:
        DatasetError: the package holds something else.
    """
    if not dataset.caption_ids or dataset.name.partition(":")[0] != "coco":
        return None
    try:
        to_images, to_captions = _positives("eccv_caption_to_image.json"), _positives("eccv_image_to_caption.json")
    except MissingDataError:
        return None
    images = {identifier: row for row, identifier in enumerate(dataset.image_ids)}
    captions = {identifier: row for row, identifier in enumerate(dataset.caption_ids)}
    return Judged(_rows(to_images, captions, images), _rows(to_captions, images, captions))


def _rows(
    positives: Mapping[str, Iterable[str]], queries: Mapping[str, int], gallery: Mapping[str, int]
) -> dict[int, tuple[int, ...]]:
    found = {
        queries[query]: tuple(sorted(gallery[one] for one in matches if one in gallery))
        for query, matches in positives.items()
        if query in queries
    }
    return {query: matches for query, matches in sorted(found.items()) if matches}


@cache
def _positives(file: str) -> dict[str, tuple[str, ...]]:
    path = package_folder("eccv_caption", "eccv-caption") / "data" / file
    return {str(query): tuple(map(str, matches)) for query, matches in read_json(path, NAME).items()}
