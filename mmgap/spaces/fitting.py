"""Maps with a strength: fitted on train at each, chosen by what they retrieve on validation."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from mmgap.core.defaults import POOL
from mmgap.core.drawn_rows import some_of
from mmgap.core.messages import Message
from mmgap.spaces.affine import SpaceError, StrengthError
from mmgap.spaces.fitted import Fitted
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.second_moments import Moments
from mmgap.spaces.space import Space

if TYPE_CHECKING:
    from mmgap.metrics.retrieval import Direction

log = logging.getLogger(__name__)

#: Images of validation that strengths are chosen on, at most; drawn by seed 0.
CHOSEN_ON = 2048


@dataclass(frozen=True)
class ChosenMap(Space):
    """A map whose first option is its strength: None chooses it by R@1 in pools of 90, both ways averaged.

    Attributes:
        select: "val" chooses on validation, "fixed" takes the usual strength.
        strengths: that validation chooses among, the weakest first; a single one where there is nothing to choose.
        usual: strength of ``select=fixed``.
        alarms: whether it can repeat what it is fitted on by heart where there are fewer images than dimensions.
    """

    select: Literal["val", "fixed"] = field(default="val", kw_only=True)
    strengths: ClassVar[tuple[float, ...]] = (1.0,)
    usual: ClassVar[float] = 1.0
    alarms: ClassVar[bool] = False

    def statistics(self, pairs: Pairs) -> Any:
        """Return what the map is made of at every strength."""
        return pairs.unit_statistics

    @abstractmethod
    def at(self, found: Any, strength: float) -> PairMap:
        """Return the map at one strength, of `statistics`."""

    def check_strength(self, strength: float, width: int) -> None:
        """Raise `StrengthError` where vectors of this width allow no such strength."""

    @property
    def given(self) -> float | None:
        """The strength that was asked for."""
        return getattr(self, next(iter(self.fields())))

    def ladder(self) -> tuple[str, ...]:
        """Return the specs from weak to strong."""
        option = next(iter(self.fields()))
        asked = self.given is not None or len(self.strengths) == 1
        rungs: list[dict[str, Any]] = [] if asked else [{option: strength} for strength in self.strengths]
        return tuple(replace(self, **rung).spec for rung in rungs) or (self.spec,)

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the map of all of train at the strength that retrieves best on validation."""
        strength = self._chosen(train, validation)
        self.check_strength(strength, min(train.widths))
        found = self.at(self.statistics(train), strength)
        return Fitted(found, self._notes(strength, train, validation), strength, len(train.texts))

    def _chosen(self, train: Pairs, validation: Pairs | None) -> float:
        """The strength that retrieves best where it was not fitted."""
        if self.given is not None:
            return self.given
        if self.select == "fixed":
            return self.usual
        allowed = [strength for strength in self.strengths if self._allows(strength, min(train.widths))]
        if len(allowed) <= 1:
            return allowed[0] if allowed else self.strengths[0]
        fitted_on, held = train.fifths if validation is None else (train, validation)
        held, statistics = some(held), self.statistics(fitted_on)
        return max(allowed, key=lambda strength: recall(self.at(statistics, strength), held))

    def _allows(self, strength: float, width: int) -> bool:
        try:
            self.check_strength(strength, width)
        except StrengthError:
            return False
        return True

    def _notes(self, strength: float, train: Pairs, validation: Pairs | None) -> tuple[str, ...]:
        """What it was fitted and chosen on, and the alarm where that was too little."""
        n, width = len(train.images), max(train.widths)
        where = Message("a fifth of the same, held out") if validation is None else f"{validation.name} validation"
        asked = self.given is not None or self.select == "fixed"
        chosen = Message("as asked for") if asked else Message("chosen on {where}", where=where)
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
        if n >= width or not self.alarms:
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


@dataclass(frozen=True)
class PairedMap(ChosenMap):
    """A map that is fitted on pairs.

    Attributes:
        strength: of the regularisation, free of the vectors' scale; None chooses it among ``strengths``.
    """

    strength: float | None = None
    usual: ClassVar[float] = 0.1
    alarms: ClassVar[bool] = True
    unequal_widths: ClassVar[bool] = True
    needs_pairs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.strength is not None and not self.strength > 0:
            raise SpaceError(f"{self.name}: the strength must be above 0, got {self.strength:g}")

    def statistics(self, pairs: Pairs) -> Moments:
        """Return the moments of the pairs."""
        return pairs.moments

    def at(self, found: Moments, strength: float) -> PairMap:
        """Return `solve`."""
        return self.solve(found, strength)

    @staticmethod
    @abstractmethod
    def solve(pairs: Moments, strength: float) -> PairMap:
        """Return the map at one strength."""


def recall(mapped: PairMap, held: Pairs) -> float:
    """Return R@1 in pools of `POOL` images, own pairs, both ways averaged.

    Raises:
        SpaceError: nothing is left of a vector, so it has no direction.
    """
    from mmgap.metrics.unit_rows import normalised

    try:
        x, y = normalised(mapped.images(held.images), "images"), normalised(mapped.texts(held.texts), "texts")
    except ValueError as error:
        raise SpaceError(f"{held.name} {held.split} cannot be chosen on: in the space, {error}") from error
    return mean_recall(lambda way: (x, y), held)


def mean_recall(sides: Callable[[Direction], tuple[Any, Any]], held: Pairs, *, raw: bool = False) -> float:
    """Return R@1 in pools of `POOL` images, own pairs, both ways averaged.

    Args:
        sides: images and texts by the direction in which they are asked.
        held: their owners.
        raw: dot products of vectors of any norm.
    """
    from mmgap.metrics.retrieval import DIRECTIONS, expected_recall_at_pool

    own = np.stack([held.owner, np.arange(len(held.owner))], axis=1)
    pool, owner = min(POOL, len(held.images)), held.owner
    found = [
        expected_recall_at_pool(*sides(way), pool=pool, direction=way, relevance=own, owner=owner, raw=raw)
        for way in DIRECTIONS
    ]
    return float(np.mean(found))


def some(held: Pairs) -> Pairs:
    """Return at most `CHOSEN_ON` of the images."""
    if len(held.images) <= CHOSEN_ON:
        return replace(held, owner=held.owner[:])
    return held.part(some_of(len(held.images), CHOSEN_ON, np.random.default_rng(0)), held.split)
