"""Several spaces one after the other: maps, then at most one scorer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mmgap.spaces.affine import SpaceError
from mmgap.spaces.fitted import Fitted, notes_of
from mmgap.spaces.maps import Scorer
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.space import Space


@dataclass(frozen=True)
class Composition(Space):
    """Spaces in order: each is fitted on what those before it make of train, and chosen on what they make of
    validation.

    Attributes:
        steps: the spaces.

    Raises:
        SpaceError: a scorer that is not the last.
    """

    steps: tuple[Space, ...] = ()

    def __post_init__(self) -> None:
        for step in self.steps[:-1]:
            if step.kind == "scorer":
                raise SpaceError(f"{step.name} changes scores, not vectors: nothing can follow it, put it last")
        object.__setattr__(self, "kind", self.steps[-1].kind)
        object.__setattr__(self, "unequal_widths", self.steps[0].unequal_widths)
        for tag in ("needs_pairs", "needs_training", "control"):
            object.__setattr__(self, tag, any(getattr(step, tag) for step in self.steps))

    @property
    def spec(self) -> str:
        """The steps joined by ``+``."""
        return "+".join(step.spec for step in self.steps)

    def ladder(self) -> tuple[str, ...]:
        """Return the specs along the last step that has several strengths; the other steps stay."""
        place = next((k for k in reversed(range(len(self.steps))) if len(self.steps[k].ladder()) > 1), 0)
        told = [step.spec for step in self.steps]
        return tuple("+".join([*told[:place], rung, *told[place + 1 :]]) for rung in self.steps[place].ladder())

    def check_widths(self, image: int, text: int) -> None:
        """Raise `SpaceError` where the first step cannot take vectors of these widths; the others see to theirs."""
        self.steps[0].check_widths(image, text)

    def learn(self, train: Pairs | None, validation: Pairs | None) -> Fitted:
        """Return all steps, fitted one after the other."""
        found: list[Fitted] = []
        for step in self.steps:
            found.append(step.fit(train, validation))
            train = train and train.mapped(found[-1].map)
            validation = validation and validation.mapped(found[-1].map)
        return Fitted(Chain(tuple(found)), tuple(note for each in found for note in each.notes))

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Fitted:
        """Return what `Fitted.arrays` was written from."""
        parts = [
            step.restored({name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)})
            for step, start in ((step, f"{place}.") for place, step in enumerate(self.steps))
        ]
        return Fitted(Chain(tuple(parts)), notes_of(arrays))


@dataclass(frozen=True, eq=False)
class Chain:
    """Fitted spaces, the first one first."""

    steps: tuple[Fitted, ...]

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors after all of them."""
        for step in self.steps:
            images, texts = step.transform(images, texts)
        return images, texts

    @property
    def scorer(self) -> Scorer | None:
        """The last one's; None where it is a map."""
        return self.steps[-1].scorer

    def arrays(self) -> dict[str, np.ndarray]:
        """Return theirs, by the place of the step."""
        return {f"{place}.{name}": a for place, step in enumerate(self.steps) for name, a in step.arrays().items()}
