"""Linear maps that are regularised: fitted on train at each strength, chosen by what they retrieve on validation."""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.core.defaults import POOL
from mmgap.core.messages import Message
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.second_moments import Moments
from mmgap.spaces.space import Fitted, Space

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PairedMap(Space):
    """A map that is fitted on pairs, whose strength is chosen by R@1 in pools of 90, both ways averaged.

    Attributes:
        strength: of the regularisation, free of the vectors' scale; None chooses it among ``strengths``.
        strengths: that validation chooses among; a single one where there is nothing to choose.
    """

    strength: float | None = None
    strengths: ClassVar[tuple[float, ...]] = (1.0,)
    unequal_widths: ClassVar[bool] = True
    needs_pairs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.strength is not None and not self.strength > 0:
            raise SpaceError(f"{self.name}: the strength must be above 0, got {self.strength:g}")

    @staticmethod
    @abstractmethod
    def solve(pairs: Moments, strength: float) -> PairMap:
        """Return the map at one strength."""

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the map of all of train at the strength that retrieves best on validation."""
        strength = self._chosen(train, validation)
        found = self.solve(train.moments, strength)
        return Fitted(found, self._notes(strength, train, validation), strength, len(train.texts))

    def _chosen(self, train: Pairs, validation: Pairs | None) -> float:
        """The strength that retrieves best where it was not fitted."""
        if self.strength is not None:
            return self.strength
        if len(self.strengths) == 1:
            return self.strengths[0]
        fitted_on, held = divided(train) if validation is None else (train, validation)
        return max(self.strengths, key=lambda strength: recall(self.solve(fitted_on.moments, strength), held))

    def _notes(self, strength: float, train: Pairs, validation: Pairs | None) -> tuple[str, ...]:
        """What it was fitted and chosen on, and the alarm where that was too little."""
        n, width = len(train.images), max(train.widths)
        where = Message("a fifth of the same, held out") if validation is None else f"{validation.name} validation"
        chosen = Message("chosen on {where}", where=where) if self.strength is None else Message("as asked for")
        told = (
            Message(
                "Projection {method} fitted on {n} images ({texts} captions) of {data} train; strength {strength},"
                " {chosen}.",
                method=self.name,
                n=n,
                texts=len(train.texts),
                data=train.name,
                strength=f"{strength:.3g}",
                chosen=chosen,
            ),
        )
        if n >= width:
            return told
        alarm = Message(
            "OVER-FITTING ALARM: {method} was fitted on fewer images ({n}) than there are dimensions ({width}): it can"
            " repeat them by heart, whatever they mean. Only figures of held-out pairs count.",
            method=self.name,
            n=n,
            width=width,
        )
        log.warning(alarm)
        return (*told, alarm)


def recall(mapped: PairMap, held: Pairs) -> float:
    """Return R@1 in pools of `POOL` images, own pairs, both ways averaged."""
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


def divided(train: Pairs) -> tuple[Pairs, Pairs]:
    """Four fifths and one fifth of the images, drawn once and for all."""
    order = np.random.default_rng(0).permutation(len(train.images))
    held = max(1, len(order) // 5)
    return train.part(order[held:], "train"), train.part(order[:held], "validation")
