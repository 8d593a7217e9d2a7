"""Where the pictures of one data set stand in another that has the same ones."""

from __future__ import annotations

import numpy as np

from mmgap.core.messages import quoted
from mmgap.datasets.base import Dataset, DatasetError


def positions(first: Dataset, other: Dataset) -> np.ndarray:
    """Return (N,) where each picture of ``first`` stands in ``other``.

    Raises:
        DatasetError: they have not the same pictures, by id, in this split.
    """
    place = {identifier: position for position, identifier in enumerate(other.image_ids)}
    if place.keys() != set(first.image_ids):
        alone = set(first.image_ids) ^ place.keys()
        raise DatasetError(
            f"{first.name} and {other.name} have not the same pictures in {first.split!r}: {len(alone)} are in one of"
            f" them alone, {quoted(min(alone))!r} among them"
        )
    return np.array([place[identifier] for identifier in first.image_ids], dtype=np.int64)
