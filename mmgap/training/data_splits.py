"""What is trained on and what is watched meanwhile. Needs no torch, so that keys of finished cells are cheap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap import datasets
from mmgap.core.paths import MissingDataError
from mmgap.datasets import Dataset
from mmgap.datasets.base import NoSplitError
from mmgap.training.recipe import TrainingError

#: Share of the train split that is held out where a data set has no validation split.
HELD_OUT = 0.1


class NoTrainingDataError(TrainingError, MissingDataError):
    """A data set that can be measured but not trained on."""


@dataclass(frozen=True, eq=False)
class Splits:
    """What is trained on, and what is watched while training.

    Raises:
        TrainingError: a split without captions or with fewer than two images.
    """

    train: Dataset
    validation: Dataset

    def __post_init__(self) -> None:
        for split, data in (("train", self.train), ("validation", self.validation)):
            _require_pairs(split, data)

    @classmethod
    def of(cls, spec: str, view: Callable[[Dataset], Dataset]) -> Splits:
        """Both splits of a data set, with all captions; a part of train is held out where there is no validation.

        Args:
            spec: of `mmgap.datasets.load`.
            view: what pictures and captions go through before they are encoded.
        """
        train, validation = (_split(spec, split) for split in ("train", "validation"))
        if train is None:
            raise NoTrainingDataError(
                f"{spec} has nothing to train on: it has no train split. A folder's captions file names splits in a"
                " column (or field) called split: train, validation, test"
            )
        if not train.captions:
            raise NoTrainingDataError(f"{spec} has nothing to train on: its pictures have no captions")
        train = view(train)
        _require_pairs("train", train)
        return cls(*_divided(train)) if validation is None else cls(train, view(validation))

    def fingerprint(self) -> dict[str, Any]:
        """Of both."""
        return {"train": self.train.fingerprint(), "validation": self.validation.fingerprint()}


def _split(spec: str, split: str) -> Dataset | None:
    """None where the data set has no such split."""
    try:
        found = datasets.load(spec, split=split)
    except NoSplitError:
        return None
    return found if found.image_ids else None


def _require_pairs(split: str, data: Dataset) -> None:
    if len(data.image_ids) < 2 or not data.captions:
        raise TrainingError(
            f"{data.name}: its {split} split has {len(data.image_ids)} images and {len(data.captions)} captions;"
            " training needs two pairs at least in each split"
        )


def _divided(train: Dataset) -> tuple[Dataset, Dataset]:
    """Nine tenths of the images and one tenth, drawn once and for all; images that share a caption stay together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, groups = len(train.image_ids), train.caption_groups
    size = n + int(groups.max()) + 1
    links = coo_array((np.ones(len(groups)), (train.owner, n + groups)), shape=(size, size))
    parts = np.unique(connected_components(links, directed=False)[1][:n], return_inverse=True)[1]
    sizes = np.bincount(parts)
    room, held = max(2, round(HELD_OUT * n)), []
    for part in np.random.default_rng(0).permutation(len(sizes)):
        if sizes[part] <= room:
            held.append(part)
            room -= sizes[part]
    chosen = np.isin(parts, held or [np.argmin(sizes)])
    return train.select(~chosen), train.select(chosen)
