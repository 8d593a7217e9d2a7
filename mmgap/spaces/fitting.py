"""Fit on train, choose on validation, and refuse anything else: a leak cannot be written by accident."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mmgap.spaces.maps import Method, PairMap, SpaceError
from mmgap.spaces.second_moments import Moments

if TYPE_CHECKING:
    from mmgap.datasets import Dataset

log = logging.getLogger(__name__)

#: Images in the pools that a strength is chosen by.
POOL = 90


@dataclass(frozen=True, eq=False)
class Pairs:
    """Vectors of one split.

    Attributes:
        name: of the data set.
        split: "train" or "validation".
        images: (N, d).
        texts: (M, d').
        owner: (M,) the image of each text.
    """

    name: str
    split: str
    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset, images: np.ndarray, texts: np.ndarray) -> Pairs:
        """Of a data set and its raw vectors."""
        return cls(dataset.name, dataset.split, images, texts, dataset.owner)

    @cached_property
    def moments(self) -> Moments:
        """Of the pairs: one for every caption."""
        return Moments.of(self.images[self.owner], self.texts)

    def part(self, chosen: np.ndarray, split: str) -> Pairs:
        """The images at these positions with their texts, as another split."""
        keep = np.isin(self.owner, chosen)
        _, owner = np.unique(self.owner[keep], return_inverse=True)
        return Pairs(self.name, split, self.images[np.sort(chosen)], self.texts[keep], owner)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A map and how it was come by.

    Attributes:
        map: the map.
        strength: of the regularisation, chosen on validation.
        pairs: how many it was fitted on.
        notes: what a reader must know, the over-fitting alarm among it.
    """

    map: PairMap
    strength: float
    pairs: int
    notes: tuple[str, ...]


def fit(method: str, train: Pairs, validation: Pairs | None = None) -> Fitted:
    """A projection of `mmgap.spaces.registry`, its strength chosen by R@1 in pools of 90, both ways averaged.

    Args:
        method: ``"ridge"``, ``"cca"`` or ``"procrustes"``.
        train: what is fitted on; every caption of an image is a pair.
        validation: what the strength is chosen on. None: a fifth of the train images, after which all of them are
            fitted on again.

    Raises:
        UnknownNameError: no such method.
        SpaceError: another split where train or validation is wanted, or fewer than three images.
    """
    from mmgap.spaces import registry

    chosen = registry.get(method)
    _checked(train, "train")
    if validation is not None:
        _checked(validation, "validation")
    strength = _chosen_strength(chosen, train, validation)
    found = chosen.fit(train.moments, strength)
    return Fitted(found, strength, len(train.texts), _notes(method, strength, train, validation))


def _chosen_strength(method: Method, train: Pairs, validation: Pairs | None) -> float:
    """The strength that retrieves best where it was not fitted."""
    if len(method.strengths) == 1:
        return method.strengths[0]
    fitted_on, held = _divided(train) if validation is None else (train, validation)
    return max(method.strengths, key=lambda strength: _recall(method.fit(fitted_on.moments, strength), held))


def _notes(method: str, strength: float, train: Pairs, validation: Pairs | None) -> tuple[str, ...]:
    """What it was fitted and chosen on, and the alarm where that was too little."""
    n, width = len(train.images), max(train.images.shape[1], train.texts.shape[1])
    where = "a fifth of the same, held out" if validation is None else f"{validation.name} validation"
    told = (
        f"Projection {method} fitted on {n} images ({len(train.texts)} captions) of {train.name} train; strength"
        f" {strength:.3g}, chosen on {where}.",
    )
    if n >= width:
        return told
    alarm = (
        f"OVER-FITTING ALARM: {method} was fitted on fewer images ({n}) than there are dimensions ({width}): it can"
        " repeat them by heart, whatever they mean. Only figures of held-out pairs count."
    )
    log.warning(alarm)
    return (*told, alarm)


def _checked(pairs: Pairs, split: str) -> None:
    if pairs.split != split:
        raise SpaceError(
            f"a projection is fitted on train and chosen on validation; got {pairs.name} {pairs.split!r} for {split}"
        )
    if len(pairs.images) < 3 or len(pairs.texts) < 3:
        raise SpaceError(f"{pairs.name} {split} has {len(pairs.images)} captioned images: at least 3 are needed")


def _divided(train: Pairs) -> tuple[Pairs, Pairs]:
    """Four fifths and one fifth of the images, drawn once and for all."""
    order = np.random.default_rng(0).permutation(len(train.images))
    held = max(1, len(order) // 5)
    return train.part(order[held:], "train"), train.part(order[:held], "validation")


def _recall(mapped: PairMap, held: Pairs) -> float:
    from mmgap.metrics.retrieval import DIRECTIONS, expected_recall_at_pool
    from mmgap.metrics.unit_rows import normalised

    x = normalised(mapped.images(held.images), "images")
    y = normalised(mapped.texts(held.texts), "texts")
    own = np.stack([held.owner, np.arange(len(held.owner))], axis=1)
    pool = min(POOL, len(x))
    return float(
        np.mean(
            [
                expected_recall_at_pool(x, y, pool=pool, direction=way, relevance=own, owner=held.owner)
                for way in DIRECTIONS
            ]
        )
    )
