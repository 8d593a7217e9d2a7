"""A projection between two towers that was fitted on the training pairs of a data set, and is kept in the cache."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap import datasets, spaces
from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.core.text_arrays import as_array
from mmgap.datasets.base import DatasetError
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.preparing import prepared
from mmgap.datasets.stored_images import StoredImages
from mmgap.encoders.base import EncoderError, identity_of

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.two_towers import TwoTowers

log = logging.getLogger(__name__)

#: Part of every key; raised when the fitting changes.
FORMAT = 3


class FittedProjection:
    """``ridge:DATASET``, ``cca:DATASET``, ``procrustes:DATASET``: fitted on its train split, chosen on validation.

    All captions of an image are pairs.

    Args:
        method: of `mmgap.spaces.registry`.
        data: spec of the data set.
        towers: the two towers without a projection.

    Attributes:
        view: what the data set goes through before it is encoded; it should be what measured data go through.
            Prepared pictures of 224 pixels, unless an experiment says otherwise.
    """

    def __init__(self, method: str, data: str | None, towers: TwoTowers) -> None:
        if not data:
            raise EncoderError(
                f"projection {method!r} needs the data set it is fitted on: {towers.name.rpartition(',')[0]},"
                f"{method}:flickr8k. In an experiment the name alone means the train split of its own data set"
            )
        self.method, self.data, self.towers = method, data, towers
        self.view: Callable[[Dataset], Dataset] = prepared

    def notes(self, measured: Dataset) -> tuple[str, ...]:
        """What it was fitted on, the over-fitting alarm, and how many of the measured pictures it has seen already."""
        notes = tuple(bytes(self._kept["notes"]).decode().split("\n"))
        seen = sum(mark in _marks(self._train) for mark in _marks(measured))
        if not seen:
            return notes
        leak = (
            f"LEAK ALARM: {seen} of the {len(measured.image_ids)} measured pictures are among those that the projection"
            f" was fitted on ({self.data} train): equal pictures, or another copy of the same data."
        )
        log.warning(leak)
        return (*notes, leak)

    def fingerprint(self) -> dict[str, Any]:
        """The method, and the data it was fitted and chosen on."""
        return {
            "kind": self.method,
            "fitting_format": FORMAT,
            "fitted_on": self._train.fingerprint(),
            "chosen_on": None if self._validation is None else self._validation.fingerprint(),
            **since_first(projection=spaces.registry.identity(self.method)),
        }

    def map(self, image_width: int, text_width: int) -> spaces.PairMap:
        """As it was fitted, now if that was not done; of its own towers only, whose widths are these."""
        return self._map

    def logit_scale(self) -> None:
        """None: it was fitted without any."""
        return

    @cached_property
    def _map(self) -> spaces.PairMap:
        return spaces.PairMap.of({name: array for name, array in self._kept.items() if name != "notes"})

    @cached_property
    def _train(self) -> Dataset:
        try:
            found = self._split("train")
        except DatasetError as error:
            raise EncoderError(
                f"projection {self.method!r} is fitted on held-out pairs, and there are none: {error}. Fit it"
                f" elsewhere, as in {self.method}:flickr8k"
            ) from error
        return self.view(found)

    @cached_property
    def _validation(self) -> Dataset | None:
        try:
            found = self._split("validation")
        except DatasetError:  # a folder may have train and test only: a part of train is held out then
            return None
        return self.view(found)

    def _split(self, split: str) -> Dataset:
        found = datasets.load(self.data, split=split)
        if not found.captions:
            raise DatasetError(f"{found.name} has no captions")
        return found

    @cached_property
    def _kept(self) -> dict[str, np.ndarray]:
        key = {"towers": self.towers.fingerprint(), "projection": self.fingerprint()}
        key |= since_first(encoder=identity_of(self.towers))
        return Cache().arrays("projections", key, self._fit)

    def _fit(self) -> dict[str, np.ndarray]:
        held = None if self._validation is None else self._pairs(self._validation)
        fitted = spaces.fit(self.method, self._pairs(self._train), held)
        return {**fitted.map.arrays(), "notes": as_array(fitted.notes)}

    def _pairs(self, dataset: Dataset) -> spaces.Pairs:
        from mmgap.encoders.embed import embed

        vectors = embed(self.towers, dataset)
        return spaces.Pairs.of(dataset, vectors.images, vectors.texts)


def _marks(dataset: Dataset) -> Collection[object]:
    """What tells a picture from others: its checksum where it is prepared, else its place."""
    if isinstance(dataset.images, StoredImages):
        arrays = dataset.images.arrays
        return set(arrays.store.checksums[list(arrays.rows)].tolist())
    return set(dataset.images.paths) if isinstance(dataset.images, ImageFiles) else ()
